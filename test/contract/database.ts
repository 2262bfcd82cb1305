/** What every implementation of Database does, whatever is behind it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Generated } from 'kysely';
import type { Database, Migration, Transaction } from '../../src/storage/database.ts';

export interface ContractTables {
  note: { id: Generated<number>; text: string };
}

/** A place for one database that starts out empty. */
export interface DatabasePlace extends AsyncDisposable {
  /** Opens the database with these migrations of its user's. Opened again after it was closed, it holds what it held. */
  open(migrations: readonly Migration[]): Promise<Database<ContractTables>>;
}

const notes: Migration = {
  name: 'notes-0001',
  async up(sql) {
    await sql.schema
      .createTable('note')
      .addColumn('id', 'integer', (column) => column.primaryKey())
      .addColumn('text', 'text', (column) => column.notNull())
      .execute();
  },
};

const add = (text: string, id?: number) => async (unit: Transaction<ContractTables>) => {
  const row = id === undefined ? { text } : { id, text };
  await unit.sql.insertInto('note').values(row).execute();
  return text;
};

async function texts(database: Database<ContractTables>): Promise<string[]> {
  const rows = await database.read((sql) => sql.selectFrom('note').select('text').orderBy('id').execute());
  return rows.map(({ text }) => text);
}

/** What became of each promise: its value, or the message of its error. */
async function outcomes(promises: readonly Promise<unknown>[]): Promise<unknown[]> {
  const settled = await Promise.allSettled(promises);
  return settled.map((result) => (result.status === 'fulfilled' ? result.value : String(result.reason.message)));
}

/** Runs the contract against an implementation; `place` gives a fresh place for each test. */
export function databaseContract(implementation: string, place: () => Promise<DatabasePlace>): void {
  describe(`${implementation}: units`, () => units(place));
  describe(`${implementation}: hot statements`, () => hotStatements(place));
  describe(`${implementation}: migrations`, () => migrations(place));
}

