import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  MalformedPolicy,
  POLICY_SIZE_LIMITS,
  type PolicyKind,
  parsePolicyDocument,
  policySize,
} from '../../../src/iam/policy-document.ts';

const ALLOW = { Effect: 'Allow', Action: 'ivschat:*', Resource: '*' };
const TRUST = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: '123456789012' } };

const parse = (document: unknown, kind: PolicyKind = 'identity') => parsePolicyDocument(JSON.stringify(document), kind);
const parseStatement = (...statements: unknown[]) => parse({ Version: '2012-10-17', Statement: statements });

function malformed(read: () => unknown): MalformedPolicy {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof MalformedPolicy);
    return error;
  }
  assert.fail('The document was accepted.');
}

/** The place and the message that a document is refused with. */
const refusal = (document: unknown, kind?: PolicyKind) => malformed(() => parse(document, kind));
const refusalOf = (statement: unknown, kind?: PolicyKind) => refusal({ Statement: [ALLOW, statement] }, kind);
const refusalOfTrust = (statement: unknown) => refusal({ Statement: [TRUST, statement] }, 'trust');
const refusalOfCondition = (Condition: unknown) => refusalOf({ ...ALLOW, Condition });
const refusalOfText = (text: string) => malformed(() => parsePolicyDocument(text, 'identity'));

test('a document holds one statement or several', () => {
  assert.equal(parse({ Statement: ALLOW }).statements.length, 1);
  assert.equal(parse({ Statement: [ALLOW, ALLOW] }).statements.length, 2);
});

test('it may have a Version, an Id, and statements Sids', () => {
  const document = parse({ Version: '2008-10-17', Id: 'any text', Statement: [{ ...ALLOW, Sid: 'First1' }] });
  assert.equal(document.statements[0]?.sid, 'First1');
});

test('an empty Sid is none, and may come again', () => {
  const { statements } = parseStatement({ ...ALLOW, Sid: '' }, { ...ALLOW, Sid: '' });
  assert.deepEqual(
    statements.map(({ sid }) => sid),
    [undefined, undefined],
  );
});

test('elements hold one value or several', () => {
  parseStatement({ Effect: 'Deny', NotAction: ['ivschat:GetRoom', 'chime:*'], NotResource: ['arn:aws:ivschat:::*'] });
  parseStatement({ ...ALLOW, Condition: { StringEquals: { 'aws:username': ['a', 'b'], 'aws:userid': 'c' } } });
});

test('an empty Condition holds always', () => {
  assert.equal(parseStatement({ ...ALLOW, Condition: {} }).statements[0]?.conditions.length, 0);
});

test('numbers and booleans in conditions need no quotes', () => {
  const numbers = { NumericLessThan: { 'svc:Count': 10.5 }, DateLessThan: { 'aws:EpochTime': 1_700_000_000 } };
  parseStatement({ ...ALLOW, Condition: { ...numbers, Bool: { 'aws:SecureTransport': true } } });
});

test('it lists the condition keys that it asks for', () => {
  const document = parseStatement({
    ...ALLOW,
    Resource: `arn:aws:ivschat:us-east-1:123456789012:room/\${aws:PrincipalTag/Room}`,
    Condition: { StringLike: { 'aws:RequestTag/a': [`\${aws:username}`, `\${AWS:USERNAME}`] } },
  });
  assert.deepEqual(document.contextKeys.toSorted(), ['AWS:USERNAME', 'aws:PrincipalTag/Room', 'aws:RequestTag/a']);
});

test('its size does not count white space', () => {
  assert.equal(policySize('{ "a":\n\t"b c" }\r\n'), '{"a":"bc"}'.length);
  assert.equal(POLICY_SIZE_LIMITS.managed, 6144);
});

test('text that is no JSON is refused with the position', () => {
  const broken =
    '{\n "Version": "2012-10-17",\n "Statement": [ { "Effect": "Allow", "Action: [ "chime:Connect" ] } ]\n}';
  const { place, message } = refusalOfText(broken);
  assert.equal(place, '');
  assert.match(message, /^The policy document cannot be read as JSON from line 3, column 50: expected ":"\.$/);
  assert.match(refusalOfText('').message, /line 1, column 1: expected a JSON value/);
  assert.match(refusalOfText(`${JSON.stringify({ Statement: ALLOW })} x`).message, /expected the end/);
});

test('a member that comes twice is refused', () => {
  const text = '{"Statement":{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}}';
  assert.match(refusalOfText(text).message, /line 1, column 31: the member "Effect" comes twice/);
});

