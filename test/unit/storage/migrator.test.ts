import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Migration } from '../../../src/storage/database.ts';
import { startChild } from './support/process.ts';
import { notes, openNotes, temporaryDirectory } from './support/sqlite.ts';

test('a migration cut short by kill -9 is applied whole by the next start', async () => {
  using directory = temporaryDirectory();
  {
    await using child = startChild(directory.path, 'migrate');
    await child.output;
  }
  const whole: Migration = {
    name: 'notes-0002',
    async up(sql) {
      await sql.schema.alterTable('note').addColumn('author', 'text').execute();
    },
  };
  await using database = await openNotes(directory.path, { migrations: [notes, whole] });
  const [table] = await database.read((sql) => sql.introspection.getTables());
  assert.deepEqual(
    table?.columns.map(({ name }) => name),
    ['id', 'text', 'author'],
  );
});

test('two migrations of one name are refused', async () => {
  using directory = temporaryDirectory();
  await assert.rejects(openNotes(directory.path, { migrations: [notes, notes] }), /same name: notes-0001/);
});