function units(place: () => Promise<DatabasePlace>): void {
  test('plain SQL reads and writes within the unit, and reads what is committed outside', async () => {
    await using here = await place();
    await using database = await here.open([notes]);
    const seen = await database.write(async (unit) => {
      const rows = await unit.query<{ id: number }>('INSERT INTO note (text) VALUES (?) RETURNING id', 'hello');
      assert.deepEqual(rows, [{ id: 1 }]);
      return unit.query<{ text: string }>('SELECT text FROM note WHERE id = ?', 1);
    });
    assert.deepEqual(seen, [{ text: 'hello' }]);
    assert.deepEqual(await database.read((_, query) => query('SELECT id, text FROM note')), [{ id: 1, text: 'hello' }]);
  });

  test('a unit resolves with its result, and its changes are there after reopening', async () => {
    await using here = await place();
    {
      await using database = await here.open([notes]);
      assert.equal(await database.write(add('hello')), 'hello');
      assert.deepEqual(await texts(database), ['hello']);
    }
    await using database = await here.open([notes]);
    assert.deepEqual(await texts(database), ['hello']);
  });

  test('units run in the order they were given, each seeing the changes of those before', async () => {
    await using here = await place();
    await using database = await here.open([notes]);
    const count = async ({ sql }: Transaction<ContractTables>) =>
      (await sql.selectFrom('note').select('id').execute()).length;
    const results = await outcomes([
      database.write(count),
      database.write(add('a')),
      database.write(count),
      database.write(add('b')),
      database.write(count),
    ]);
    assert.deepEqual(results, [0, 'a', 1, 'b', 2]);
  });

  test('a unit that throws is undone and takes no other with it', async () => {
    await using here = await place();
    await using database = await here.open([notes]);
    const results = await outcomes([
      database.write(add('before')),
      database.write(async (unit) => {
        await add('half')(unit);
        throw new Error('changed its mind');
      }),
      database.write(add('after')),
    ]);
    assert.deepEqual(results, ['before', 'changed its mind', 'after']);
    assert.deepEqual(await texts(database), ['before', 'after']);
  });

  test('a statement that fails in the middle of a tick takes no other unit with it', async () => {
    await using here = await place();
    await using database = await here.open([notes]);
    const [first, duplicate, last] = await Promise.allSettled([
      database.write(add('first', 7)),
      database.write(add('duplicate', 7)),
      database.write(add('last', 8)),
    ]);
    assert.deepEqual([first?.status, duplicate?.status, last?.status], ['fulfilled', 'rejected', 'fulfilled']);
    assert.deepEqual(await texts(database), ['first', 'last']);
  });

  test('a unit may catch the error of a statement and go on', async () => {
    await using here = await place();
    await using database = await here.open([notes]);
    await database.write(add('taken', 1));
    await database.write((unit) => add('one', 1)(unit).catch(() => add('two', 2)(unit)));
    assert.deepEqual(await texts(database), ['taken', 'two']);
  });

  test('onDurable callbacks run in commit order, each before its result, and never for a failed unit', async () => {
    await using here = await place();
    await using database = await here.open([notes]);
    const seen: string[] = [];
    const unit = (name: string, fails = false) =>
      database.write(async (transaction) => {
        transaction.onDurable(() => seen.push(`${name} durable`));
        await add(name)(transaction);
        if (fails) throw new Error(name);
      });
    const noted = (name: string, result: Promise<void>) =>
      result.then(() => seen.push(`${name} result`)).catch(() => 0);
    await Promise.all([noted('a', unit('a')), noted('b', unit('b', true)), noted('c', unit('c'))]);
    assert.deepEqual(
      seen.filter((entry) => entry.endsWith('durable')),
      ['a durable', 'c durable'],
    );
    assert.ok(seen.indexOf('a durable') < seen.indexOf('a result'));
    assert.ok(seen.indexOf('c durable') < seen.indexOf('c result'));
    assert.ok(!seen.includes('b result'));
  });

  test('a unit that awaits something else is undone, and can do nothing afterwards', async () => {
    await using here = await place();
    await using database = await here.open([notes]);
    const released = Promise.withResolvers<void>();
    const late = Promise.withResolvers<string>();
    const results = outcomes([
      database.write(add('before')),
      database.write(async (unit) => {
        await add('half')(unit);
        await released.promise;
        await add('late')(unit).then(late.resolve, (error) => late.resolve(error.code));
      }),
      database.write(add('after')),
    ]);
    assert.deepEqual(await results, [
      'before',
      'A unit of work awaited something other than its transaction: it was undone.',
      'after',
    ]);
    released.resolve();
    assert.equal(await late.promise, 'unit-over');
    assert.deepEqual(await texts(database), ['before', 'after']);
  });

  test('a read sees no change of a unit that is not committed', async () => {
    await using here = await place();
    await using database = await here.open([notes]);
    let during: Promise<string[]> | undefined;
    await database.write(async (unit) => {
      await add('new')(unit);
      during = texts(database);
    });
    assert.deepEqual(await during, []);
    assert.deepEqual(await texts(database), ['new']);
  });

  test('a read cannot change anything', async () => {
    await using here = await place();
    await using database = await here.open([notes]);
    await assert.rejects(database.read((sql) => sql.insertInto('note').values({ text: 'x' }).execute()));
    assert.deepEqual(await texts(database), []);
  });

  test('a closed database finishes what it accepted and refuses the rest', async () => {
    await using here = await place();
    const database = await here.open([notes]);
    await database.warm();
    const accepted = database.write(add('accepted'));
    await database[Symbol.asyncDispose]();
    assert.equal(await accepted, 'accepted');
    await assert.rejects(database.write(add('refused')), { name: 'StorageError', code: 'closed' });
  });
}

