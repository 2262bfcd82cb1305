/**
 * Sealing: JSON Web Encryption (RFC 7516) in compact form, algorithm `dir`, encryption `A256GCM`. What is sealed can
 * be neither read nor altered without the key. Its alphabet is base64url and dots, so that it fits where an HTTP token
 * is wanted (spec/ivs-chat 1.2).
 */
import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto';
import type { Keyring } from './ports.ts';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const NONCES_AT_ONCE = 256;

export interface Sealer {
  /** Encrypts with the current key of the purpose. */
  seal(plaintext: string): string;
  /** Gives the plaintext, or undefined for anything that was not sealed with a key of the purpose. */
  open(sealed: string): string | undefined;
}

/** @param fill overwrites the buffer with random bytes; by default from the system's generator. */
export function createSealer(
  keyring: Keyring,
  purpose: string,
  fill: (buffer: Uint8Array) => void = randomFillSync,
): Sealer {
  const nonces = Buffer.alloc(NONCE_BYTES * NONCES_AT_ONCE);
  let used = nonces.length;
  let header = { kid: '', encoded: '' };

  function nextNonce(): Buffer {
    if (used === nonces.length) {
      fill(nonces);
      used = 0;
    }
    const nonce = nonces.subarray(used, used + NONCE_BYTES);
    used += NONCE_BYTES;
    return nonce;
  }

  return {
    seal(plaintext) {
      const { kid, key } = keyring.current(purpose);
      if (header.kid !== kid) header = { kid, encoded: encodeHeader(kid) };
      const nonce = nextNonce();
      const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.from(header.encoded, 'latin1'));
      const ciphertext = cipher.update(plaintext, 'utf8').toString('base64url');
      cipher.final(); // GCM is a stream: it ends without a byte more
      // The empty second part is the encrypted key, which `dir` has none of.
      return `${header.encoded}..${nonce.toString('base64url')}.${ciphertext}.${cipher.getAuthTag().toString('base64url')}`;
    },

    open(sealed) {
      const parts = sealed.split('.', 6);
      const [encoded, encryptedKey, nonce, ciphertext, tag] = parts;
      if (parts.length !== 5 || !encoded || encryptedKey !== '' || !nonce || !tag || ciphertext === undefined)
        return undefined;
      const kid = encoded === header.encoded ? header.kid : decodeHeader(encoded);
      const found = kid === undefined ? undefined : keyring.find(purpose, kid);
      const nonceBytes = fromBase64url(nonce);
      const tagBytes = fromBase64url(tag);
      const ciphertextBytes = fromBase64url(ciphertext);
      if (!found || nonceBytes?.length !== NONCE_BYTES || tagBytes?.length !== TAG_BYTES || !ciphertextBytes)
        return undefined;
      const decipher = createDecipheriv(CIPHER, found.key, nonceBytes, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(encoded, 'latin1'));
      decipher.setAuthTag(tagBytes);
      const plaintext = decipher.update(ciphertextBytes);
      try {
        decipher.final();
      } catch {
        // The only failure of final() here is a tag that does not match: not sealed with this key, or altered.
        return undefined;
      }
      return plaintext.toString('utf8');
    },
  };
}

function encodeHeader(kid: string): string {
  return Buffer.from(JSON.stringify({ alg: 'dir', enc: 'A256GCM', kid })).toString('base64url');
}

/** The key's name, when the header asks for exactly what is done here. */
function decodeHeader(encoded: string): string | undefined {
  let header: unknown;
  try {
    header = JSON.parse(Buffer.from(encoded, 'base64url').toString());
  } catch {
    return undefined;
  }
  if (typeof header !== 'object' || header === null) return undefined;
  const { alg, enc, kid, crit, zip } = header as Readonly<Record<string, unknown>>;
  const asked = alg === 'dir' && enc === 'A256GCM' && crit === undefined && zip === undefined;
  return asked && typeof kid === 'string' ? kid : undefined;
}

/** Decodes strictly, so that one sealed text has one spelling. */
function fromBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}
