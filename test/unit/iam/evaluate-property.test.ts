/** The evaluator decides as the naive one does, whatever the policies and the request. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { evaluate, explain, type Policies } from '../../../src/iam/evaluate.ts';
import { parsePolicyDocument } from '../../../src/iam/policy-document.ts';
import {
  evaluateNaively,
  type RawPolicies,
  type RawPolicy,
  type RawRequest,
  type RawStatement,
} from './support/naive-evaluator.ts';

const oneOrMore = (value: fc.Arbitrary<string>) => fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 3 }));

/** Few distinct texts, so that they often match. */
const word = fc.constantFrom('a', 'b', 'ab', 'ba', 'aab', 'a/b', 'a:b', '*', '?', '');
const variable = fc
  .constantFrom(
    'aws:username',
    'AWS:UserName',
    'aws:PrincipalTag/x',
    "aws:PrincipalTag/x, 'ab'",
    'aws:TagKeys',
    '*',
    '?',
    '$',
  )
  .map((name) => `\${${name}}`);
const joined = (...parts: fc.Arbitrary<string>[]) =>
  fc.array(fc.oneof(...parts), { minLength: 1, maxLength: 5 }).map((all) => all.join(''));
const text = joined(word, fc.constantFrom('*', '?', '**', '*?'), variable);

const action = fc.constantFrom('svc:Get', 'svc:GetAll', 'svc:Put', 'other:Get');
const actionPattern = fc.constantFrom(
  '*',
  'svc:*',
  'SVC:get',
  'svc:Get*',
  '*:Get',
  'svc:?et',
  's*:*t',
  'other:Get',
  'x:Y',
);

const resource = fc.oneof(
  fc.constant('*'),
  joined(word).map((name) => `arn:aws:svc:us-east-1:1234:${name}`),
  joined(word).map((name) => `arn:aws:other::5678:${name}`),
);
const resourcePattern = fc.oneof(
  fc.constantFrom(
    '*',
    'arn:aws:svc',
    'arn:aws:svc:*',
    'arn:aws:svc:us-east-1',
    'arn:*:svc:*:1234:*',
    'arn:aws:svc:*:ab',
  ),
  text.map((name) => `arn:aws:svc:us-east-1:1234:${name}`),
  text.map((name) => `arn:aws:other:*:${name}`),
);

const key = fc.constantFrom(
  'aws:username',
  'aws:UserName',
  'aws:PrincipalTag/x',
  'aws:TagKeys',
  'aws:SourceIp',
  'svc:Thing',
);
const number = fc.constantFrom('0', '1', '-1', '1.5', '2024', '10000');
const date = fc.constantFrom(
  '2024',
  '2024-05',
  '2024-05-06',
  '2024-05-06T07:08Z',
  '2024-05-06T07:08:09.5+02:00',
  '1714979280',
);
const range = fc.constantFrom(
  '10.0.0.0/8',
  '10.1.2.3',
  '0.0.0.0/0',
  '10.1.2.0/31',
  '2001:db8::/32',
  '2001:db8::1',
  '::/0',
);
const address = fc.constantFrom('10.1.2.3', '10.1.2.1', '192.168.0.1', '2001:db8::1', '2001:db8:1::', '::1');
const arn = fc.oneof(resource, fc.constant('arn:aws:svc'));
const arnPattern = fc.oneof(resourcePattern, text, fc.constant('arn:*:*:*:*:*'));
const base64 = fc.constantFrom('YQ==', 'YWI=', '');

const family = (names: readonly string[], value: fc.Arbitrary<string>) =>
  fc.tuple(
    fc
      .tuple(
        fc.constantFrom('', 'ForAllValues:', 'ForAnyValue:'),
        fc.constantFrom(...names),
        fc.constantFrom('', 'IfExists'),
      )
      .map((parts) => parts.join('')),
    oneOrMore(value),
  );
const compared = (type: string) =>
  ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'].map((name) => type + name);
