import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createScope } from '../../../src/aws/arn.ts';
import { systemClock } from '../../../src/engine/clock.ts';
import { ivsMigrations } from '../../../src/ivs/migrations/index.ts';
import { createRoomFacts } from '../../../src/ivs/room-facts.ts';
import type { IvsTables, RoomRow } from '../../../src/ivs/tables.ts';
import { openSqlite } from '../../../src/storage/sqlite.ts';
import { temporaryDirectory } from '../storage/support/sqlite.ts';

const ROOM: RoomRow = {
  id: 'g1H2I3j4k5L6',
  name: 'one',
  created_at: 1_647_405_849_653,
  updated_at: 1_647_415_329_104,
  maximum_message_length: 256,
  maximum_message_rate_per_second: 5,
  review_handler_uri: null,
  review_handler_fallback: 'ALLOW',
  tags: '{"k":"v"}',
};

async function setUp() {
  await using resources = new AsyncDisposableStack();
  const directory = resources.use(temporaryDirectory());
  const fail = (error: unknown) => {
    throw error;
  };
  const database = resources.use(
    await openSqlite<IvsTables>({
      directory: directory.path,
      migrations: ivsMigrations,
      clock: systemClock(),
      onFatal: fail,
      onError: fail,
    }),
  );
  const scope = createScope('ivschat', 'us-west-2', '123456789012');
  const facts = createRoomFacts({ read: database.read, scope, capacity: 10 });
  const moved = resources.move();
  return { database, facts, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}

test('a room is known as the API shows it', async () => {
  await using server = await setUp();
  await server.database.write(({ sql }) => sql.insertInto('ivs_room').values(ROOM).execute());
  const room = {
    arn: 'arn:aws:ivschat:us-west-2:123456789012:room/g1H2I3j4k5L6',
    id: 'g1H2I3j4k5L6',
    name: 'one',
    createTime: '2022-03-16T04:44:09.653Z',
    updateTime: '2022-03-16T07:22:09.104Z',
    maximumMessageLength: 256,
    maximumMessageRatePerSecond: 5,
    loggingConfigurationIdentifiers: [],
    tags: { k: 'v' },
  };
  assert.deepEqual(await server.facts.load(ROOM.id), room);
  assert.deepEqual(server.facts.peek(ROOM.id), room);
});

test('that a room does not exist is known until it does', async () => {
  await using server = await setUp();
  assert.equal(await server.facts.load(ROOM.id), null);
  assert.equal(server.facts.peek(ROOM.id), null);
  await server.database.write(async (transaction) => {
    await transaction.sql.insertInto('ivs_room').values(ROOM).execute();
    transaction.onDurable(() => server.facts.drop(ROOM.id));
  });
  assert.equal((await server.facts.load(ROOM.id))?.name, 'one');
});

test('a read that races a change leaves no stale fact', async () => {
  await using server = await setUp();
  await server.database.write(({ sql }) => sql.insertInto('ivs_room').values(ROOM).execute());
  for (let round = 0; round < 20; round++) {
    const name = `name${round}`;
    const change = server.database.write(async (transaction) => {
      await transaction.sql.updateTable('ivs_room').set({ name }).where('id', '=', ROOM.id).execute();
      transaction.onDurable(() => server.facts.drop(ROOM.id));
    });
    const racing = server.facts.load(ROOM.id);
    await change;
    assert.equal((await server.facts.load(ROOM.id))?.name, name);
    await racing;
    assert.equal(server.facts.peek(ROOM.id)?.name, name);
  }
});
