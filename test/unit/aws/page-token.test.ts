import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { createSealer } from '../../../src/aws/jwe.ts';
import { createPageTokens } from '../../../src/aws/page-token.ts';
import { integer, string, structure } from '../../../src/aws/shape.ts';

const key = { kid: 'k', key: randomBytes(32) };
const keyring = { current: () => key, find: () => key };
const pages = createPageTokens(createSealer(keyring, 'page-token'));

const Position = structure({ at: integer(), id: string() });
const LISTING = { operation: 'ListRooms', filters: ['name', 50] };
const POSITION = { at: 12, id: 'abc' };

test('a token leads back to the position it was issued for', () => {
  assert.deepEqual(pages.open(LISTING, pages.issue(LISTING, POSITION), Position), POSITION);
});

test('a token is good for its operation and filters alone', () => {
  const token = pages.issue(LISTING, POSITION);
  assert.equal(pages.open({ ...LISTING, operation: 'ListOthers' }, token, Position), undefined);
  assert.equal(pages.open({ ...LISTING, filters: ['other', 50] }, token, Position), undefined);
  assert.equal(pages.open({ ...LISTING, filters: [] }, token, Position), undefined);
});

test('a foreign or altered token leads nowhere', () => {
  const token = pages.issue(LISTING, POSITION);
  for (const wrong of ['x', `${token}A`, token.slice(0, -1), token.toLowerCase()]) {
    assert.equal(pages.open(LISTING, wrong, Position), undefined);
  }
});

test('a position of another shape leads nowhere', () => {
  assert.equal(pages.open(LISTING, pages.issue(LISTING, { at: 'x' }), Position), undefined);
});

test('a token is opaque and never longer than the API allows', () => {
  const token = pages.issue(LISTING, POSITION);
  assert.doesNotMatch(Buffer.from(token, 'base64url').toString(), /abc/);
  assert.ok(token.length <= 1024);
  assert.throws(() => pages.issue(LISTING, { at: 1, id: 'x'.repeat(1024) }), /characters long/);
});
