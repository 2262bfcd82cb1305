import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allows, holds, policy } from './support/policies.ts';

/** For each value of the request, whether the condition holds. */
function check(Condition: object, key: string, outcomes: Readonly<Record<string, boolean>>) {
  for (const [value, outcome] of Object.entries(outcomes)) {
    assert.equal(holds(Condition, { [key]: value }), outcome, `${JSON.stringify(Condition)} with ${value}`);
  }
}

// String operators

test('StringEquals compares exactly', () => {
  check({ StringEquals: { 'aws:username': 'Bob*' } }, 'aws:username', { 'Bob*': true, 'bob*': false, Bobby: false });
});

test('StringNotEquals is its opposite', () => {
  check({ StringNotEquals: { 'aws:username': 'bob' } }, 'aws:username', { bob: false, Bob: true, '': true });
});

test('StringEqualsIgnoreCase does not regard case', () => {
  check({ StringEqualsIgnoreCase: { 'svc:x': 'Straße' } }, 'svc:x', { sTRAßE: true, Strasse: false });
  check({ StringNotEqualsIgnoreCase: { 'svc:x': 'Bob' } }, 'svc:x', { bOB: false, bo: true });
});

test('StringLike has wildcards and regards case', () => {
  const outcomes = { 'home/': true, 'home/a/b': true, 'Home/': false, home: false };
  check({ StringLike: { 's3:prefix': 'home/*' } }, 's3:prefix', outcomes);
  check({ StringLike: { 's3:prefix': 'a?c' } }, 's3:prefix', { abc: true, ac: false, abbc: false, 'a?c': true });
  check({ StringNotLike: { 's3:prefix': 'home/*' } }, 's3:prefix', { 'home/a': false, 'work/a': true });
});

test('an empty string is a value', () => {
  check({ StringEquals: { 's3:prefix': ['', 'home/'] } }, 's3:prefix', { '': true, 'home/': true, x: false });
});

// Several values, keys and operators

test('one of several values must match', () => {
  check({ StringEquals: { 'svc:x': ['a', 'b'] } }, 'svc:x', { a: true, b: true, c: false });
});

test('under a negated operator none of several values may match', () => {
  check({ StringNotEquals: { 'svc:x': ['a', 'b'] } }, 'svc:x', { a: false, b: false, c: true });
});

test('all keys and all operators must hold', () => {
  const Condition = { StringEquals: { 'svc:x': 'a', 'svc:y': 'b' }, Bool: { 'svc:z': 'true' } };
  assert.ok(holds(Condition, { 'svc:x': 'a', 'svc:y': 'b', 'svc:z': 'true' }));
  assert.ok(!holds(Condition, { 'svc:x': 'a', 'svc:y': 'b', 'svc:z': 'false' }));
  assert.ok(!holds(Condition, { 'svc:x': 'a', 'svc:y': 'x', 'svc:z': 'true' }));
});

test('the names of keys are compared without regard to case', () => {
  assert.ok(holds({ StringEquals: { 'AWS:userNAME': 'bob' } }, { 'aws:Username': 'bob' }));
});

// Numeric operators

test('numbers are compared as numbers', () => {
  const key = 'svc:Count';
  check({ NumericEquals: { [key]: '10' } }, key, { '10': true, '10.0': true, '010': true, '11': false });
  check({ NumericNotEquals: { [key]: '10' } }, key, { '10.0': false, '9': true });
  check({ NumericLessThan: { [key]: 10 } }, key, { '9': true, '-100': true, '9.99': true, '10': false });
  check({ NumericLessThanEquals: { [key]: '10' } }, key, { '10': true, '10.1': false });
  check({ NumericGreaterThan: { [key]: '-1.5' } }, key, { '-1': true, '-1.5': false, '-2': false });
  check({ NumericGreaterThanEquals: { [key]: '10' } }, key, { '10': true, '9': false });
});

