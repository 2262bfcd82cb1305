import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../../src/storage/database.ts';
import { startChild } from './support/process.ts';
import { type Notes, openNotes, temporaryDirectory, textsOf } from './support/sqlite.ts';

const SECRET = 'unspeakable';

/** The files that hold the text. Read by another process: closing a file drops the locks its process has on it. */
function filesWith(directory: string, text: string): string[] {
  const script = `
    const { readdirSync, readFileSync } = require('node:fs');
    const [directory, text] = process.argv.slice(1);
    const holds = (file) => readFileSync(directory + '/' + file).includes(text);
    console.log(JSON.stringify(readdirSync(directory).filter(holds).sort()));`;
  return JSON.parse(spawnSync(process.execPath, ['-e', script, directory, text], { encoding: 'utf8' }).stdout);
}

async function untilGone(directory: string, text: string): Promise<void> {
  while (filesWith(directory, text).length > 0) await sleep(100);
}

async function redact(database: Database<Notes>): Promise<void> {
  await database.write(async ({ sql, scrub }) => {
    await sql.updateTable('note').set({ text: 'redacted' }).where('text', 'like', `${SECRET}%`).execute();
    scrub();
  });
}

test('the log is emptied again and again while writes go on, and nothing written is lost', async () => {
  using directory = temporaryDirectory();
  await using database = await openNotes(directory.path);
  const log = join(directory.path, 'parlor.db-wal');
  const text = 'x'.repeat(50_000);
  let written = 0;
  let emptied = 0;
  let size = 0;
  while (emptied < 3) {
    const batch = Array.from({ length: 10 }, () =>
      database.write(({ sql }) => sql.insertInto('note').values({ text }).execute()),
    );
    written += (await Promise.all(batch)).length;
    const before = size;
    size = statSync(log).size;
    if (size < before) emptied++;
  }
  const count = await database.read((sql) =>
    sql
      .selectFrom('note')
      .select(({ fn }) => fn.countAll<number>().as('rows'))
      .executeTakeFirstOrThrow(),
  );
  assert.equal(count.rows, written);
});

test('text that a scrubbing unit overwrites leaves every file while the database is in use', async () => {
  using directory = temporaryDirectory();
  await using database = await openNotes(directory.path);
  await database.write(({ sql }) =>
    sql
      .insertInto('note')
      .values([{ text: 'kept' }, { text: `${SECRET} ${'s'.repeat(20_000)}` }])
      .execute(),
  );
  assert.deepEqual(filesWith(directory.path, SECRET), ['parlor.db-wal']);
  await redact(database);
  await untilGone(directory.path, SECRET);
  assert.deepEqual(filesWith(directory.path, 'kept'), ['parlor.db']);
  assert.deepEqual(await textsOf(database), ['kept', 'redacted']);
});

test('a reader from outside only delays a scrub', async () => {
  using directory = temporaryDirectory();
  await using database = await openNotes(directory.path);
  await database.write(({ sql }) => sql.insertInto('note').values({ text: SECRET }).execute());
  const outsider = new DatabaseSync(join(directory.path, 'parlor.db'), { readOnly: true });
  outsider.exec('BEGIN; SELECT * FROM note');
  await redact(database);
  await sleep(700);
  await database.write(({ sql }) => sql.insertInto('note').values({ text: 'written meanwhile' }).execute());
  outsider.close();
  await untilGone(directory.path, SECRET);
  assert.deepEqual(await textsOf(database), ['redacted', 'written meanwhile']);
});

test('a scrub that kill -9 cut short is made up for by the next start', async () => {
  using directory = temporaryDirectory();
  {
    await using child = startChild(directory.path, 'redact');
    await child.output;
  }
  assert.deepEqual(filesWith(directory.path, SECRET), ['parlor.db-wal']);
  await using database = await openNotes(directory.path);
  await untilGone(directory.path, SECRET);
  assert.deepEqual(await textsOf(database), ['redacted']);
});
