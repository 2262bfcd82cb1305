import type { Migration } from './database.ts';

/** The tables of the storage layer itself. */
export const storageMigrations: readonly Migration[] = [
  {
    name: 'storage-0001-claims',
    async up(sql) {
      const { sql: raw } = await import('kysely');
      await sql.schema
        .createTable('storage_claim')
        .addColumn('key', 'text', (column) => column.primaryKey())
        .addColumn('expires_at', 'integer', (column) => column.notNull())
        .modifyEnd(raw`without rowid`)
        .execute();
      await sql.schema.createIndex('storage_claim_expires_at').on('storage_claim').column('expires_at').execute();
    },
  },
  {
    name: 'storage-0002-keys',
    async up(sql) {
      await sql.schema
        .createTable('storage_key')
        .addColumn('id', 'integer', (column) => column.primaryKey())
        .addColumn('purpose', 'text', (column) => column.notNull())
        .addColumn('kid', 'text', (column) => column.notNull())
        .addColumn('key', 'blob', (column) => column.notNull())
        .addColumn('created_at', 'integer', (column) => column.notNull())
        .addUniqueConstraint('storage_key_kid', ['purpose', 'kid'])
        .execute();
    },
  },
];
