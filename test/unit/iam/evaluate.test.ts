import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluate, explain, type Policies } from '../../../src/iam/evaluate.ts';
import { type PolicyDocument, parsePolicyDocument } from '../../../src/iam/policy-document.ts';
import { ACCOUNT, APP_INSTANCE, allows, contextOf, decide, type Facts, policy, ROOM } from './support/policies.ts';

const DENY = { Effect: 'Deny' };
const named = (name: string, document: PolicyDocument) => ({ name, document });

/** Decides `ivschat:GetRoom` on a room by several types of policy. */
function decideBy(policies: Policies, facts: Facts = {}) {
  return evaluate(policies, { action: 'ivschat:GetRoom', resource: ROOM, context: contextOf(facts) });
}

// The decision

test('what no policy allows is denied', () => {
  const decision = decideBy({ identity: [] });
  assert.deepEqual(decision, { allowed: false, why: 'implicitDeny', statements: [], lacking: ['identity'] });
});

test('what a policy allows is allowed', () => {
  const decision = decideBy({ identity: [named('readers', policy({ Sid: 'Read', Action: 'ivschat:Get*' }))] });
  assert.equal(decision.why, 'allowed');
  assert.partialDeepStrictEqual(decision.statements, [
    { policy: 'readers', type: 'identity', index: 0, sid: 'Read', effect: 'Allow' },
  ]);
  assert.equal(decision.statements.length, 1);
});

test('one of several policies may allow', () => {
  const identity = [named('a', policy({ Action: 'chime:*' })), named('b', policy({ Action: 'ivschat:*' }))];
  assert.equal(decideBy({ identity }).allowed, true);
});

test('an explicit deny wins over every allow', () => {
  const decision = decide(policy({}, { ...DENY, Action: 'ivschat:GetRoom' }, {}));
  assert.equal(decision.why, 'explicitDeny');
  assert.deepEqual(
    decision.statements.map(({ index }) => index),
    [1],
  );
});

test('a deny that does not match changes nothing', () => {
  assert.ok(allows(policy({}, { ...DENY, Action: 'ivschat:DeleteRoom' })));
});

test('a permissions boundary must allow it, too', () => {
  const identity = [named('all', policy({}))];
  assert.equal(decideBy({ identity, boundary: named('b', policy({ Action: 'ivschat:*' })) }).allowed, true);
  const decision = decideBy({ identity, boundary: named('b', policy({ Action: 'chime:*' })) });
  assert.equal(decision.why, 'implicitDeny');
  assert.deepEqual(decision.lacking, ['boundary']);
});

test('a permissions boundary by itself allows nothing', () => {
  assert.deepEqual(decideBy({ identity: [], boundary: named('b', policy({})) }).lacking, ['identity']);
});

test('one of the session policies must allow it, too', () => {
  const identity = [named('all', policy({}))];
  const [ivs, chime] = [named('ivs', policy({ Action: 'ivschat:*' })), named('chime', policy({ Action: 'chime:*' }))];
  assert.equal(decideBy({ identity, session: [chime, ivs] }).allowed, true);
  assert.deepEqual(decideBy({ identity, session: [chime] }).lacking, ['session']);
  assert.deepEqual(decideBy({ identity, session: [] }).lacking, ['session']);
});

test('identity, boundary and session policies must all allow it', () => {
  const all = named('all', policy({}));
  const none = named('none', policy({ Action: 'other:*' }));
  assert.equal(decideBy({ identity: [all], boundary: all, session: [all] }).allowed, true);
  assert.equal(decideBy({ identity: [all], boundary: none, session: [all] }).allowed, false);
  assert.equal(decideBy({ identity: [all], boundary: all, session: [none] }).allowed, false);
  assert.deepEqual(decideBy({ identity: [none], boundary: none, session: [none] }).lacking, [
    'identity',
    'boundary',
    'session',
  ]);
});

