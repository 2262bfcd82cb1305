/** The worker that ends what time has run out for: what it decides on, and how much it gets done. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createScope } from '../../../src/aws/arn.ts';
import { Expiry, type ExpiryOptions } from '../../../src/chime/expiry.ts';
import { chimeMigrations } from '../../../src/chime/migrations/index.ts';
import type { ChimeTables } from '../../../src/chime/tables.ts';
import { systemClock } from '../../../src/engine/clock.ts';
import type { Database, Transaction } from '../../../src/storage/database.ts';
import { openSqlite } from '../../../src/storage/sqlite.ts';
import { temporaryDirectory } from '../storage/support/sqlite.ts';

/** A database with an app instance whose retention deletes, and whoever creates its channels. */
async function openDatabase(directory: string): Promise<Database<ChimeTables>> {
  const fail = (error: unknown) => {
    throw error;
  };
  const clock = systemClock();
  const options = { directory, migrations: chimeMigrations, clock, onFatal: fail, onError: fail };
  const database = await openSqlite<ChimeTables>(options);
  await database.write(async ({ query }) => {
    await query(`INSERT INTO chime_app_instance
        (pk, id, name, created_at, updated_at, tags, users, channels, retention_days, retention_deletes_at)
      VALUES (1, 'app', '', 0, 0, '{}', 1, 0, 1, 0)`);
    await query(`INSERT INTO chime_identity (pk, app_instance_pk, kind, id, name, created_at, updated_at, tags)
      VALUES (1, 1, 'user', 'alice', '', 0, 0, '{}')`);
  });
  return database;
}

/** Channels that were to expire long ago; their keys are 1, 2, … */
function createChannels({ write }: Database<ChimeTables>, count: number): Promise<void> {
  return write(async ({ query }) => {
    for (let pk = 1; pk <= count; pk++) {
      await query(
        `INSERT INTO chime_channel (pk, app_instance_pk, id, name, mode, privacy, created_by, created_at, updated_at, tags,
           position, expiration_days, expiration_criterion, expires_at)
         VALUES (?, 1, ?, '', 'RESTRICTED', 'PRIVATE', 1, 0, 0, '{}', 0, 1, 'CREATED_TIMESTAMP', 1)`,
        pk,
        `c${pk}`,
      );
    }
  });
}

/** @returns the function that has it do its round */
function expiryOf(
  { read, write }: Pick<Database<ChimeTables>, 'read' | 'write'>,
  options: Partial<ExpiryOptions> = {},
) {
  let round: () => void = () => undefined;
  const expiry = new Expiry({
    scope: createScope('chime', 'us-east-1', '000000000000'),
    read,
    write,
    clock: {
      ...systemClock(),
      every(_, task) {
        round = task;
        return () => undefined;
      },
    },
    publish: () => undefined,
    removeSoon: () => undefined,
    observe: () => undefined,
    report: (error) => assert.fail(String(error)),
    ...options,
  });
  return { expiry, round };
}

test('messages that a change of the retention brings back while they are looked for stay', async () => {
  using directory = temporaryDirectory();
  await using database = await openDatabase(directory.path);
  await database.write(async ({ query }) => {
    await query(`INSERT INTO chime_channel
        (pk, app_instance_pk, id, name, mode, privacy, created_by, created_at, updated_at, tags, position)
      VALUES (1, 1, 'c', '', 'RESTRICTED', 'PRIVATE', 1, 0, 0, '{}', 1)`);
    await query(`INSERT INTO chime_message (channel_pk, position, id, sender_pk, type, content, updated_at, redacted)
      VALUES (1, 1, '1', 1, 'STANDARD', 'old', 0, 0)`);
    await query(`INSERT INTO chime_request (scope, token, hash, result, expires_at) VALUES ('', '', '', '', 0)`);
  });
  const keepAll = ({ query }: Transaction<ChimeTables>) =>
    query('UPDATE chime_app_instance SET retention_days = NULL, retention_deletes_at = NULL');
  const { expiry, round } = expiryOf({
    async read(look) {
      const found = await database.read(look);
      if (JSON.stringify(found).includes('retention_days')) await database.write(keepAll);
      return found;
    },
    write: database.write,
  });
  await using _ = expiry;
  round();
  // What expires last.
  while ((await database.read((_, query) => query('SELECT token FROM chime_request'))).length > 0) await delay(1);
  const left = await database.read((_, query) => query<{ content: string }>('SELECT content FROM chime_message'));
  assert.deepEqual(left, [{ content: 'old' }]);
});

test('all that is due expires, however much it is', async () => {
  using directory = temporaryDirectory();
  await using database = await openDatabase(directory.path);
  await createChannels(database, 250);
  let expired = 0;
  const { expiry, round } = expiryOf(database, { observe: () => expired++ });
  await using _ = expiry;
  round();
  for (let left = 1; left > 0; await delay(1)) {
    ({ length: left } = await database.read((_, query) => query('SELECT pk FROM chime_channel')));
  }
  assert.equal(expired, 250);
});
