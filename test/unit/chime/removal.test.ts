/** The worker that removes what was deleted: its turns, its failures, its end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createScope } from '../../../src/aws/arn.ts';
import { chimeMigrations } from '../../../src/chime/migrations/index.ts';
import { Removal, type RemovalOptions } from '../../../src/chime/removal.ts';
import type { ChimeTables } from '../../../src/chime/tables.ts';
import { systemClock } from '../../../src/engine/clock.ts';
import type { Database } from '../../../src/storage/database.ts';
import { openSqlite } from '../../../src/storage/sqlite.ts';
import { temporaryDirectory } from '../storage/support/sqlite.ts';

async function openDatabase(directory: string): Promise<Database<ChimeTables>> {
  const fail = (error: unknown) => {
    throw error;
  };
  const clock = systemClock();
  return openSqlite({ directory, migrations: chimeMigrations, clock, onFatal: fail, onError: fail });
}

/** Deleted channels with as many messages each as told; their keys are 1, 2, … */
function deleteChannels({ write }: Database<ChimeTables>, ...messages: readonly number[]): Promise<void> {
  return write(async ({ query }) => {
    for (const [i, count] of messages.entries()) {
      for (let position = 1; position <= count; position++) {
        await query(
          `INSERT INTO chime_message (channel_pk, position, id, sender_pk, type, content, updated_at, redacted)
           VALUES (?, ?, ?, 1, 'STANDARD', 'text', 0, 0)`,
          i + 1,
          position,
          String(position),
        );
      }
      await query("INSERT INTO chime_removal (kind, target_pk) VALUES ('channel', ?)", i + 1);
    }
  });
}

function messagesOf({ read }: Database<ChimeTables>): Promise<{ channel_pk: number; count: number }[]> {
  return read((_, query) =>
    query(
      `SELECT channel_pk, count(*) AS count FROM chime_message WHERE channel_pk > 0
       GROUP BY channel_pk ORDER BY channel_pk`,
    ),
  );
}

function removalOf({ write }: Pick<Database<ChimeTables>, 'write'>, options: Partial<RemovalOptions> = {}): Removal {
  return new Removal({
    scope: createScope('chime', 'us-east-1', '000000000000'),
    write,
    clock: systemClock(),
    publish: () => assert.fail('nobody has anything to hear'),
    report: (error) => assert.fail(String(error)),
    ...options,
  });
}

/** Waits until nothing is left to remove. */
async function idle({ read }: Database<ChimeTables>): Promise<void> {
  while ((await read((_, query) => query('SELECT pk FROM chime_removal'))).length > 0) await delay(1);
}

test('a small removal is not kept waiting by a large one', async () => {
  using directory = temporaryDirectory();
  await using database = await openDatabase(directory.path);
  await deleteChannels(database, 1000, 1, 1);
  const left = new Set<string>();
  await using removal = removalOf({
    async write(unit) {
      const result = await database.write(unit);
      left.add((await messagesOf(database)).map(({ channel_pk }) => channel_pk).join());
      return result;
    },
  });
  removal.soon();
  await idle(database);
  assert.deepEqual([...left], ['1,2,3', '1,3', '1', '']);
});

test('what is deleted while it works is removed as well', async () => {
  using directory = temporaryDirectory();
  await using database = await openDatabase(directory.path);
  await using removal = removalOf(database);
  for (let i = 0; i < 50; i++) {
    await deleteChannels(database, 3);
    removal.soon();
  }
  await idle(database);
  assert.deepEqual(await messagesOf(database), []);
});

test('what fails is reported, and tried again later', async () => {
  using directory = temporaryDirectory();
  await using database = await openDatabase(directory.path);
  await deleteChannels(database, 250);
  const reported: unknown[] = [];
  let later: () => void = () => undefined;
  let writes = 0;
  await using removal = removalOf(
    {
      write: (unit) => (++writes === 2 ? Promise.reject(new Error('disk full')) : database.write(unit)),
    },
    {
      clock: {
        every(_, task) {
          later = task;
          return () => undefined;
        },
      },
      report: (error) => reported.push(error),
    },
  );
  removal.soon();
  while (reported.length === 0) await delay(1);
  assert.deepEqual(await messagesOf(database), [{ channel_pk: 1, count: 150 }]);
  later();
  await idle(database);
  assert.equal(reported.length, 1);
});

test('it ends after the unit at hand, and another one goes on', async () => {
  using directory = temporaryDirectory();
  await using database = await openDatabase(directory.path);
  await deleteChannels(database, 1000);
  const first = removalOf(database);
  first.soon();
  await first[Symbol.asyncDispose]();
  assert.deepEqual(await messagesOf(database), [{ channel_pk: 1, count: 900 }]);
  first.soon();
  await using second = removalOf(database);
  second.soon();
  await idle(database);
  assert.deepEqual(await messagesOf(database), []);
});
