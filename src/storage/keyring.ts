import { randomBytes } from 'node:crypto';
import type { Ids } from '../engine/ids.ts';
import type { Clock } from '../engine/ports.ts';
import type { HotStatements, SecretKey } from './database.ts';

const KEY_BYTES = 32;

/** The installation's secrets by purpose, held in memory. Keys are added, never removed. */
export interface Keyring<Purpose extends string> {
  /** The key to seal and sign with: the newest of the purpose. */
  current(purpose: Purpose): SecretKey;
  /** The key that something was sealed or signed with. */
  find(purpose: Purpose, kid: string): SecretKey | undefined;
  /** Adds a new current key; resolves with it once it is on disk. Older keys are still found. */
  rotate(purpose: Purpose): Promise<SecretKey>;
}

/** Loads the secrets and makes the first key of every purpose that has none. */
export async function openKeyring<Purpose extends string>(
  hot: HotStatements,
  purposes: readonly Purpose[],
  { clock, ids }: { clock: Pick<Clock, 'now'>; ids: Ids },
): Promise<Keyring<Purpose>> {
  const newKey = (purpose: Purpose): SecretKey => ({
    purpose,
    kid: ids.short(),
    key: randomBytes(KEY_BYTES),
    createdAt: clock.now(),
  });

  let stored = await hot.keys();
  const missing = purposes.filter((purpose) => !stored.some((key) => key.purpose === purpose));
  if (missing.length > 0) {
    await Promise.all(missing.map((purpose) => hot.addFirstKey(newKey(purpose))));
    // Read again: another node may have been first.
    stored = await hot.keys();
  }
  const byName = new Map<string, SecretKey>();
  const newest = new Map<string, SecretKey>();
  const hold = (key: SecretKey): SecretKey => {
    byName.set(`${key.purpose}/${key.kid}`, key);
    newest.set(key.purpose, key);
    return key;
  };
  stored.forEach(hold);

  return {
    current(purpose) {
      const key = newest.get(purpose);
      if (!key) throw new Error(`The keyring was not opened for the purpose ${purpose}.`);
      return key;
    },
    find: (purpose, kid) => byName.get(`${purpose}/${kid}`),
    async rotate(purpose) {
      const key = newKey(purpose);
      await hot.addKey(key);
      return hold(key);
    },
  };
}
