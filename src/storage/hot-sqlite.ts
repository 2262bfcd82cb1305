import type { DatabaseSync } from 'node:sqlite';
import type { HotStatements, SecretKey } from './database.ts';

/** Gives the hot statements of one unit. `assertUsable` throws once they must not be used any more. */
export type BindHotStatements = (assertUsable: () => void) => HotStatements;

/** Prepares the hot statements on a connection whose schema is complete. */
export function prepareHotStatements(database: DatabaseSync): BindHotStatements {
  const claim = database.prepare(
    'INSERT INTO storage_claim (key, expires_at) VALUES (?, ?) ON CONFLICT (key) DO NOTHING',
  );
  const purgeClaims = database.prepare(
    'DELETE FROM storage_claim WHERE key IN (SELECT key FROM storage_claim WHERE expires_at < ? LIMIT ?)',
  );
  const keys = database.prepare('SELECT purpose, kid, key, created_at FROM storage_key ORDER BY id');
  const addKey = database.prepare('INSERT INTO storage_key (purpose, kid, key, created_at) VALUES (?, ?, ?, ?)');
  const addFirstKey = database.prepare(
    `INSERT INTO storage_key (purpose, kid, key, created_at)
     SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS (SELECT 1 FROM storage_key WHERE purpose = ?1)`,
  );

  return (assertUsable) => ({
    async claim(key, expiresAtMs) {
      assertUsable();
      return claim.run(key, expiresAtMs).changes === 1;
    },
    async purgeClaims(nowMs, limit) {
      assertUsable();
      return Number(purgeClaims.run(nowMs, limit).changes);
    },
    async keys() {
      assertUsable();
      return keys.all().map(decodeKey);
    },
    async addKey({ purpose, kid, key, createdAt }) {
      assertUsable();
      addKey.run(purpose, kid, key, createdAt);
    },
    async addFirstKey({ purpose, kid, key, createdAt }) {
      assertUsable();
      return addFirstKey.run(purpose, kid, key, createdAt).changes === 1;
    },
  });
}

function decodeKey(row: Record<string, unknown>): SecretKey {
  const { purpose, kid, key, created_at: createdAt } = row;
  if (typeof purpose !== 'string' || typeof kid !== 'string') throw new TypeError('storage_key: a name is not text');
  if (!(key instanceof Uint8Array)) throw new TypeError(`storage_key: the key ${kid} is not a blob`);
  return { purpose, kid, key, createdAt: Number(createdAt) };
}
