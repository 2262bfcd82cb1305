import type { DatabaseSync } from 'node:sqlite';
import type { Kysely } from 'kysely';
import type { Migration } from './database.ts';
import { StorageError } from './errors.ts';

/**
 * Applies the migrations that the database does not record yet, in name order, each in its own transaction: a process
 * killed in between leaves a database that the next run completes.
 *
 * @param database a connection outside any transaction, used by nobody else meanwhile.
 * @param loadSql gives the query builder on that connection; called only when a migration is pending.
 * @throws StorageError `newer-schema` when the database records a migration that is not in the list.
 */
export async function migrate(
  database: DatabaseSync,
  migrations: readonly Migration[],
  loadSql: () => Promise<Kysely<unknown>>,
): Promise<void> {
  const pending = pendingMigrations(migrations, appliedMigrations(database));
  if (pending.length === 0) return;
  const sql = await loadSql();
  const record = database.prepare('INSERT INTO storage_migration (name, applied_at) VALUES (?, unixepoch())');
  for (const { name, up } of pending) {
    database.exec('BEGIN IMMEDIATE');
    try {
      await up(sql);
      record.run(name);
      database.exec('COMMIT');
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw new Error(`The migration ${name} failed; the database is as it was before it.`, { cause: error });
    }
  }
}

function appliedMigrations(database: DatabaseSync): ReadonlySet<string> {
  const table = database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'storage_migration'");
  if (!table.get())
    database.exec('CREATE TABLE storage_migration (name TEXT PRIMARY KEY, applied_at INTEGER NOT NULL)');
  const rows = database.prepare('SELECT name FROM storage_migration').all();
  return new Set(rows.map((row) => String(row['name'])));
}

function pendingMigrations(migrations: readonly Migration[], applied: ReadonlySet<string>): Migration[] {
  const known = new Set<string>();
  for (const { name } of migrations) {
    if (known.has(name)) throw new Error(`Two migrations have the same name: ${name}.`);
    known.add(name);
  }
  const unknown = [...applied].filter((name) => !known.has(name)).sort();
  if (unknown.length > 0) {
    throw new StorageError(
      'newer-schema',
      `The database was written by a newer Parlor (unknown migrations: ${unknown.join(', ')}): start that version, or restore a backup made before the upgrade.`,
    );
  }
  return migrations.filter(({ name }) => !applied.has(name)).sort((a, b) => (a.name < b.name ? -1 : 1));
}
