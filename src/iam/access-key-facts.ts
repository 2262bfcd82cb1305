/** The access keys of users, as signatures are verified with them: facts, kept until the commit that changes them. */
import type { Sealer } from '../aws/jwe.ts';
import { createFactCache, type FactCache } from '../engine/cache.ts';
import type { Database } from '../storage/database.ts';
import type { IamTables } from './tables.ts';

/** As the service model limits the ids of keys. */
const ID_LENGTH = 128;

/** A key that may be used. */
export interface AccessKeyFact {
  readonly secret: string;
  readonly userId: string;
}

/** Keys by their ids; one that is not active is as if it were none. */
export type AccessKeys = FactCache<AccessKeyFact>;

export function createAccessKeys(options: {
  readonly read: Database<IamTables>['read'];
  readonly sealer: Sealer;
  readonly capacity: number;
}): AccessKeys {
  const { read, sealer, capacity } = options;
  const facts = createFactCache<AccessKeyFact>({
    capacity,
    async read(id) {
      const row = await read((sql) =>
        sql.selectFrom('iam_access_key').selectAll().where('id', '=', id).executeTakeFirst(),
      );
      if (row?.status !== 'Active') return null;
      const secret = sealer.open(row.secret);
      if (secret === undefined) throw new Error(`The secret of the access key ${id} was sealed with an unknown key.`);
      return { secret, userId: row.user_id };
    },
  });
  // Whatever a request calls its key is asked for here, and what is long would fill the memory.
  return { ...facts, load: async (id) => (id.length <= ID_LENGTH ? facts.load(id) : null) };
}
