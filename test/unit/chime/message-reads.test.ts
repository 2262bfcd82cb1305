/** The newest messages of many channels at once, as prefetch needs them (spec/chime-messaging 1.4). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '../../../src/chime/messaging/message.ts';
import { readLatest } from '../../../src/chime/messaging/message-reads.ts';
import { insertMessage } from '../../../src/chime/messaging/message-writes.ts';
import { chimeMigrations } from '../../../src/chime/migrations/index.ts';
import type { ChimeTables } from '../../../src/chime/tables.ts';
import { systemClock } from '../../../src/engine/clock.ts';
import { openSqlite } from '../../../src/storage/sqlite.ts';
import { temporaryDirectory } from '../storage/support/sqlite.ts';

const person = (pk: number) => ({ pk, appInstanceId: 'app', kind: 'user', id: `u${pk}`, name: `User ${pk}` }) as const;
const [alice, bob, carol] = [person(1), person(2), person(3)];

const message = (position: number, target?: typeof bob): Message => ({
  id: String(position),
  position,
  sender: alice,
  target,
  type: 'STANDARD',
  persistence: 'PERSISTENT',
  content: `message ${position}`,
  metadata: undefined,
  attributes: undefined,
  contentType: undefined,
  editedAt: undefined,
  updatedAt: 1,
  redacted: false,
});

/** A database with three people and four channels: of many messages, of some that are targeted, of one, of none. */
async function openChannels() {
  await using resources = new AsyncDisposableStack();
  const directory = resources.use(temporaryDirectory());
  const fail = (error: unknown) => {
    throw error;
  };
  const database = resources.use(
    await openSqlite<ChimeTables>({
      directory: directory.path,
      migrations: chimeMigrations,
      clock: systemClock(),
      onFatal: fail,
      onError: fail,
    }),
  );
  await database.write(async ({ sql, query }) => {
    const times = { created_at: 0, updated_at: 0 };
    for (const { pk, kind, id, name } of [alice, bob, carol]) {
      const row = { pk, app_instance_pk: 1, kind, id, name, tags: '{}', ...times };
      await sql.insertInto('chime_identity').values(row).execute();
    }
    for (const pk of [1, 2, 3, 4]) {
      const kind = { mode: 'RESTRICTED', privacy: 'PRIVATE' } as const;
      const row = { pk, app_instance_pk: 1, id: `c${pk}`, name: '', created_by: 1, tags: '{}', position: 0 };
      await sql
        .insertInto('chime_channel')
        .values({ ...row, ...kind, ...times })
        .execute();
    }
    for (let position = 1; position <= 30; position++) await insertMessage(query, { pk: 1 }, message(position));
    for (let position = 1; position <= 5; position++) {
      await insertMessage(query, { pk: 2 }, message(position, position % 2 === 0 ? bob : undefined));
    }
    await insertMessage(query, { pk: 3 }, message(1));
  });
  const opened = resources.move();
  return {
    latest: (viewer: typeof carol | typeof bob, channels: number[], options: { limit: number; from: number }) =>
      database.read(async (_, query) => {
        const found = await readLatest(query, viewer, channels, options);
        return Object.fromEntries(
          [...found].map(([pk, { messages, hasMore }]) => [pk, [messages.map(({ position }) => position), hasMore]]),
        );
      }),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

test('each channel gives its newest, and tells whether there are more', async () => {
  await using channels = await openChannels();
  assert.deepEqual(await channels.latest(bob, [1, 2, 3, 4], { limit: 5, from: 0 }), {
    1: [[30, 29, 28, 27, 26], true],
    2: [[5, 4, 3, 2, 1], false],
    3: [[1], false],
  });
  assert.deepEqual(await channels.latest(bob, [3], { limit: 5, from: 0 }), { 3: [[1], false] });
  assert.deepEqual(await channels.latest(bob, [], { limit: 5, from: 0 }), {});
});

test('what is targeted at others is left out afterwards', async () => {
  await using channels = await openChannels();
  assert.deepEqual(await channels.latest(carol, [2], { limit: 2, from: 0 }), { 2: [[5], true] });
  assert.deepEqual(await channels.latest(bob, [2], { limit: 2, from: 0 }), { 2: [[5, 4], true] });
});

test('what is older than may be shown does not count', async () => {
  await using channels = await openChannels();
  assert.deepEqual(await channels.latest(bob, [1, 2, 3], { limit: 5, from: 28 }), { 1: [[30, 29, 28], false] });
});