test('a deny in any type of policy is explicit', () => {
  const all = named('all', policy({}));
  const deny = named('deny', policy({}, DENY));
  assert.equal(decideBy({ identity: [deny], boundary: all, session: [all] }).why, 'explicitDeny');
  assert.equal(decideBy({ identity: [all], boundary: deny, session: [all] }).why, 'explicitDeny');
  assert.equal(decideBy({ identity: [all], boundary: all, session: [all, deny] }).why, 'explicitDeny');
});

test('a trust policy allows no access', () => {
  const statement = { Effect: 'Allow', Principal: '*', NotAction: 'sts:AssumeRole' };
  const document = parsePolicyDocument(JSON.stringify({ Statement: statement }), 'trust');
  assert.equal(allows(document), false);
});

// Action and NotAction

test('actions are compared without regard to case', () => {
  assert.ok(allows(policy({ Action: 'chime:Listsubchannels' }), { action: 'chime:ListSubChannels' }));
  assert.ok(allows(policy({ Action: 'IVSCHAT:GET*' }), { action: 'ivschat:GetRoom' }));
});

test('"*" and "?" are wildcards in actions', () => {
  const cases = {
    '*': true,
    'ivschat:*': true,
    'ivschat:Get*': true,
    'ivschat:*Room': true,
    'ivschat:Get?oom': true,
    '*:GetRoom': true,
    'ivschat:GetRoom*': true,
    'ivschat:GetRoom?': false,
    'ivschat:List*': false,
    'chime:*': false,
    'ivs:*': false,
  };
  for (const [Action, allowed] of Object.entries(cases)) assert.equal(allows(policy({ Action })), allowed, Action);
});

test('NotAction is about all other actions, those of other services included', () => {
  const document = policy({ NotAction: ['ivschat:Get*', 'iam:*'] });
  assert.ok(!allows(document, { action: 'ivschat:getroom' }));
  assert.ok(!allows(document, { action: 'iam:CreateUser' }));
  assert.ok(allows(document, { action: 'ivschat:DeleteRoom' }));
  assert.ok(allows(document, { action: 'chime:Connect' }));
});

// Resource and NotResource

test('resources are compared with regard to case', () => {
  assert.ok(allows(policy({ Resource: ROOM })));
  assert.ok(!allows(policy({ Resource: ROOM.replace('room/abc', 'room/ABC') })));
});

test('"*" and "?" are wildcards in resources, and stand for "/" and ":" too', () => {
  const user = `${APP_INSTANCE}/user/us-east-1:1f2e`;
  const cases = {
    '*': true,
    [`${APP_INSTANCE}/*`]: true,
    [`${APP_INSTANCE}/*/us-east-1:*`]: true,
    [`${APP_INSTANCE}/user/us-east-1?1f2e`]: true,
    [`${APP_INSTANCE}/user/*1f2e`]: true,
    [`arn:aws:chime:*:${ACCOUNT}:app-instance/*`]: true,
    [`arn:*:chime:us-*-1:????????????:*`]: true,
    [`${APP_INSTANCE}/user`]: false,
    [`${APP_INSTANCE}/channel/*`]: false,
    [`${APP_INSTANCE}/user/us-east-1:1f2e?`]: false,
    [`arn:aws:chime:*:210987654321:*`]: false,
    'arn:aws:ivschat:*': false,
  };
  for (const [Resource, allowed] of Object.entries(cases)) {
    assert.equal(allows(policy({ Resource }), { resource: user }), allowed, Resource);
  }
});

test('an ARN that lacks fields stands for all that begin with those it has', () => {
  for (const Resource of [
    'arn:aws:ivschat',
    'arn:aws:ivschat:us-east-1',
    `arn:aws:ivschat:*:${ACCOUNT}`,
    'arn:aws:ivschat:*',
  ]) {
    assert.ok(allows(policy({ Resource })), Resource);
  }
  assert.ok(!allows(policy({ Resource: 'arn:aws:ivs' })));
  assert.ok(!allows(policy({ Resource: 'arn:aws:ivschat:us-east' })));
});

