import assert from 'node:assert/strict';
import { test } from 'node:test';
import { APP_INSTANCE, allows, type Facts, holds, policy, policyOfVersion } from './support/policies.ts';

/** The text of a variable. */
const the = (name: string) => `\${${name}}`;

/** Whether a statement on a resource with a variable allows access to a user. */
function reaches(variable: string, user: string, facts: Facts = {}): boolean {
  return allows(policy({ Resource: `${APP_INSTANCE}/user/${variable}` }), {
    resource: `${APP_INSTANCE}/user/${user}`,
    facts,
  });
}

test('a variable stands for the value of a condition key', () => {
  assert.ok(reaches(the('aws:username'), 'alice', { 'aws:username': 'alice' }));
  assert.ok(reaches(`x-${the('aws:userid')}-*`, 'x-AIDA-1', { 'aws:userid': 'AIDA' }));
  assert.ok(reaches(the('aws:PrincipalTag/UserUUID'), 'alice', { 'aws:PrincipalTag/UserUUID': 'alice' }));
  const sub = { 'cognito-identity.amazonaws.com:sub': 'us-east-1:12ab' };
  assert.ok(reaches(the('cognito-identity.amazonaws.com:sub'), 'us-east-1:12ab', sub));
  assert.ok(!reaches(the('aws:username'), 'bob', { 'aws:username': 'alice' }));
});

test('the names of variables are compared without regard to case', () => {
  assert.ok(reaches(the('AWS:UserName'), 'alice', { 'aws:username': 'alice' }));
});

test('a resource may have several variables, in any field after the service', () => {
  const Resource = `arn:aws:chime:${the('svc:r')}:${the('aws:PrincipalAccount')}:${the('svc:a')}/${the('svc:b')}`;
  const facts = { 'svc:r': 'us-east-1', 'aws:PrincipalAccount': '123456789012', 'svc:a': 'a', 'svc:b': 'b' };
  assert.ok(allows(policy({ Resource }), { resource: 'arn:aws:chime:us-east-1:123456789012:a/b', facts }));
});

test('wildcards in a value are no wildcards', () => {
  for (const value of ['*', 'a*', '?????']) {
    assert.ok(!reaches(the('aws:username'), 'alice', { 'aws:username': value }));
    assert.ok(!reaches(the('aws:username'), `x${value}`, { 'aws:username': value }));
    assert.ok(reaches(the('aws:username'), value, { 'aws:username': value }));
    assert.ok(!holds({ StringLike: { 'svc:x': the('aws:username') } }, { 'svc:x': 'alice', 'aws:username': value }));
    const arns = { 'svc:x': 'arn:aws:iam::1:user/alice', 'aws:username': value };
    assert.ok(!holds({ ArnLike: { 'svc:x': `arn:aws:iam::1:user/${the('aws:username')}` } }, arns));
  }
});

test('a value that looks like a variable is literal text', () => {
  const facts = { 'aws:username': the('aws:userid'), 'aws:userid': 'alice' };
  assert.ok(!reaches(the('aws:username'), 'alice', facts));
});

test('a value does not move the fields of an ARN under Arn operators', () => {
  const Condition = { ArnLike: { 'aws:SourceArn': `arn:aws:iam:${the('svc:x')}:*:*` } };
  assert.ok(!holds(Condition, { 'aws:SourceArn': 'arn:aws:iam:us:1:user/a', 'svc:x': 'us:1' }));
});

test('a whole ARN may be a variable', () => {
  const arn = 'arn:aws:iam::123456789012:user/alice';
  const Condition = { ArnEquals: { 'aws:SourceArn': the('aws:PrincipalArn') } };
  assert.ok(holds(Condition, { 'aws:SourceArn': arn, 'aws:PrincipalArn': arn }));
  assert.ok(!holds(Condition, { 'aws:SourceArn': arn, 'aws:PrincipalArn': `${arn}2` }));
});

test('a variable may have a default', () => {
  const variable = the("aws:PrincipalTag/team, 'company-wide'");
  assert.ok(reaches(variable, 'yellow', { 'aws:PrincipalTag/team': 'yellow' }));
  assert.ok(!reaches(variable, 'company-wide', { 'aws:PrincipalTag/team': 'yellow' }));
  assert.ok(reaches(variable, 'company-wide'));
  assert.ok(reaches(the("aws:PrincipalTag/team,''"), ''));
});

test('wildcards in a default are no wildcards', () => {
  assert.ok(!reaches(the("aws:PrincipalTag/team, '*'"), 'alice'));
});

test('escapes stand for the characters that have a meaning', () => {
  assert.ok(reaches(`a${the('*')}${the('?')}${the('$')}{x}`, `a*?${the('x')}`));
  assert.ok(!reaches(`a${the('*')}`, 'abc'));
  assert.ok(!reaches(`a${the('?')}`, 'ab'));
});

test('a resource with a variable without a value matches nothing; others beside it may', () => {
  assert.ok(!reaches(the('aws:username'), ''));
  assert.ok(!reaches(`${the('aws:username')}*`, 'alice'));
  assert.ok(allows(policy({ Resource: [`arn:aws:ivschat:::${the('aws:username')}`, '*'] })));
});

test('a NotResource with a variable without a value leaves nothing out', () => {
  const NotResource = `${APP_INSTANCE}/user/${the('aws:username')}`;
  assert.ok(allows(policy({ NotResource })));
  assert.ok(!allows(policy({}, { Effect: 'Deny', NotResource })));
});

test('a key with several values is no variable', () => {
  assert.ok(!reaches(the('aws:TagKeys'), 'a', { 'aws:TagKeys': ['a', 'b'] }));
  assert.ok(!reaches(the('aws:TagKeys'), 'a', { 'aws:TagKeys': [] }));
});

test('conditions on strings, ARNs and booleans may have variables', () => {
  const facts = { 'aws:username': 'Alice', 'svc:x': 'Alice', 'svc:b': 'true', 'svc:c': 'true' };
  assert.ok(holds({ StringEquals: { 'svc:x': the('aws:username') } }, facts));
  assert.ok(holds({ StringLike: { 'svc:x': `A*${the("svc:none, 'e'")}` } }, facts));
  assert.ok(holds({ StringEqualsIgnoreCase: { 'svc:x': `aLI${the("svc:none, 'CE'")}` } }, facts));
  assert.ok(holds({ Bool: { 'svc:b': the('svc:c') } }, facts));
});

test('a variable without a value equals nothing in a condition', () => {
  const facts = { 's3:ExistingObjectTag/Team': 'red' };
  const value = { 's3:ExistingObjectTag/Team': the('aws:PrincipalTag/Team') };
  assert.ok(!holds({ StringEquals: value }, facts));
  assert.ok(!holds({ StringLike: value }, facts));
  assert.ok(holds({ StringNotEquals: value }, facts));
  assert.ok(holds({ StringNotLike: value }, facts));
});

test('documents of version 2008-10-17 have no variables', () => {
  const resource = `${APP_INSTANCE}/user/${the('aws:username')}`;
  const document = policyOfVersion('2008-10-17', { Resource: resource });
  assert.ok(allows(document, { resource, facts: { 'aws:username': 'alice' } }));
  assert.ok(!allows(document, { resource: `${APP_INSTANCE}/user/alice`, facts: { 'aws:username': 'alice' } }));
});
