import type { Migration } from '../../storage/database.ts';

/** When access keys were last used, and for what. */
export const lastUsed: Migration = {
  name: 'iam-0003-last-used',
  async up({ schema }) {
    await schema.alterTable('iam_access_key').addColumn('used_at', 'bigint').execute();
    await schema.alterTable('iam_access_key').addColumn('used_service', 'text').execute();
    await schema.alterTable('iam_access_key').addColumn('used_region', 'text').execute();
  },
};
