import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyValue, wholeNumber } from '../../../src/cli/arguments.ts';

test('pairs are collected, split at the first equals sign', () => {
  const tags = keyValue('b=c=d', keyValue('a='));
  assert.deepEqual(Object.entries(tags), [
    ['a', ''],
    ['b', 'c=d'],
  ]);
});

test('any key is a key', () => {
  assert.deepEqual(Object.entries(keyValue('__proto__=x')), [['__proto__', 'x']]);
});

test('what is no pair is refused', () => {
  for (const text of ['', 'a', '=a']) assert.throws(() => keyValue(text), { code: 'commander.invalidArgument' });
});

test('whole numbers are read, nothing else', () => {
  assert.equal(wholeNumber('500'), 500);
  for (const text of ['', '1.5', '1e3', ' 1', '0x10']) {
    assert.throws(() => wholeNumber(text), { code: 'commander.invalidArgument' });
  }
});
