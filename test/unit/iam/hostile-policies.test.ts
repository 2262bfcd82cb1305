/** Documents made to hurt whoever reads them. None may, however long it takes them to be refused or decided. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MalformedPolicy, parsePolicyDocument } from '../../../src/iam/policy-document.ts';
import { allows, holds, policy } from './support/policies.ts';

const refuses = (text: string, message: RegExp) =>
  assert.throws(
    () => parsePolicyDocument(text, 'identity'),
    (error) => error instanceof MalformedPolicy && message.test(error.message) && error.message.length < 1_000,
  );
const document = (member: string) => `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*",${member}}}`;

test('nesting is bounded', () => {
  for (const [open, close] of [
    ['[', ']'],
    ['{"a":', '}'],
  ] as const) {
    refuses(open.repeat(20_000), /more than 16 levels/);
    refuses(`${open.repeat(17)}1${close.repeat(17)}`, /more than 16 levels/);
  }
});

test('the length is bounded', () => {
  refuses(`${' '.repeat(131_072)}{}`, /longer than 131072 characters/);
});

test('members named like those of prototypes are members like others', () => {
  refuses(document('"__proto__":{"Effect":"Allow"}'), /must not have a member "__proto__"/);
  refuses(document('"constructor":1'), /must not have a member "constructor"/);
  refuses(document('"Condition":{"StringEquals":{"__proto__":"a"}}'), /"__proto__": condition keys have a prefix/);
  const text = document('"Condition":{"StringEquals":{"aws:__proto__":"a"}}');
  assert.equal(parsePolicyDocument(text, 'identity').statements.length, 1);
});

test('messages repeat little of what they refuse', () => {
  const long = 'x'.repeat(50_000);
  refuses(document(`"${long}":1`), /must not have a member "x+…"/);
  refuses(document(`"Condition":{"${long}":{"aws:username":"a"}}`), /Condition\.x+… is no condition operator/);
  refuses(document(`"Condition":{"StringEquals":{"${long}":"a"}}`), /must not ask for "x+…"/);
  refuses(document(`"Condition":{"NumericEquals":{"a:b":"${long}"}}`), /holds "x+…", which is not a number/);
  refuses(`{"${long}":1,"${long}":2}`, /the member "x+…" comes twice/);
});

test('strings that do not end, or hold what JSON forbids, are refused', () => {
  refuses(`{"${'\\"'.repeat(60_000)}`, /expected a member name/);
  refuses('{"a\nb":1}', /a character or an escape that JSON has not/);
  refuses('{"\\x":1}', /a character or an escape that JSON has not/);
  refuses('{"\\u12g4":1}', /a character or an escape that JSON has not/);
});

test('huge arrays are read', () => {
  const actions = Array.from({ length: 4_000 }, (_, index) => `svc${index}:Act${index}*`);
  const general = Array.from({ length: 800 }, () => ({ Action: '*' }));
  const huge = policy({ Action: actions }, ...general);
  assert.equal(huge.statements.length, 801);
  assert.ok(allows(huge, { action: 'svc3999:Act3999x' }));
});

test('patterns that make backtracking matchers blow up are decided', () => {
  const resource = `arn:aws:ivschat:us-east-1:123456789012:${'a'.repeat(2_000)}`;
  for (const pattern of ['a*'.repeat(1_000), '*a'.repeat(1_000), '**a?*'.repeat(400), `${'?*'.repeat(1_000)}?*`]) {
    const Resource = `arn:aws:ivschat:us-east-1:123456789012:${pattern}b`;
    assert.ok(!allows(policy({ Resource }), { resource }));
    assert.ok(allows(policy({ Resource }), { resource: `${resource}b` }));
  }
});

test('a condition of many values is decided', () => {
  const values = Array.from({ length: 2_000 }, (_, index) => `*${index}?*`);
  const facts = { 'aws:TagKeys': Array.from({ length: 50 }, (_, index) => `key-${index}`) };
  assert.ok(!holds({ 'ForAllValues:StringLike': { 'aws:TagKeys': values } }, facts));
});
