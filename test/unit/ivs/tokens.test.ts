import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { createSealer } from '../../../src/aws/jwe.ts';
import { type ChatToken, createChatTokens } from '../../../src/ivs/tokens.ts';

const NOW = Date.UTC(2026, 0, 1);
const key = { kid: 'k', key: randomBytes(32) };
const keyring = { current: () => key, find: () => key };
const sealer = createSealer(keyring, 'chat-token');
let now = NOW;
const tokens = createChatTokens({ sealer, lifetimeMs: 60_000, clock: { now: () => now } });

const TOKEN: ChatToken = {
  id: 'abcdefghijkl',
  roomId: 'g1H2I3j4k5L6',
  userId: 'alice',
  capabilities: ['SEND_MESSAGE', 'DISCONNECT_USER'],
  attributes: { username: 'Alice' },
  issuedAtMs: NOW,
  tokenExpiresAtMs: NOW + 60_000,
  sessionExpiresAtMs: NOW + 3_600_000,
};

test('a token says what was sealed into it', () => {
  now = NOW;
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
  const capabilities = fc.subarray(['SEND_MESSAGE', 'DELETE_MESSAGE', 'DISCONNECT_USER'] as const);
  fc.assert(
    fc.property(text, capabilities, fc.dictionary(text, text), (userId, capabilities, attributes) => {
      const token = { ...TOKEN, userId, capabilities, attributes };
      assert.deepEqual(tokens.open(tokens.seal(token)), { ...token, attributes: { ...attributes } });
    }),
  );
});

test('a token expires', () => {
  const sealed = tokens.seal(TOKEN);
  now = NOW + 59_999;
  assert.notEqual(tokens.open(sealed), 'expired');
  now = NOW + 60_000;
  assert.equal(tokens.open(sealed), 'expired');
});

test('what is no token, or of another format, is malformed', () => {
  now = NOW;
  for (const text of ['', 'x', 'a..b.c.d', `${tokens.seal(TOKEN)}A`, sealer.seal('[2]')]) {
    assert.equal(tokens.open(text), 'malformed');
  }
});

test('the largest token fits a header, and its alphabet a subprotocol', () => {
  // Control characters are the longest in JSON: six bytes for one.
  const worst = tokens.seal({
    ...TOKEN,
    userId: '\u0001'.repeat(128),
    attributes: { '\u0001': '\u0001'.repeat(1023) },
  });
  assert.ok(worst.length < 12_000);
  assert.match(worst, /^[A-Za-z0-9_.-]+$/);
});

test('a usual token is short', () => assert.ok(tokens.seal(TOKEN).length < 350));
