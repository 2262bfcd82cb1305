import type { Migration } from '../../storage/database.ts';

/** What the configuration file has declared, so that it can go when it is gone from there. */
export const declared: Migration = {
  name: 'iam-0002-declared',
  async up({ schema }) {
    await schema
      .createTable('iam_declared')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .execute();
  },
};
