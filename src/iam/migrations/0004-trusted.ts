import type { Migration } from '../../storage/database.ts';

/** The ids of those whom trust policies name. Policies that are there already have none until they are put again. */
export const trusted: Migration = {
  name: 'iam-0004-trusted',
  async up({ schema }) {
    await schema.alterTable('iam_role').addColumn('trusted', 'text').execute();
  },
};