test('a value of the request that is no number matches nothing', () => {
  check({ NumericLessThan: { 'svc:x': '10' } }, 'svc:x', { '': false, x: false, '0x1': false, NaN: false });
  check({ NumericNotEquals: { 'svc:x': '10' } }, 'svc:x', { x: true });
});

// Date operators

test('dates are compared in time', () => {
  const key = 'aws:CurrentTime';
  const noon = '2026-01-02T12:00:00Z';
  check({ DateEquals: { [key]: noon } }, key, { '2026-01-02T13:00:00.000+01:00': true, '2026-01-02T12:00:01Z': false });
  check({ DateNotEquals: { [key]: noon } }, key, { '2026-01-02T12:00Z': false, '2026-01-03': true });
  check({ DateLessThan: { [key]: noon } }, key, { '2026-01-02T11:59:59.999Z': true, [noon]: false, '2025': true });
  check({ DateLessThanEquals: { [key]: noon } }, key, { [noon]: true, '2026-02': false });
  check({ DateGreaterThan: { [key]: noon } }, key, { [noon]: false, '2026-01-03': true });
  check({ DateGreaterThanEquals: { [key]: noon } }, key, { [noon]: true, '2026-01-02': false });
});

test('a date may be seconds since 1970', () => {
  check({ DateLessThan: { 'aws:EpochTime': '1767355200' } }, 'aws:EpochTime', {
    '1767355199': true,
    '1767355200': false,
    '2026-01-02T11:59:59Z': true,
  });
});

// Bool, BinaryEquals, Null

test('Bool compares true and false', () => {
  check({ Bool: { 'aws:SecureTransport': 'true' } }, 'aws:SecureTransport', { true: true, false: false, TRUE: true });
  check({ Bool: { 'aws:SecureTransport': false } }, 'aws:SecureTransport', { true: false, false: true });
});

test('BinaryEquals compares bytes in base64', () => {
  check({ BinaryEquals: { 'svc:x': 'QmluYXJ5' } }, 'svc:x', { QmluYXJ5: true, qmluyxj5: false, '': false });
});

test('Null asks whether a key is absent', () => {
  const absent = { Null: { 'aws:TokenIssueTime': 'true' } };
  const present = { Null: { 'aws:TokenIssueTime': 'false' } };
  const facts = { 'aws:TokenIssueTime': '2026-01-02T12:00:00Z' };
  assert.deepEqual([holds(absent), holds(absent, facts)], [true, false]);
  assert.deepEqual([holds(present), holds(present, facts)], [false, true]);
});

test('Null takes a key that has empty values alone as absent', () => {
  assert.ok(!holds({ Null: { 'aws:TagKeys': 'false' } }, { 'aws:TagKeys': [''] }));
  assert.ok(!holds({ Null: { 'aws:TagKeys': 'false' } }, { 'aws:TagKeys': [] }));
  assert.ok(holds({ Null: { 'aws:TagKeys': 'false' } }, { 'aws:TagKeys': ['', 'a'] }));
});

// IpAddress

test('IpAddress takes addresses and ranges', () => {
  const key = 'aws:SourceIp';
  check({ IpAddress: { [key]: '203.0.113.0/24' } }, key, {
    '203.0.113.0': true,
    '203.0.113.255': true,
    '203.0.114.0': false,
  });
  check({ IpAddress: { [key]: '203.0.113.7' } }, key, { '203.0.113.7': true, '203.0.113.8': false });
  check({ NotIpAddress: { [key]: ['10.0.0.0/8', '192.168.0.0/16'] } }, key, {
    '10.1.2.3': false,
    '192.168.1.1': false,
    '172.16.0.1': true,
  });
});

