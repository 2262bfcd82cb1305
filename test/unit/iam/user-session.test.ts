/** What a session of the credential exchange may do at most, under a role that may do everything. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluate } from '../../../src/iam/evaluate.ts';
import { parsePolicyDocument } from '../../../src/iam/policy-document.ts';
import { boundTo } from '../../../src/iam/user-session.ts';

const APP_INSTANCE = 'arn:aws:chime:us-east-1:000000000000:app-instance/11111111-2222-3333-4444-555555555555';
const ALICE = `${APP_INSTANCE}/user/alice`;
const BOB = `${APP_INSTANCE}/user/bob`;
const BOT = `${APP_INSTANCE}/bot/helper`;
const CHANNEL = `${APP_INSTANCE}/channel/general`;

const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
const named = (name: string, json: string) => ({ name, document: parsePolicyDocument(json, 'identity') });
const policies = {
  identity: [named('role', JSON.stringify(everything))],
  session: [named('session', boundTo(ALICE))],
};
const decide = (action: string, resource: string) => evaluate(policies, { action, resource, context: new Map() }).why;

test('it acts as its user, in channels and alone', () => {
  for (const action of ['Connect', 'SendChannelMessage', 'ListChannels', 'UpdateAppInstanceUser', 'CreateChannel']) {
    assert.equal(decide(`chime:${action}`, ALICE), 'allowed', action);
  }
  for (const action of ['SendChannelMessage', 'DescribeChannel', 'CreateChannelMembership', 'DeleteChannel']) {
    assert.equal(decide(`chime:${action}`, CHANNEL), 'allowed', action);
  }
  assert.equal(decide('chime:GetMessagingSessionEndpoint', '*'), 'allowed');
  assert.equal(decide('chime:DescribeAppInstance', APP_INSTANCE), 'allowed');
  assert.equal(decide('chime:AssociateChannelFlow', `${APP_INSTANCE}/channel-flow/filter`), 'allowed');
});

test('it acts as no other user and no bot, of this app instance or another', () => {
  const others = [BOB, BOT, `${ALICE}-2`, `${APP_INSTANCE}/user/Alice`, `${APP_INSTANCE}/user/*`];
  const elsewhere = [ALICE.replace('1111-', '9999-'), ALICE.replace('us-east-1', 'eu-west-1'), `${ALICE}/endpoint/1`];
  for (const resource of [...others, ...elsewhere, ALICE.replace('arn:aws', 'arn:aws-cn')]) {
    for (const action of ['Connect', 'SendChannelMessage', 'UpdateAppInstanceUser', 'DeleteAppInstanceUser']) {
      assert.equal(decide(`chime:${action}`, resource), 'implicitDeny', `${action} on ${resource}`);
    }
  }
});

test('it may see who else is there', () => {
  for (const action of ['DescribeAppInstanceUser', 'ListAppInstanceUsers']) {
    assert.equal(decide(`chime:${action}`, BOB), 'allowed');
  }
  assert.equal(decide('chime:DescribeAppInstanceBot', BOT), 'allowed');
  assert.equal(decide('chime:DescribeAppInstanceUserEndpoint', BOB), 'implicitDeny');
});

test('other services are denied, whoever else would allow them', () => {
  for (const action of ['sts:AssumeRole', 'iam:CreateUser', 'ivschat:CreateChatToken']) {
    assert.equal(decide(action, '*'), 'explicitDeny', action);
  }
});
