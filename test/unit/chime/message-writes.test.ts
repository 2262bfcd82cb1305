/** What is redacted, deleted or edited leaves nothing behind (docs/decisions/0001-durability.md, "Removing text"). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type EmptyRun, removeEmptyRows } from '../../../src/chime/messaging/empty-rows.ts';
import type { Message } from '../../../src/chime/messaging/message.ts';
import {
  deleteMessage,
  insertMessage,
  redactMessage,
  removeMessages,
  updateMessage,
} from '../../../src/chime/messaging/message-writes.ts';
import { chimeMigrations } from '../../../src/chime/migrations/index.ts';
import type { ChimeTables } from '../../../src/chime/tables.ts';
import { systemClock } from '../../../src/engine/clock.ts';
import type { Database } from '../../../src/storage/database.ts';
import { openSqlite } from '../../../src/storage/sqlite.ts';
import { Chance } from '../../sim/support/world.ts';
import { eventually } from '../../wire/support/chat.ts';
import { temporaryDirectory } from '../storage/support/sqlite.ts';

const UNITS = 200;
const CHANGES = 50;

test('no file holds text that is gone, however the rows lie', async (t) => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
  t.diagnostic(`seed ${seed} (set SEED to run it again)`);
  const chance = new Chance(seed);
  const fail = (error: unknown) => {
    throw error;
  };
  using directory = temporaryDirectory();
  await using database = await openSqlite<ChimeTables>({
    directory: directory.path,
    migrations: chimeMigrations,
    clock: systemClock(),
    onFatal: fail,
    onError: fail,
  });

  let texts = 0;
  /** Begins with a mark that no other text has. */
  const text = () =>
    `<${String(texts++).padStart(8, '0')}>${' and more'.repeat(chance.below(chance.pick([4, 40, 400])))}`;
  const markOf = (content = '') => content.slice(0, 10);
  const sender = { pk: 1, appInstanceId: 'app', kind: 'user', id: 'alice', name: 'Alice' } as const;
  const living: { channel: { pk: number }; message: Message }[] = [];
  const gone: string[] = [];
  let position = 0;

  for (let unit = 0; unit < UNITS; unit++) {
    await database.write(async (unit) => {
      for (let change = 0; change < CHANGES; change++) {
        const index = chance.below(living.length);
        const chosen = living[index];
        if (!chosen || living.length < 100 || chance.below(2) === 0) {
          const message: Message = {
            ...{ id: 'f'.repeat(64), position: ++position, sender, target: undefined },
            ...{ type: 'STANDARD', persistence: 'PERSISTENT', content: text(), metadata: undefined },
            ...{ attributes: undefined, contentType: undefined, editedAt: undefined, updatedAt: 0, redacted: false },
          };
          const channel = { pk: 1 + chance.below(20) };
          await insertMessage(unit.query, channel, message);
          living.push({ channel, message });
          continue;
        }
        const { channel, message } = chosen;
        gone.push(markOf(message.content));
        const how = chance.below(3);
        if (how === 0) {
          living[index] = { channel, message: { ...message, content: text() } };
          await updateMessage(unit.query, channel, living[index].message);
        } else {
          living.splice(index, 1);
          await (how === 1 ? redactMessage : deleteMessage)(unit, channel, message);
        }
      }
    });
  }
  const marks = () => {
    const files = ['parlor.db', 'parlor.db-wal'].map((name) => readFileSync(join(directory.path, name), 'latin1'));
    return new Set(files.flatMap((bytes) => bytes.match(/<\d{8}>/g) ?? []));
  };
  await eventually(() => new Set(gone).isDisjointFrom(marks()), 'the end of the text');
  const onDisk = marks();
  assert.ok(living.every(({ message }) => onDisk.has(markOf(message.content))));
});

/** A database of one channel for each key given, with messages in turns; their texts begin with a mark. */
async function openChannels(directory: string, keys: readonly number[], messages: number) {
  const fail = (error: unknown) => {
    throw error;
  };
  const options = { directory, migrations: chimeMigrations, clock: systemClock(), onFatal: fail, onError: fail };
  const database = await openSqlite<ChimeTables>(options);
  const sender = { pk: 1, appInstanceId: 'app', kind: 'user', id: 'alice', name: 'Alice' } as const;
  for (let position = 1; position <= messages; position++) {
    await database.write(async ({ query }) => {
      for (const pk of keys) {
        const mark = (kind: number) => `<${kind}${String(pk * 10_000 + position).padStart(8, '0')}>`;
        const message: Message = {
          ...{ id: 'f'.repeat(64), position, sender, target: undefined, type: 'STANDARD', persistence: 'PERSISTENT' },
          ...{ content: mark(1) + 'text'.repeat((position * 7) % 50), metadata: undefined, attributes: undefined },
          ...{ contentType: mark(2), editedAt: undefined, updatedAt: 0, redacted: false },
        };
        await insertMessage(query, { pk }, message);
      }
    });
  }
  return database;
}

/** The channels whose texts the files hold. */
function channelsOnDisk(directory: string): Set<number> {
  const files = ['parlor.db', 'parlor.db-wal'].map((name) => readFileSync(join(directory, name), 'latin1'));
  const marks = files.flatMap((bytes) => [...bytes.matchAll(/<\d(\d{8})>/g)]);
  return new Set(marks.map(([, number]) => Math.floor((Number(number) - 1) / 10_000)));
}

async function removeChannel({ write }: Database<ChimeTables>, pk: number): Promise<void> {
  while ((await write((unit) => removeMessages(unit, pk, Number.MAX_SAFE_INTEGER, 100))) > 0);
}

/** @returns the rows that there are then */
async function removeAllEmptyRows({ write, read }: Database<ChimeTables>): Promise<number> {
  let run: EmptyRun | undefined = [];
  while (run !== undefined) {
    const last: EmptyRun = run;
    run = await write(({ query }) => removeEmptyRows(query, last));
  }
  const [row] = await read((_, query) => query<{ count: number }>('SELECT count(*) AS count FROM chime_message'));
  return row?.count ?? 0;
}

test('no file holds the texts of channels that have been removed, wherever their rows lay', async () => {
  using directory = temporaryDirectory();
  const keys = Array.from({ length: 20 }, (_, i) => i + 1);
  const stay = keys.filter((pk) => pk % 3 === 0);
  await using database = await openChannels(directory.path, keys, 200);
  for (const pk of keys) {
    if (!stay.includes(pk)) await removeChannel(database, pk);
  }
  await eventually(() => channelsOnDisk(directory.path).isSubsetOf(new Set(stay)), 'the end of the texts');
  await removeAllEmptyRows(database);
  for (const pk of stay) await removeChannel(database, pk);
  await eventually(() => channelsOnDisk(directory.path).size === 0, 'the end of the other texts');
});

test('empty rows go where there are empty rows alone around them', async () => {
  using directory = temporaryDirectory();
  await using database = await openChannels(directory.path, [1], 5000);
  const keepFrom = (position: number) => database.write((unit) => removeMessages(unit, 1, position, 10_000));
  assert.equal(await keepFrom(4001), 4000);
  assert.equal(await removeAllEmptyRows(database), 1000 + 2000);
  assert.equal(await removeAllEmptyRows(database), 1000 + 2000);
  // Those that were left join the ones that are emptied next to them.
  assert.equal(await keepFrom(4901), 900);
  assert.equal(await removeAllEmptyRows(database), 100 + 2000);
  const [oldest] = await database.read((_, query) =>
    query<{ position: number }>('SELECT min(position) AS position FROM chime_message WHERE channel_pk = 1'),
  );
  assert.deepEqual(oldest, { position: 4901 });
});
