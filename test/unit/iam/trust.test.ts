import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluateTrust, type TrustedParty } from '../../../src/iam/evaluate.ts';
import { parsePolicyDocument } from '../../../src/iam/policy-document.ts';
import { ACCOUNT, contextOf, type Facts } from './support/policies.ts';

const ALICE = { arn: `arn:aws:iam::${ACCOUNT}:user/alice`, accountId: ACCOUNT };
const ROOT = { arn: `arn:aws:iam::${ACCOUNT}:root`, accountId: ACCOUNT };
const ROLE = `arn:aws:iam::${ACCOUNT}:role/path/worker`;
const SESSION = { arn: `arn:aws:sts::${ACCOUNT}:assumed-role/worker/one`, accountId: ACCOUNT, roleArn: ROLE };
const ISSUER = `arn:aws:iam::${ACCOUNT}:oidc-provider/login.example.com`;

function trust(...statements: readonly object[]) {
  const Statement = statements.map((statement) => ({ Effect: 'Allow', Action: 'sts:AssumeRole', ...statement }));
  return parsePolicyDocument(JSON.stringify({ Version: '2012-10-17', Statement }), 'trust');
}

function decide(
  document: ReturnType<typeof trust>,
  principal: TrustedParty,
  facts: Facts = {},
  action = 'sts:AssumeRole',
) {
  return evaluateTrust(document, { principal, action, context: contextOf(facts) });
}

/** Whether a role with this Principal trusts somebody. */
function trusts(Principal: unknown, principal: TrustedParty): boolean {
  return decide(trust({ Principal }), principal).allowed;
}

test('a user is trusted by his ARN', () => {
  assert.ok(trusts({ AWS: ALICE.arn }, ALICE));
  assert.ok(trusts({ AWS: ['arn:aws:iam::210987654321:user/bob', ALICE.arn] }, ALICE));
  assert.ok(!trusts({ AWS: ALICE.arn.replace('alice', 'Alice') }, ALICE));
  assert.ok(!trusts({ AWS: ALICE.arn }, ROOT));
});

test('somebody whom no document means in person is trusted as one of the account', () => {
  const stranger = { arn: undefined, accountId: ACCOUNT };
  assert.ok(!trusts({ AWS: ALICE.arn }, stranger));
  assert.ok(trusts({ AWS: ACCOUNT }, stranger));
});

test('a role session is trusted by its own ARN or by that of its role', () => {
  assert.ok(trusts({ AWS: SESSION.arn }, SESSION));
  assert.ok(trusts({ AWS: ROLE }, SESSION));
  assert.ok(!trusts({ AWS: SESSION.arn.replace('one', 'two') }, SESSION));
});

test('an account stands for everybody in it', () => {
  for (const AWS of [ACCOUNT, ROOT.arn]) {
    for (const somebody of [ALICE, SESSION, ROOT]) assert.ok(trusts({ AWS }, somebody));
    assert.ok(!trusts({ AWS }, { arn: 'arn:aws:iam::210987654321:user/alice', accountId: '210987654321' }));
  }
});

test('who is trusted as one of an account needs policies of his own', () => {
  assert.equal(decide(trust({ Principal: { AWS: ACCOUNT } }), ALICE).byAccount, true);
  assert.equal(decide(trust({ Principal: { AWS: ALICE.arn } }), ALICE).byAccount, false);
  assert.equal(decide(trust({ Principal: { AWS: [ACCOUNT, ALICE.arn] } }), ALICE).byAccount, false);
  assert.equal(decide(trust({ Principal: { AWS: ACCOUNT } }, { Principal: { AWS: ROLE } }), SESSION).byAccount, false);
});

test('"*" is everybody, and "*" in AWS every user and role', () => {
  const parties = [ALICE, SESSION, { federated: ISSUER }, { service: 'ivschat.amazonaws.com' }];
  assert.deepEqual(
    parties.map((party) => trusts('*', party)),
    [true, true, true, true],
  );
  assert.deepEqual(
    parties.map((party) => trusts({ AWS: '*' }, party)),
    [true, true, false, false],
  );
});

test('identity providers and services are trusted by their names', () => {
  assert.ok(trusts({ Federated: ISSUER }, { federated: ISSUER }));
  assert.ok(!trusts({ Federated: ISSUER }, { federated: `${ISSUER}/x` }));
  assert.ok(!trusts({ Federated: ALICE.arn }, ALICE));
  assert.ok(trusts({ Service: 'ivschat.amazonaws.com' }, { service: 'ivschat.amazonaws.com' }));
  assert.ok(!trusts({ Service: 'ivschat.amazonaws.com' }, { service: 'chime.amazonaws.com' }));
});

test('a principal may be of several types', () => {
  const Principal = { AWS: ALICE.arn, Federated: ISSUER };
  assert.ok(trusts(Principal, ALICE));
  assert.ok(trusts(Principal, { federated: ISSUER }));
});

test('the action must match', () => {
  const document = trust({ Principal: '*', Action: ['sts:AssumeRole', 'sts:TagSession'] });
  assert.ok(decide(document, ALICE, {}, 'sts:TagSession').allowed);
  assert.ok(!decide(document, ALICE, {}, 'sts:AssumeRoleWithWebIdentity').allowed);
});

test('conditions must hold', () => {
  const document = trust({
    Action: 'sts:AssumeRoleWithWebIdentity',
    Principal: { Federated: ISSUER },
    Condition: { StringEquals: { 'login.example.com:aud': 'chat' } },
  });
  const ask = (facts: Facts) => decide(document, { federated: ISSUER }, facts, 'sts:AssumeRoleWithWebIdentity').allowed;
  assert.ok(ask({ 'login.example.com:aud': 'chat' }));
  assert.ok(!ask({ 'login.example.com:aud': 'other' }));
  assert.ok(!ask({}));
});

test('an explicit deny wins', () => {
  const document = trust({ Principal: '*' }, { Effect: 'Deny', Principal: { AWS: ROLE } });
  assert.ok(decide(document, ALICE).allowed);
  assert.equal(decide(document, SESSION).why, 'explicitDeny');
});

test('NotPrincipal denies everybody else', () => {
  const document = trust({ Principal: '*' }, { Effect: 'Deny', NotPrincipal: { AWS: ALICE.arn } });
  assert.ok(decide(document, ALICE).allowed);
  assert.equal(decide(document, SESSION).why, 'explicitDeny');
  assert.equal(decide(document, { federated: ISSUER }).why, 'explicitDeny');
});

test('an identity policy trusts nobody', () => {
  const text = JSON.stringify({ Statement: { Effect: 'Allow', Action: '*', Resource: '*' } });
  assert.ok(!decide(parsePolicyDocument(text, 'identity'), ALICE).allowed);
});
