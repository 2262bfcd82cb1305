import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../../src/engine/clock.ts';
import { LastUsed } from '../../../src/iam/last-used.ts';
import { iamMigrations } from '../../../src/iam/migrations/index.ts';
import type { IamTables } from '../../../src/iam/tables.ts';
import { openSqlite } from '../../../src/storage/sqlite.ts';
import { temporaryDirectory } from '../storage/support/sqlite.ts';

const KEY = { id: 'AKIAONE', user_id: 'AIDAONE', secret: '', status: 'Active', created_at: 0 } as const;

function fail(error: unknown): never {
  throw error;
}

/** With a clock whose minutes pass when they are told to. */
async function setUp() {
  await using resources = new AsyncDisposableStack();
  const directory = resources.use(temporaryDirectory());
  const database = resources.use(
    await openSqlite<IamTables>({
      directory: directory.path,
      migrations: iamMigrations,
      clock: systemClock(),
      onFatal: fail,
      onError: fail,
    }),
  );
  await database.write(({ sql }) => sql.insertInto('iam_access_key').values(KEY).execute());
  let writes = 0;
  let now = 0;
  let minute: () => void = () => undefined;
  const lastUsed = new LastUsed({
    write(unit) {
      writes += 1;
      return database.write(unit);
    },
    clock: {
      now: () => ++now,
      every(_, task) {
        minute = task;
        return () => undefined;
      },
    },
    report: fail,
  });
  const moved = resources.move();
  return {
    lastUsed,
    /** A minute passes; resolves when all is written. */
    async minute() {
      minute();
      await database.write(async () => undefined);
    },
    writes: () => writes,
    row: () => database.read((sql) => sql.selectFrom('iam_access_key').selectAll().executeTakeFirstOrThrow()),
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

test('the last of a minute’s uses is written, once', async () => {
  await using server = await setUp();
  const { lastUsed } = server;
  for (const service of ['iam', 'sts', 'chime']) lastUsed.saw(KEY.id, service, 'us-east-1');
  assert.deepEqual(lastUsed.get(KEY.id), { at: 3, service: 'chime', region: 'us-east-1' });
  assert.equal((await server.row()).used_at, null);
  await server.minute();
  assert.partialDeepStrictEqual(await server.row(), { used_at: 3, used_service: 'chime', used_region: 'us-east-1' });
  assert.equal(server.writes(), 1);
});

test('a minute without a use writes nothing', async () => {
  await using server = await setUp();
  await server.minute();
  assert.equal(server.writes(), 0);
});

test('what is not written yet is written at the end', async () => {
  await using server = await setUp();
  server.lastUsed.saw(KEY.id, 'iam', 'us-east-1');
  await server.lastUsed[Symbol.asyncDispose]();
  assert.equal((await server.row()).used_service, 'iam');
});
