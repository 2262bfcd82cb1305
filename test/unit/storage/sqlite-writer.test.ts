import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setImmediate as nextTick } from 'node:timers/promises';
import fc from 'fast-check';
import { sql as raw } from 'kysely';
import { systemClock } from '../../../src/engine/clock.ts';
import type { Transaction } from '../../../src/storage/database.ts';
import { kyselyConnection, loadQueryBuilder, plainQuery, queryRunner } from '../../../src/storage/sqlite-dialect.ts';
import { SqliteWriter, type WriterOptions } from '../../../src/storage/sqlite-writer.ts';
import { type Notes, temporaryDirectory } from './support/sqlite.ts';

/** A writer on a fresh database with the table `note`, and a second connection that sees what is committed. */
async function openWriter(options: Partial<WriterOptions<Notes>> = {}) {
  await using resources = new AsyncDisposableStack();
  const directory = resources.use(temporaryDirectory());
  const path = join(directory.path, 'test.db');
  const database = resources.use(new DatabaseSync(path));
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF');
  database.exec('CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL)');
  database.exec('CREATE TABLE reply (note INTEGER REFERENCES note (id) DEFERRABLE INITIALLY DEFERRED)');
  const observer = resources.use(new DatabaseSync(path, { readOnly: true }));
  const build = await loadQueryBuilder();
  const run = queryRunner(database);
  const writer = new SqliteWriter<Notes>({
    database,
    clock: systemClock(),
    sync: async () => undefined,
    bindSql: (assertUsable) => build<Notes>(kyselyConnection(run, assertUsable)),
    bindQuery: (assertUsable) => plainQuery(run, assertUsable),
    bindHot() {
      throw new Error('these tests have no hot statements');
    },
    scrub: () => undefined,
    onFatal(error) {
      throw error;
    },
    ...options,
  });
  const opened = resources.move();
  return {
    database,
    writer,
    committed: () =>
      observer
        .prepare('SELECT text FROM note ORDER BY id')
        .all()
        .map(({ text }) => text),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

type Unit = (unit: Transaction<Notes>) => Promise<void>;

const add =
  (text: string): Unit =>
  async ({ sql }) => {
    await sql.insertInto('note').values({ text }).execute();
  };

/** Fails as a full disk does once the database has grown by a few pages. */
function fill({ database }: { database: DatabaseSync }): void {
  const { page_count: pages } = database.prepare('PRAGMA page_count').get() ?? {};
  database.exec(`PRAGMA max_page_count = ${Number(pages) + 4}`);
}

const tooLarge = add('x'.repeat(100_000));

const statuses = async (results: readonly Promise<unknown>[]) =>
  (await Promise.allSettled(results)).map(({ status }) => status);

test('the units of a tick share one commit and one sync', async () => {
  const seenAtSync: unknown[] = [];
  await using opened = await openWriter({
    async sync() {
      seenAtSync.push(opened.committed());
    },
    clock: { ...systemClock(), monotonic: () => 0 },
  });
  const seenDuring: unknown[] = [];
  const units = ['a', 'b', 'c'].map((text) =>
    opened.writer.write(async (unit) => {
      await add(text)(unit);
      seenDuring.push(opened.committed());
    }),
  );
  await Promise.all(units);
  assert.deepEqual(seenDuring, [[], [], []]);
  assert.deepEqual(seenAtSync, [['a', 'b', 'c']]);
});

test('nothing is given out before the sync has ended, and what comes meanwhile waits for the next', async () => {
  const syncs: PromiseWithResolvers<void>[] = [];
  const started = Promise.withResolvers<void>();
  await using opened = await openWriter({
    sync() {
      const sync = Promise.withResolvers<void>();
      syncs.push(sync);
      started.resolve();
      return sync.promise;
    },
  });
  const seen: string[] = [];
  const write = (name: string) =>
    opened.writer
      .write(async (unit) => {
        unit.onDurable(() => seen.push(`${name} durable`));
        await add(name)(unit);
      })
      .then(() => seen.push(`${name} result`));
  const first = write('first');
  await started.promise;
  const second = write('second');
  for (let tick = 0; tick < 3; tick++) await nextTick();
  assert.deepEqual(seen, []);
  assert.deepEqual(opened.committed(), ['first']);
  syncs[0]?.resolve();
  await first;
  assert.deepEqual(seen, ['first durable', 'first result']);
  while (syncs.length < 2) await nextTick();
  syncs[1]?.resolve();
  await second;
  assert.deepEqual(opened.committed(), ['first', 'second']);
});

test('a failed sync is fatal: no result is given out and no unit is taken any more', async () => {
  const fatal = Promise.withResolvers<unknown>();
  const failure = new Error('EIO: the disk is gone');
  await using opened = await openWriter({ sync: () => Promise.reject(failure), onFatal: fatal.resolve });
  let settled = false;
  const settle = () => {
    settled = true;
  };
  opened.writer
    .write(async (unit) => {
      unit.onDurable(settle);
      await add('lost')(unit);
    })
    .then(settle, settle);
  assert.equal(await fatal.promise, failure);
  await assert.rejects(opened.writer.write(add('refused')), failure);
  assert.equal(settled, false);
});

test('a transaction that took its time leaves the other units to the next', async () => {
  let syncs = 0;
  let now = 0;
  await using opened = await openWriter({
    async sync() {
      syncs++;
    },
    clock: { ...systemClock(), monotonic: () => now },
  });
  const slow = (text: string) => async (unit: Transaction<Notes>) => {
    await add(text)(unit);
    now += 3;
  };
  await Promise.all(['a', 'b', 'c', 'd', 'e'].map((text) => opened.writer.write(slow(text))));
  assert.equal(syncs, 3);
  assert.deepEqual(opened.committed(), ['a', 'b', 'c', 'd', 'e']);
});

test('a statement that undoes the whole transaction fails its own unit alone; the others run again', async () => {
  await using opened = await openWriter();
  fill(opened);
  const runs: string[] = [];
  const counted = (name: string, unit: Unit): Unit => {
    return (transaction) => {
      runs.push(name);
      return unit(transaction);
    };
  };
  const results = await statuses([
    opened.writer.write(counted('a', add('a'))),
    opened.writer.write(counted('full', tooLarge)),
    opened.writer.write(counted('b', add('b'))),
  ]);
  assert.deepEqual(results, ['fulfilled', 'rejected', 'fulfilled']);
  assert.deepEqual(runs, ['a', 'full', 'a', 'full', 'b']);
  assert.deepEqual(opened.committed(), ['a', 'b']);
});

test('a unit that catches the loss of its transaction can write nothing more and fails', async () => {
  await using opened = await openWriter();
  fill(opened);
  const results = await statuses([
    opened.writer.write(add('a')),
    opened.writer.write((unit) => tooLarge(unit).catch(() => undefined)),
    opened.writer.write((unit) => tooLarge(unit).catch(() => add('outside any transaction')(unit))),
    opened.writer.write(add('b')),
  ]);
  assert.deepEqual(results, ['fulfilled', 'rejected', 'rejected', 'fulfilled']);
  assert.deepEqual(opened.committed(), ['a', 'b']);
});

test('a unit that makes the commit fail takes no other with it', async () => {
  await using opened = await openWriter();
  const results = await statuses([
    opened.writer.write(add('a')),
    opened.writer.write(async ({ sql }) => void (await raw`INSERT INTO reply (note) VALUES (404)`.execute(sql))),
    opened.writer.write(add('b')),
  ]);
  assert.deepEqual(results, ['fulfilled', 'rejected', 'fulfilled']);
  assert.deepEqual(opened.committed(), ['a', 'b']);
});

test('units are refused at once when too many wait', async () => {
  await using opened = await openWriter({ clock: { monotonic: () => 0, endOfTick: () => undefined } });
  for (let waiting = 0; waiting < 100_000; waiting++) void opened.writer.write(add('waits for ever'));
  await assert.rejects(opened.writer.write(add('one too many')), { name: 'StorageError', code: 'overloaded' });
});

test('while the writer is paused no transaction is open and none begins', async () => {
  await using opened = await openWriter();
  const first = opened.writer.write(add('first'));
  const pause = Promise.withResolvers<void>();
  const paused = opened.writer.pauseFor(() => pause.promise);
  const second = opened.writer.write(add('second'));
  for (let tick = 0; tick < 5; tick++) await nextTick();
  assert.deepEqual(opened.committed(), []);
  pause.resolve();
  await Promise.all([paused, first, second]);
  assert.deepEqual(opened.committed(), ['first', 'second']);
});

test('whatever fails, exactly the units that succeeded are in the database, in their order', async () => {
  const kinds = fc.constantFrom('add', 'throw', 'duplicate', 'full', 'orphan', 'pending');
  const property = fc.asyncProperty(fc.array(kinds, { maxLength: 12 }), async (batch) => {
    await using opened = await openWriter();
    fill(opened);
    const units: Record<(typeof batch)[number], (name: string) => Unit> = {
      add,
      throw: (name) => async (unit) => {
        await add(name)(unit);
        throw new Error(name);
      },
      duplicate:
        (name) =>
        async ({ sql }) => {
          await sql
            .insertInto('note')
            .values([
              { id: 900, text: name },
              { id: 900, text: name },
            ])
            .execute();
        },
      full: () => tooLarge,
      orphan: (name) => async (unit) => {
        await add(name)(unit);
        await raw`INSERT INTO reply (note) VALUES (404)`.execute(unit.sql);
      },
      pending: (name) => async (unit) => {
        await add(name)(unit);
        await new Promise(() => undefined);
      },
    };
    const results = await statuses(batch.map((kind, index) => opened.writer.write(units[kind](`${kind} ${index}`))));
    assert.deepEqual(
      results,
      batch.map((kind) => (kind === 'add' ? 'fulfilled' : 'rejected')),
    );
    assert.deepEqual(
      opened.committed(),
      batch.flatMap((kind, index) => (kind === 'add' ? [`${kind} ${index}`] : [])),
    );
  });
  await fc.assert(property, { numRuns: 40 });
});
