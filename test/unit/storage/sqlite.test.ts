import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql as raw } from 'kysely';
import { systemClock } from '../../../src/engine/clock.ts';
import { startChild } from './support/process.ts';
import { openNotes, temporaryDirectory, textsOf } from './support/sqlite.ts';

test('a start without pending migrations, keys and claims do not need the query builder', async () => {
  using directory = temporaryDirectory();
  await (await openNotes(directory.path))[Symbol.asyncDispose]();
  await using child = startChild(directory.path, 'hot');
  assert.equal(await child.output, '32 true\nKysely was loaded\n');
});

test('units given before the query builder is loaded run once it is', async () => {
  using directory = temporaryDirectory();
  await (await openNotes(directory.path))[Symbol.asyncDispose]();
  await using database = await openNotes(directory.path);
  const written = database.write(({ sql }) => sql.insertInto('note').values({ text: 'early' }).execute());
  assert.equal(await database.hot.claim('token', 1000), true);
  await written;
  assert.deepEqual(await textsOf(database), ['early']);
});

test('expired claims are purged in the background', async () => {
  using directory = temporaryDirectory();
  const tasks: (() => void)[] = [];
  const clock = {
    ...systemClock(),
    now: () => 1500,
    every(_ms: number, task: () => void) {
      tasks.push(task);
      return () => undefined;
    },
  };
  await using database = await openNotes(directory.path, { clock });
  await database.hot.claim('expired', 1000);
  await database.hot.claim('valid', 2000);
  for (const task of tasks) task();
  assert.equal(await database.hot.claim('expired', 2000), true);
  assert.equal(await database.hot.claim('valid', 2000), false);
});

test('values that SQLite has no type for are stored as their nearest or refused', async () => {
  using directory = temporaryDirectory();
  await using database = await openNotes(directory.path);
  const store = (value: unknown) => database.read((sql) => raw`SELECT ${value} AS value`.execute(sql));
  assert.deepEqual((await store(true)).rows, [{ value: 1 }]);
  assert.deepEqual((await store(Buffer.from('bytes'))).rows, [{ value: new Uint8Array(Buffer.from('bytes')) }]);
  await assert.rejects(store(new Date(0)), /SQLite cannot store a object/);
});

test('a unit cannot begin a transaction of its own', async () => {
  using directory = temporaryDirectory();
  await using database = await openNotes(directory.path);
  const nested = database.write(({ sql }) => sql.transaction().execute(async () => undefined));
  await assert.rejects(nested, /one transaction already/);
});

test('many different statements do not stay prepared for ever, and still work', async () => {
  using directory = temporaryDirectory();
  await using database = await openNotes(directory.path);
  const ask = (number: number) => database.read((sql) => raw.raw(`SELECT ${number} AS value`).execute(sql));
  for (let number = 0; number < 600; number++) await ask(number);
  assert.deepEqual((await ask(0)).rows, [{ value: 0 }]);
});
