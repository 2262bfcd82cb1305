import { randomFillSync } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Makes identifiers. A simulation passes its own source of bytes. */
export interface Ids {
  /** 12 characters of [a-zA-Z0-9], as IVS Chat names rooms, messages and events (spec/ivs-chat 2.1). */
  short(): string;
}

/** @param fill overwrites the buffer with random bytes; by default from the system's generator. */
export function createIds(fill: (buffer: Uint8Array) => void = randomFillSync): Ids {
  const pool = new Uint8Array(4096);
  let used = pool.length;
  return {
    short() {
      let id = '';
      while (id.length < 12) {
        if (used === pool.length) {
          fill(pool);
          used = 0;
        }
        // 248 is the largest multiple of 62 in a byte: above it the alphabet's start would be more likely.
        const byte = pool[used++] ?? 255;
        if (byte < 248) id += ALPHABET[byte % 62];
      }
      return id;
    },
  };
}
