import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { CompactEncrypt, compactDecrypt } from 'jose';
import { createSealer } from '../../../src/aws/jwe.ts';
import type { Keyring } from '../../../src/aws/ports.ts';

const FIRST = { kid: 'first', key: randomBytes(32) };
const SECOND = { kid: 'second', key: randomBytes(32) };

/** A keyring of one purpose; the first key given is the current one. */
function keyringOf(...keys: readonly (typeof FIRST)[]): Keyring {
  return {
    current: () => keys[0] ?? FIRST,
    find: (purpose, kid) => (purpose === 'test' ? keys.find((key) => key.kid === kid) : undefined),
  };
}

const sealer = createSealer(keyringOf(FIRST), 'test');

async function byJose(header: Record<string, unknown>, key = FIRST.key): Promise<string> {
  const plaintext = new TextEncoder().encode('hello');
  return new CompactEncrypt(plaintext).setProtectedHeader({ alg: 'dir', enc: 'A256GCM', ...header }).encrypt(key);
}

test('what is sealed is opened', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      assert.equal(sealer.open(sealer.seal(text)), text);
    }),
  );
});

test('jose opens what we seal', async () => {
  const { plaintext, protectedHeader } = await compactDecrypt(sealer.seal('héllo'), FIRST.key);
  assert.equal(new TextDecoder().decode(plaintext), 'héllo');
  assert.deepEqual(protectedHeader, { alg: 'dir', enc: 'A256GCM', kid: 'first' });
});

test('we open what jose seals', async () => assert.equal(sealer.open(await byJose({ kid: 'first' })), 'hello'));

test('its alphabet fits an HTTP token', () => assert.match(sealer.seal('{}'), /^[A-Za-z0-9_-]+\.\.[A-Za-z0-9_.-]+$/));

test('the same text is sealed differently each time', () => {
  const sealed = Array.from({ length: 1000 }, () => sealer.seal('x'));
  assert.equal(new Set(sealed).size, 1000);
});

test('after a rotation the new key seals and the old one still opens', () => {
  const old = sealer.seal('x');
  const rotated = createSealer(keyringOf(SECOND, FIRST), 'test');
  assert.equal(rotated.open(old), 'x');
  assert.equal(rotated.open(rotated.seal('y')), 'y');
  assert.equal(sealer.open(rotated.seal('y')), undefined);
});

describe('is not opened', () => {
  test('what is sealed for another purpose', () => {
    assert.equal(createSealer(keyringOf(FIRST), 'other').open(sealer.seal('x')), undefined);
  });

  test('what is sealed with another key of the same name', async () => {
    assert.equal(sealer.open(await byJose({ kid: 'first' }, SECOND.key)), undefined);
  });

  test('what asks for anything else in its header', async () => {
    assert.equal(sealer.open(await byJose({})), undefined);
    assert.equal(sealer.open(await byJose({ kid: 'unknown' })), undefined);
    assert.equal(sealer.open(await byJose({ kid: 'first', enc: 'A128GCM' }, FIRST.key.subarray(0, 16))), undefined);
    const [, ...rest] = sealer.seal('x').split('.');
    for (const header of ['null', '[]', '"first"', '{"kid":"first"}', '{"alg":"dir","enc":"A256GCM","kid":1}', 'x']) {
      assert.equal(sealer.open([Buffer.from(header).toString('base64url'), ...rest].join('.')), undefined);
    }
  });

  test('what has been altered in any one character', () => {
    const sealed = sealer.seal('{"room":"a"}');
    fc.assert(
      fc.property(fc.nat(sealed.length - 1), fc.constantFrom(...'Aa0-_.=+/ é'), (at, char) => {
        fc.pre(sealed[at] !== char);
        assert.equal(sealer.open(sealed.slice(0, at) + char + sealed.slice(at + 1)), undefined);
      }),
    );
  });

  test('what is longer or shorter, or no JWE at all', () => {
    const sealed = sealer.seal('x');
    for (const text of [
      `${sealed}A`,
      `${sealed}.`,
      `${sealed}..`,
      sealed.slice(0, -1),
      sealed.slice(1),
      '',
      '.',
      '....',
      '.....',
    ]) {
      assert.equal(sealer.open(text), undefined, text);
    }
    fc.assert(fc.property(fc.string(), (text) => assert.equal(sealer.open(text), undefined)));
  });
});