test('an action that is about no resource is allowed on "*" alone', () => {
  const request = { action: 'chime:GetMessagingSessionEndpoint', resource: '*' };
  assert.ok(allows(policy({ Resource: '*' }), request));
  assert.ok(!allows(policy({ Resource: 'arn:aws:chime:*' }), request));
});

test('NotResource is about all other resources', () => {
  const document = policy({ NotResource: [`${APP_INSTANCE}/*`, 'arn:aws:iam:*'] });
  assert.ok(allows(document));
  assert.ok(!allows(document, { resource: `${APP_INSTANCE}/user/alice` }));
});

// Whole policies

test('the seed policy lets a user connect as one user, and nothing else', () => {
  const alice = `${APP_INSTANCE}/user/alice`;
  const document = parsePolicyDocument(
    `{"Version": "2012-10-17", "Statement": [
      { "Effect": "Allow", "Action": [ "chime:Connect" ], "Resource": [ "${alice}" ] },
      { "Effect": "Allow", "Action": [ "chime:GetMessagingSessionEndpoint" ], "Resource": [ "*" ] } ] }`,
    'identity',
  );
  assert.ok(allows(document, { action: 'chime:Connect', resource: alice }));
  assert.ok(allows(document, { action: 'chime:GetMessagingSessionEndpoint', resource: '*' }));
  assert.ok(!allows(document, { action: 'chime:Connect', resource: `${APP_INSTANCE}/user/bob` }));
  assert.ok(!allows(document, { action: 'chime:Connect', resource: `${alice}2` }));
  assert.ok(!allows(document, { action: 'chime:SendChannelMessage', resource: alice }));
  assert.ok(!allows(document));
});

test('a role shared by all users lets each be himself', () => {
  const document = policy({
    Action: ['chime:Connect', 'chime:SendChannelMessage'],
    Resource: [`${APP_INSTANCE}/user/\${aws:PrincipalTag/UserUUID}`, `${APP_INSTANCE}/channel/*`],
  });
  const connect = (user: string, facts: Facts) =>
    allows(document, { action: 'chime:Connect', resource: `${APP_INSTANCE}/user/${user}`, facts });
  assert.ok(connect('alice', { 'aws:PrincipalTag/UserUUID': 'alice' }));
  assert.ok(!connect('bob', { 'aws:PrincipalTag/UserUUID': 'alice' }));
  assert.ok(!connect('bob', { 'aws:PrincipalTag/UserUUID': '*' }));
  assert.ok(!connect('bob', {}));
  assert.ok(!connect('', {}));
});

// The explanation

test('an explanation says of every statement whether it matched, and if not why', () => {
  const document = policy(
    { Sid: 'Other', Action: 'chime:*' },
    { NotAction: 'ivschat:*' },
    { Resource: 'arn:aws:ivschat:*:*:room/other' },
    { NotResource: 'arn:aws:ivschat:*' },
    { Condition: { StringEquals: { 'aws:username': 'alice' }, Bool: { 'aws:SecureTransport': 'true' } } },
    { Condition: { StringEquals: { 'aws:username': 'alice' } } },
    DENY,
  );
  const policies = { identity: [named('p', document)], boundary: named('b', policy({})) };
  const context = contextOf({ 'aws:username': 'alice', 'aws:SecureTransport': 'false' });
  const { decision, statements } = explain(policies, { action: 'ivschat:GetRoom', resource: ROOM, context });
  assert.equal(decision.why, 'explicitDeny');
  assert.deepEqual(
    statements.map(({ type, effect, mismatch }) => [type, effect, mismatch]),
    [
      ['identity', 'Allow', 'Action'],
      ['identity', 'Allow', 'NotAction'],
      ['identity', 'Allow', 'Resource'],
      ['identity', 'Allow', 'NotResource'],
      ['identity', 'Allow', 'Condition.Bool.aws:SecureTransport'],
      ['identity', 'Allow', undefined],
      ['identity', 'Deny', undefined],
      ['boundary', 'Allow', undefined],
    ],
  );
  assert.equal(statements[0]?.sid, 'Other');
});
