import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Generated } from 'kysely';
import { systemClock } from '../../../../src/engine/clock.ts';
import type { Database, Migration } from '../../../../src/storage/database.ts';
import { openSqlite, type SqliteOptions } from '../../../../src/storage/sqlite.ts';

/** The tables of the tests. */
export interface Notes {
  note: { id: Generated<number>; text: string };
}

export const notes: Migration = {
  name: 'notes-0001',
  async up(sql) {
    await sql.schema
      .createTable('note')
      .addColumn('id', 'integer', (column) => column.primaryKey())
      .addColumn('text', 'text', (column) => column.notNull())
      .execute();
  },
};

/** A directory of its own, removed in the end. */
export function temporaryDirectory(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'parlor-storage-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Opens the database of the tests; what it reports in the background fails the process. */
export function openNotes(directory: string, options: Partial<SqliteOptions> = {}): Promise<Database<Notes>> {
  const fail = (error: unknown) => {
    throw error;
  };
  return openSqlite<Notes>({
    directory,
    migrations: [notes],
    clock: systemClock(),
    onFatal: fail,
    onError: fail,
    ...options,
  });
}

/** The texts of all notes, in the order of their ids. */
export async function textsOf(database: Database<Notes>): Promise<string[]> {
  const rows = await database.read((sql) => sql.selectFrom('note').select('text').orderBy('id').execute());
  return rows.map(({ text }) => text);
}