test('a document is an object with Statement and no other members', () => {
  for (const document of [null, [], 'text', 1, true]) assert.match(refusal(document).message, /must be an object/);
  assert.match(refusal({}).message, /must have a Statement/);
  assert.match(refusal({ Statement: ALLOW, statement: ALLOW }).message, /must not have a member "statement"/);
  assert.equal(refusal({ Statement: 'x' }).place, 'Statement[0]');
  assert.equal(refusal({ Statement: [ALLOW, null] }).place, 'Statement[1]');
});

test('an empty Statement is refused', () => {
  assert.equal(refusal({ Statement: [] }).place, 'Statement');
});

test('a Version that there is not is refused', () => {
  for (const Version of ['2012-10-18', 2012, null]) {
    assert.equal(refusal({ Version, Statement: ALLOW }).place, 'Version');
  }
});

test('an Id that is no string is refused', () => {
  assert.equal(refusal({ Id: null, Statement: ALLOW }).place, 'Id');
});

test('unknown members of a statement are refused', () => {
  const { place, message } = refusalOf({ ...ALLOW, Resources: '*' });
  assert.equal(place, 'Statement[1]');
  assert.equal(message, 'Statement[1] must not have a member "Resources".');
});

test('a statement must have an Effect of Allow or Deny', () => {
  assert.equal(refusalOf({ Action: '*', Resource: '*' }).message, 'Statement[1] must have an Effect.');
  assert.equal(refusalOf({ ...ALLOW, Effect: 'allow' }).place, 'Statement[1].Effect');
  assert.equal(refusalOf({ ...ALLOW, Effect: null }).place, 'Statement[1].Effect');
});

test('a Sid has letters and digits alone and comes once', () => {
  assert.equal(refusalOf({ ...ALLOW, Sid: 'not this' }).place, 'Statement[1].Sid');
  assert.equal(refusalOf({ ...ALLOW, Sid: 1 }).place, 'Statement[1].Sid');
  const { message } = refusal({ Statement: [{ ...ALLOW, Sid: 'A' }, ALLOW, { ...ALLOW, Sid: 'A' }] });
  assert.equal(message, 'Statement[2].Sid repeats "A".');
});

test('a statement must have either Action or NotAction', () => {
  assert.equal(refusalOf({ Effect: 'Allow', Resource: '*' }).message, 'Statement[1] must have Action or NotAction.');
  const both = refusalOf({ ...ALLOW, NotAction: 'chime:*' });
  assert.equal(both.message, 'Statement[1] must not have both Action and NotAction.');
});

test('actions are "*" or a service and an action', () => {
  for (const Action of [
    '',
    'GetRoom',
    'ivschat:',
    ':GetRoom',
    'ivschat:Get Room',
    'ivschat:a:b',
    `ivschat:\${aws:username}`,
  ]) {
    assert.equal(refusalOf({ ...ALLOW, Action: ['ivschat:GetRoom', Action] }).place, 'Statement[1].Action[1]', Action);
  }
  for (const Action of [1, null, {}]) assert.equal(refusalOf({ ...ALLOW, Action }).place, 'Statement[1].Action');
  assert.equal(refusalOf({ ...ALLOW, Action: [] }).message, 'Statement[1].Action must hold at least one value.');
});

test('an identity policy must have either Resource or NotResource', () => {
  assert.equal(refusalOf({ Effect: 'Allow', Action: '*' }).message, 'Statement[1] must have Resource or NotResource.');
  assert.match(refusalOf({ ...ALLOW, NotResource: '*' }).message, /must not have both Resource and NotResource/);
});

test('resources are "*" or ARNs of one service', () => {
  for (const Resource of [
    '',
    '**',
    'room/*',
    'arn',
    'arn:aws',
    'arn:aws:',
    'arn:aws:*:us-east-1:123456789012:*',
    'arn::ivschat',
    `\${aws:username}`,
    `arn:aws:\${aws:username}:::x`,
  ]) {
    assert.equal(refusalOf({ ...ALLOW, Resource }).place, 'Statement[1].Resource', Resource);
  }
  assert.equal(refusalOf({ ...ALLOW, NotResource: [], Resource: undefined }).place, 'Statement[1].NotResource');
  assert.equal(refusalOf({ ...ALLOW, Resource: ['*', 7] }).place, 'Statement[1].Resource[1]');
});

test('an identity policy has no principals', () => {
  assert.match(refusalOf({ ...ALLOW, Principal: '*' }).message, /must not have a member "Principal"/);
});

test('an opened variable is none is refused where there are variables', () => {
  for (const rest of ['', '}', 'aws:username', "aws:username, 'x}", 'aws:username, x}']) {
    const Statement = { ...ALLOW, Resource: `arn:aws:ivschat:::\${${rest}` };
    assert.match(refusal({ Version: '2012-10-17', Statement }).message, /Resource has a "\$\{" at character 19 that/);
    parse({ Version: '2008-10-17', Statement });
  }
});

