/** A process of the tests that uses a data directory: `child.ts <directory> <role>`. It says on stdout how far it is. */
import { registerHooks } from 'node:module';
import { systemClock } from '../../../../src/engine/clock.ts';
import { createIds } from '../../../../src/engine/ids.ts';
import { openKeyring } from '../../../../src/storage/keyring.ts';
import { openSqlite } from '../../../../src/storage/sqlite.ts';
import { notes, openNotes, textsOf } from './sqlite.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);

const roles: Record<string, (directory: string) => Promise<void>> = {
  /** Holds the directory until it is killed. */
  async hold(directory) {
    await openNotes(directory);
    say('open');
    setInterval(() => undefined, 1000);
  },

  /** Claims keys without end and names each one that was acknowledged. */
  async claim(directory) {
    const database = await openNotes(directory);
    const padding = 'x'.repeat(1000);
    let next = 0;
    const claimer = async () => {
      for (;;) {
        const key = `${process.pid}/${next++}/${padding}`;
        if (await database.hot.claim(key, Number.MAX_SAFE_INTEGER)) say(key);
      }
    };
    await Promise.all(Array.from({ length: 50 }, claimer));
  },

  /** Opens a database that needs no migration where Kysely cannot be loaded, and uses what must not need it. */
  async hot(directory) {
    registerHooks({
      resolve(specifier, context, next) {
        if (specifier === 'kysely') throw new Error('Kysely was loaded');
        return next(specifier, context);
      },
    });
    await using database = await openNotes(directory);
    const keyring = await openKeyring(database.hot, ['chat-token'], { clock: systemClock(), ids: createIds() });
    say(`${keyring.current('chat-token').key.length} ${await database.hot.claim('token', 1000)}`);
    await database.warm().catch((error) => say(error.message));
  },

  /** Dies in the middle of a migration. */
  async migrate(directory) {
    const dying = {
      name: 'notes-0002',
      async up(sql: Parameters<typeof notes.up>[0]) {
        await sql.schema.alterTable('note').addColumn('author', 'text').execute();
        process.kill(process.pid, 'SIGKILL');
      },
    };
    const fail = (error: unknown) => {
      throw error;
    };
    await openSqlite({ directory, migrations: [notes, dying], clock: systemClock(), onFatal: fail, onError: fail });
  },

  /** Writes a text, removes it, and dies as soon as the removal is acknowledged. */
  async redact(directory) {
    const database = await openNotes(directory);
    await database.write(({ sql }) => sql.insertInto('note').values({ text: 'unspeakable' }).execute());
    await database.write(async ({ sql, scrub }) => {
      await sql.updateTable('note').set({ text: 'redacted' }).execute();
      scrub();
    });
    process.kill(process.pid, 'SIGKILL');
  },

  /** Fills the disk that the directory is on, and says what became of each write as JSON. */
  async fill(directory) {
    const database = await openNotes(directory, { onError: () => undefined });
    const add = async (text: string) => {
      await database.write(({ sql }) => sql.insertInto('note').values({ text }).execute());
      return text;
    };
    const huge = 'h'.repeat(8 * 1024 * 1024);
    const together = await Promise.allSettled([add('before'), add(huge), add('after')]);
    const acknowledged = ['before', 'after'];
    let refusal: unknown;
    for (let row = 0; refusal === undefined; row++) {
      await add(`${row} ${'f'.repeat(20_000)}`).then(
        (text) => acknowledged.push(text),
        (error) => {
          refusal = error.message;
        },
      );
    }
    const kept = await textsOf(database);
    say(
      JSON.stringify({
        together: together.map(({ status }) => status),
        refusal,
        lost: acknowledged.length - kept.length,
      }),
    );
    await database[Symbol.asyncDispose]();
  },
};

const [directory = '', role = ''] = process.argv.slice(2);
await roles[role]?.(directory);