test('IpAddress takes IPv6 in every spelling', () => {
  check({ IpAddress: { 'aws:SourceIp': ['2001:DB8:1234:5678::/64', '::1'] } }, 'aws:SourceIp', {
    '2001:db8:1234:5678::1': true,
    '2001:0db8:1234:5678:ffff:0:0:1': true,
    '2001:db8:1234:5679::1': false,
    '::1': true,
    '0:0:0:0:0:0:0:1': true,
  });
});

test('ranges of IPv4 and of IPv6 do not mix', () => {
  check({ IpAddress: { 'aws:SourceIp': '::/0' } }, 'aws:SourceIp', { '203.0.113.7': false, '2001:db8::1': true });
  check({ IpAddress: { 'aws:SourceIp': '0.0.0.0/0' } }, 'aws:SourceIp', { '203.0.113.7': true, '2001:db8::1': false });
});

test('an IPv4 client of an IPv6 socket is in the ranges of IPv4', () => {
  check({ IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }, 'aws:SourceIp', {
    '::ffff:203.0.113.7': true,
    '::ffff:203.0.114.7': false,
  });
});

test('what is no address is in no range', () => {
  const outcomes = { '': false, localhost: false, '203.0.113.7:80': false, 'fe80::1%eth0': false };
  check({ IpAddress: { 'aws:SourceIp': ['0.0.0.0/0', '2001::/16'] } }, 'aws:SourceIp', outcomes);
  check({ NotIpAddress: { 'aws:SourceIp': '0.0.0.0/0' } }, 'aws:SourceIp', { localhost: true });
});

// Arn operators