test('an operator that there is not is refused', () => {
  for (const operator of [
    'StringEqual',
    'stringEquals',
    'StringEquals ',
    'ForSomeValues:StringEquals',
    'NullIfExists',
    'ForAnyValue:Null',
    'IfExists',
    '',
    '__proto__',
    'constructor',
  ]) {
    const { place } = refusalOfCondition(JSON.parse(`{"${operator}":{"aws:username":"true"}}`));
    assert.equal(place, `Statement[1].Condition.${operator}`);
  }
});

test('a condition key must have a prefix', () => {
  assert.equal(refusalOfCondition({ StringEquals: { username: 'a' } }).place, 'Statement[1].Condition.StringEquals');
});

test('conditions are objects of objects of values', () => {
  assert.equal(refusalOfCondition([]).place, 'Statement[1].Condition');
  assert.equal(refusalOfCondition(null).place, 'Statement[1].Condition');
  assert.equal(refusalOfCondition({ Bool: 'true' }).place, 'Statement[1].Condition.Bool');
  for (const value of [null, {}, []]) {
    const { place } = refusalOfCondition({ Bool: { 'aws:SecureTransport': value } });
    assert.equal(place, 'Statement[1].Condition.Bool.aws:SecureTransport');
  }
  const nested = refusalOfCondition({ StringEquals: { 'aws:username': ['a', ['b']] } });
  assert.equal(nested.place, 'Statement[1].Condition.StringEquals.aws:username[1]');
});

const badValues: readonly (readonly [operator: string, ...values: string[]])[] = [
  ['NumericEquals', '', 'x', '1e3', '0x10', '1.', 'NaN', `\${aws:username}`],
  [
    'DateLessThan',
    '',
    'soon',
    '2024-13',
    '2024-02-30',
    '2024-02-30T00:00Z',
    '2024-01-01T00:00:00',
    '2024-01-01T25:00Z',
  ],
  ['Bool', '', 'yes', '1'],
  ['Null', '', 'yes'],
  ['IpAddress', '', '*', '10.0.0', '10.0.0.256', '10.0.0.0/33', '10.0.0.0/', '2001:db8::/129', 'fe80::1%eth0', 'host'],
  ['NotIpAddress', '10.0.0.0/8,10.1.0.0/8'],
  ['BinaryEquals', 'no base64', 'YQ'],
];
for (const [operator, ...values] of badValues) {
  test(`values that are none for ${operator} are refused`, () => {
    for (const value of values) {
      const { place, message } = refusalOfCondition({ [operator]: { 'svc:key': value } });
      assert.equal(place, `Statement[1].Condition.${operator}.svc:key`);
      assert.match(message, /holds ".*", which is not /);
    }
  });
}

test('a trust policy has a Principal and no Resource', () => {
  parse({ Statement: TRUST }, 'trust');
  assert.match(refusalOfTrust({ ...TRUST, Resource: '*' }).message, /must not have a member "Resource"/);
  assert.match(refusalOfTrust({ ...TRUST, Principal: undefined }).message, /must have Principal or NotPrincipal/);
});

test('a trust policy is about actions of sts', () => {
  for (const Action of ['*', 'ivschat:GetRoom', ['sts:AssumeRole', 'iam:PassRole'], 's*:AssumeRole']) {
    assert.equal(refusalOfTrust({ ...TRUST, Action }).place, 'Statement[1].Action');
  }
});

test('principals are whole names, by their types', () => {
  const bad: readonly (readonly [unknown, string])[] = [
    ['arn:aws:iam::123456789012:root', ''],
    [{}, ''],
    [{ CanonicalUser: 'x' }, ''],
    [{ AWS: [] }, '.AWS'],
    [{ AWS: '1234' }, '.AWS'],
    [{ AWS: 'arn:aws:iam::123456789012:user/*' }, '.AWS'],
    [{ AWS: 'arn:aws:iam::123456789012:group/x' }, '.AWS'],
    [{ AWS: ['*', 'arn:aws:iam::*:root'] }, '.AWS[1]'],
    [{ Federated: '*' }, '.Federated'],
    [{ Service: '*' }, '.Service'],
    [{ Service: 'ivschat' }, '.Service'],
  ];
  for (const [Principal, place] of bad) {
    assert.equal(refusalOfTrust({ ...TRUST, Principal }).place, `Statement[1].Principal${place}`);
  }
});

test('NotPrincipal must not allow', () => {
  const { Principal, ...rest } = TRUST;
  assert.equal(refusalOfTrust({ ...rest, NotPrincipal: Principal }).place, 'Statement[1].NotPrincipal');
  parse({ Statement: { ...rest, Effect: 'Deny', NotPrincipal: Principal } }, 'trust');
});
