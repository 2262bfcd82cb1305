/** What is redacted, deleted or edited leaves nothing behind (docs/decisions/0001-durability.md, "Removing text"). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Message } from '../../../src/chime/messaging/message.ts';
import {
  deleteMessage,
  insertMessage,
  redactMessage,
  updateMessage,
} from '../../../src/chime/messaging/message-writes.ts';
import { chimeMigrations } from '../../../src/chime/migrations/index.ts';
import type { ChimeTables } from '../../../src/chime/tables.ts';
import { systemClock } from '../../../src/engine/clock.ts';
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