function hotStatements(place: () => Promise<DatabasePlace>): void {
  test('a key is claimed once, also after reopening', async () => {
    await using here = await place();
    {
      await using database = await here.open([]);
      const claims = [1, 2, 3].map(() => database.hot.claim('token', 1000));
      assert.deepEqual(await Promise.all(claims), [true, false, false]);
      assert.equal(await database.hot.claim('another', 1000), true);
    }
    await using database = await here.open([]);
    assert.equal(await database.hot.claim('token', 1000), false);
  });

  test('a claim of a unit that fails is free again', async () => {
    await using here = await place();
    await using database = await here.open([]);
    const unit = database.write(async ({ hot }) => {
      assert.equal(await hot.claim('token', 1000), true);
      throw new Error('failed');
    });
    await assert.rejects(unit, { message: 'failed' });
    assert.equal(await database.hot.claim('token', 1000), true);
  });

  test('expired claims are removed, as many as asked for', async () => {
    await using here = await place();
    await using database = await here.open([]);
    for (const expiresAtMs of [100, 200, 300, 1000]) await database.hot.claim(`until ${expiresAtMs}`, expiresAtMs);
    assert.equal(await database.hot.purgeClaims(1000, 2), 2);
    assert.equal(await database.hot.purgeClaims(1000, 2), 1);
    assert.equal(await database.hot.purgeClaims(1000, 2), 0);
    assert.equal(await database.hot.claim('until 1000', 1000), false);
  });

  test('secrets are kept in the order of their making', async () => {
    await using here = await place();
    const secret = (purpose: string, kid: string) => ({ purpose, kid, key: Buffer.alloc(32, kid), createdAt: 5 });
    {
      await using database = await here.open([]);
      assert.equal(await database.hot.addFirstKey(secret('p', 'b')), true);
      assert.equal(await database.hot.addFirstKey(secret('p', 'c')), false);
      assert.equal(await database.hot.addFirstKey(secret('q', 'c')), true);
      await database.hot.addKey(secret('p', 'a'));
    }
    await using database = await here.open([]);
    const keys = await database.hot.keys();
    assert.deepEqual(
      keys.map(({ key, ...rest }) => ({ ...rest, key: Buffer.from(key) })),
      [secret('p', 'b'), secret('q', 'c'), secret('p', 'a')],
    );
  });
}

function migrations(place: () => Promise<DatabasePlace>): void {
  test('migrations are applied once, in the order of their names', async () => {
    await using here = await place();
    const applied: string[] = [];
    const migration = (name: string): Migration => ({ name, up: async () => void applied.push(name) });
    const list = [migration('b-0001'), migration('a-0002'), migration('a-0001')];
    await (await here.open(list))[Symbol.asyncDispose]();
    assert.deepEqual(applied, ['a-0001', 'a-0002', 'b-0001']);
    await (await here.open([...list, migration('a-0003')]))[Symbol.asyncDispose]();
    assert.deepEqual(applied, ['a-0001', 'a-0002', 'b-0001', 'a-0003']);
  });

  test('a migration that fails leaves nothing behind and can be run again', async () => {
    await using here = await place();
    const failing: Migration = {
      name: 'notes-0002',
      async up(sql) {
        await sql.schema.alterTable('note').addColumn('author', 'text').execute();
        throw new Error('no author');
      },
    };
    await assert.rejects(here.open([notes, failing]), /migration notes-0002 failed/);
    const mended: Migration = {
      name: 'notes-0002',
      async up(sql) {
        await sql.schema.alterTable('note').addColumn('author', 'text').execute();
      },
    };
    await using database = await here.open([notes, mended]);
    await database.write(add('hello'));
    assert.deepEqual(await database.read((sql) => sql.selectFrom('note').selectAll().execute()), [
      { id: 1, text: 'hello', author: null },
    ]);
  });

  test('a migration that alters a table sees it as it has become', async () => {
    await using here = await place();
    const seen: unknown[] = [];
    const authors: Migration = {
      name: 'notes-0002',
      async up(sql) {
        const notes = sql.withTables<Pick<ContractTables, 'note'>>();
        const look = async () => void seen.push(...(await notes.selectFrom('note').selectAll().execute()));
        await notes.insertInto('note').values({ text: 'hello' }).execute();
        await look();
        await sql.schema.alterTable('note').addColumn('author', 'text').execute();
        await look();
        await sql.schema.alterTable('note').renameColumn('author', 'writer').execute();
        await look();
      },
    };
    await using _ = await here.open([notes, authors]);
    assert.deepEqual(seen, [
      { id: 1, text: 'hello' },
      { id: 1, text: 'hello', author: null },
      { id: 1, text: 'hello', writer: null },
    ]);
  });

  test('a database of a newer Parlor is refused', async () => {
    await using here = await place();
    const later: Migration = { name: 'notes-0099', up: async () => undefined };
    await (await here.open([notes, later]))[Symbol.asyncDispose]();
    await assert.rejects(here.open([notes]), { name: 'StorageError', code: 'newer-schema', message: /notes-0099/ });
  });
}