test('ArnLike and ArnEquals compare field by field, with wildcards', () => {
  for (const operator of ['ArnLike', 'ArnEquals']) {
    check({ [operator]: { 'aws:SourceArn': 'arn:aws:someservice:*:111122223333:finance/*' } }, 'aws:SourceArn', {
      'arn:aws:someservice:us-east-2:111122223333:finance/document.txt': true,
      'arn:aws:someservice::111122223333:finance/a:b/c': true,
      'arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt': false,
      'arn:aws:someservice:us-east-2:111122223333:Finance/x': false,
      'finance/x': false,
    });
  }
  check({ ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/*' } }, 'aws:PrincipalArn', {
    'arn:aws:iam::123456789012:role/x': false,
    'arn:aws:iam::123456789012:user/x': true,
  });
  check({ ArnNotEquals: { 'aws:PrincipalArn': '*' } }, 'aws:PrincipalArn', { 'arn:aws:iam::1:user/x': false });
});

test('StringLike does not compare field by field', () => {
  check({ StringLike: { 'aws:SourceArn': 'arn:aws:someservice:*:111122223333:finance/*' } }, 'aws:SourceArn', {
    'arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt': true,
  });
});

// Keys that a request has not

const POSITIVE = {
  StringEquals: 'a',
  StringLike: '*',
  NumericLessThan: '1',
  DateLessThan: '2026',
  Bool: 'false',
  BinaryEquals: 'YQ==',
  IpAddress: '0.0.0.0/0',
  ArnLike: '*',
};
const NEGATED = {
  StringNotEquals: 'a',
  StringNotEqualsIgnoreCase: 'a',
  StringNotLike: '*',
  NumericNotEquals: '1',
  DateNotEquals: '2026',
  NotIpAddress: '0.0.0.0/0',
  ArnNotLike: '*',
};
const ABSENT = { 'svc:other': 'x' };

test('without the key an operator fails', () => {
  for (const [operator, value] of Object.entries(POSITIVE)) {
    assert.ok(!holds({ [operator]: { 'svc:x': value } }, ABSENT), operator);
  }
});

test('without the key a negated operator holds', () => {
  for (const [operator, value] of Object.entries(NEGATED)) {
    assert.ok(holds({ [operator]: { 'svc:x': value } }, ABSENT), operator);
  }
});

test('without the key every …IfExists holds, and with it the operator decides', () => {
  for (const [operator, value] of Object.entries({ ...POSITIVE, ...NEGATED })) {
    assert.ok(holds({ [`${operator}IfExists`]: { 'svc:x': value } }, ABSENT), operator);
  }
  check({ StringEqualsIfExists: { 'svc:x': 'a' } }, 'svc:x', { a: true, b: false, '': false });
});

test('a deny with a negated …IfExists denies without the key, too', () => {
  const Condition = { StringNotEqualsIfExists: { 'aws:PrincipalTag/team': 'red' } };
  const document = policy({}, { Effect: 'Deny', Condition });
  assert.ok(!allows(document));
  assert.ok(!allows(document, { facts: { 'aws:PrincipalTag/team': 'blue' } }));
  assert.ok(allows(document, { facts: { 'aws:PrincipalTag/team': 'red' } }));
});

test('a key with an empty list is absent', () => {
  assert.ok(!holds({ StringLike: { 'svc:x': '*' } }, { 'svc:x': [] }));
  assert.ok(holds({ StringNotLike: { 'svc:x': '*' } }, { 'svc:x': [] }));
});

// Keys with several values

const keys = (...values: string[]) => ({ 'aws:TagKeys': values });

test('ForAllValues: every value of the request must match one of the policy', () => {
  const Condition = { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['cost', 'team'] } };
  assert.ok(holds(Condition, keys('cost')));
  assert.ok(holds(Condition, keys('cost', 'team')));
  assert.ok(!holds(Condition, keys('cost', 'other')));
});

test('ForAllValues holds without values', () => {
  const Condition = { 'ForAllValues:StringEquals': { 'aws:TagKeys': 'cost' } };
  assert.ok(holds(Condition));
  assert.ok(holds(Condition, keys()));
  assert.ok(holds(Condition, keys('')));
});

test('ForAnyValue: one value of the request must match one of the policy', () => {
  const Condition = { 'ForAnyValue:StringLike': { 'aws:TagKeys': ['cost*', 'team'] } };
  assert.ok(holds(Condition, keys('other', 'costCenter')));
  assert.ok(!holds(Condition, keys('other')));
});

test('ForAnyValue fails without values, negated or not', () => {
  for (const operator of ['ForAnyValue:StringLike', 'ForAnyValue:StringNotLike']) {
    for (const facts of [{}, keys(), keys('')]) assert.ok(!holds({ [operator]: { 'aws:TagKeys': 'cost' } }, facts));
  }
});

test('ForAllValues with a negated operator: no value may match', () => {
  const Condition = { 'ForAllValues:StringNotLike': { 'aws:TagKeys': ['key1*', 'key2*'] } };
  assert.ok(holds(Condition, keys('key3', 'other')));
  assert.ok(!holds(Condition, keys('key3', 'key1:legal')));
  assert.ok(holds(Condition));
});

test('ForAnyValue with a negated operator: one value must match none', () => {
  const Condition = { 'ForAnyValue:StringNotEquals': { 'aws:TagKeys': ['a', 'b'] } };
  assert.ok(holds(Condition, keys('a', 'c')));
  assert.ok(!holds(Condition, keys('a', 'b')));
});

test('…IfExists goes with ForAllValues and ForAnyValue', () => {
  for (const set of ['ForAllValues', 'ForAnyValue']) {
    const Condition = { [`${set}:StringEqualsIfExists`]: { 'aws:TagKeys': 'a' } };
    assert.ok(holds(Condition));
    assert.ok(holds(Condition, keys('a')));
    assert.ok(!holds(Condition, keys('b')));
  }
});

test('without either, one of several values must match, and under a negated operator none may', () => {
  assert.ok(holds({ StringEquals: { 'aws:TagKeys': 'a' } }, keys('a', 'b')));
  assert.ok(!holds({ StringNotEquals: { 'aws:TagKeys': 'a' } }, keys('a', 'b')));
  assert.ok(holds({ StringNotEquals: { 'aws:TagKeys': 'c' } }, keys('a', 'b')));
});