const condition = fc.oneof(
  family(['StringEquals', 'StringNotEquals', 'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase'], text),
  family(['StringLike', 'StringNotLike'], text),
  family(compared('Numeric'), number),
  family(compared('Date'), date),
  family(['IpAddress', 'NotIpAddress'], range),
  family(['ArnEquals', 'ArnLike', 'ArnNotEquals', 'ArnNotLike'], arnPattern),
  family(['Bool'], fc.constantFrom('true', 'False')),
  family(['BinaryEquals'], base64),
  fc.tuple(fc.constant('Null'), oneOrMore(fc.constantFrom('true', 'false'))),
);
const conditions = fc
  .array(fc.tuple(condition, key), { maxLength: 3 })
  .map((all) => Object.fromEntries(all.map(([[operator, values], name]) => [operator, { [name]: values }])));

const either = (name: string, value: fc.Arbitrary<string>) =>
  fc
    .tuple(fc.constantFrom(name, name, `Not${name}`), oneOrMore(value))
    .map(([chosen, values]) => ({ [chosen]: values }));
const statement: fc.Arbitrary<RawStatement> = fc
  .tuple(
    fc.constantFrom('Allow' as const, 'Allow' as const, 'Deny' as const),
    either('Action', actionPattern),
    either('Resource', resourcePattern),
    conditions,
  )
  .map(([Effect, actions, resources, Condition]) => ({ Effect, ...actions, ...resources, Condition }));
const policy: fc.Arbitrary<RawPolicy> = fc.record({
  Version: fc.constantFrom('2012-10-17' as const, '2012-10-17' as const, '2008-10-17' as const),
  Statement: fc.array(statement, { minLength: 1, maxLength: 4 }),
});
const policies: fc.Arbitrary<RawPolicies> = fc.record({
  identity: fc.array(policy, { maxLength: 3 }),
  boundary: fc.option(policy, { nil: undefined, freq: 1 }),
  session: fc.option(fc.array(policy, { maxLength: 2 }), { nil: undefined, freq: 1 }),
});

const facts = fc.array(fc.oneof(joined(word), number, date, address, arn, base64, fc.constantFrom('true', 'FALSE')), {
  maxLength: 3,
});
const request: fc.Arbitrary<RawRequest> = fc.record({
  action,
  resource,
  context: fc.dictionary(
    key.map((name) => name.toLowerCase()),
    facts,
  ),
});

const compile = (raw: RawPolicy, index: number) => ({
  name: `policy ${index}`,
  document: parsePolicyDocument(JSON.stringify(raw), 'identity'),
});
const compileAll = ({ identity, boundary, session }: RawPolicies): Policies => ({
  identity: identity.map(compile),
  boundary: boundary && compile(boundary, 0),
  session: session?.map(compile),
});
const contextOf = ({ context }: RawRequest) => new Map(Object.entries(context));

test('it decides as the naive evaluator does', () => {
  fc.assert(
    fc.property(policies, request, (raw, asked) => {
      const decision = evaluate(compileAll(raw), { ...asked, context: contextOf(asked) });
      assert.equal(decision.why, evaluateNaively(raw, asked));
      assert.equal(decision.allowed, decision.why === 'allowed');
    }),
    { numRuns: 2_000 },
  );
});

test('one condition holds as in the naive evaluator', () => {
  fc.assert(
    fc.property(condition, key, request, ([operator, values], name, asked) => {
      const Statement = [
        { Effect: 'Allow' as const, Action: '*', Resource: '*', Condition: { [operator]: { [name]: values } } },
      ];
      const raw: RawPolicies = { identity: [{ Version: '2012-10-17', Statement }] };
      assert.equal(evaluate(compileAll(raw), { ...asked, context: contextOf(asked) }).why, evaluateNaively(raw, asked));
    }),
    { numRuns: 3_000 },
  );
});

test('what explains a decision agrees with it', () => {
  fc.assert(
    fc.property(policies, request, (raw, asked) => {
      const { decision, statements } = explain(compileAll(raw), { ...asked, context: contextOf(asked) });
      const effect = decision.why === 'explicitDeny' ? 'Deny' : 'Allow';
      const matching = statements.filter((one) => one.mismatch === undefined && one.effect === effect);
      const label = ({ type, policy: name, index }: (typeof decision.statements)[number]) => `${type} ${name} ${index}`;
      assert.deepEqual(decision.statements.map(label).sort(), matching.map(label).sort());
    }),
  );
});
