import { closeSync, fdatasync, fstatSync, fsync, openSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import type { Kysely } from 'kysely';
import type { Clock } from '../engine/ports.ts';
import { Checkpointer } from './checkpointer.ts';
import type { Database, HotStatements, Migration, Query, Unit } from './database.ts';
import { holdDirectory } from './directory.ts';
import { StorageError } from './errors.ts';
import { prepareHotStatements } from './hot-sqlite.ts';
import { storageMigrations } from './migrations.ts';
import { migrate } from './migrator.ts';
import { kyselyConnection, loadQueryBuilder, plainQuery, type QueryBuilder, queryRunner } from './sqlite-dialect.ts';
import { SqliteWriter } from './sqlite-writer.ts';

/** Calls that may wait for the query builder. */
const EARLY_CALLS = 10_000;
const PURGE_MS = 60_000;
const PURGED_CLAIMS = 1000;

const syncData = promisify(fdatasync);

export interface SqliteOptions {
  /** Created when it is missing. One process at a time may use it. */
  readonly directory: string;
  /** The migrations of the doors; the storage layer adds its own. */
  readonly migrations: readonly Migration[];
  readonly clock: Clock;
  /** The database cannot keep its promises any more: end the process. Results that wait are never given out. */
  onFatal(error: unknown): void;
  /** Something in the background failed and will be tried again. */
  onError(error: unknown): void;
}

/**
 * Opens the database in the directory and brings its schema up to date (docs/decisions/0001-durability.md).
 *
 * @throws StorageError `directory-in-use`, `directory-unusable`, `database-unusable` or `newer-schema`.
 */
export async function openSqlite<Tables>(options: SqliteOptions): Promise<Database<Tables>> {
  const { directory, migrations, clock, onFatal, onError } = options;
  await using resources = new AsyncDisposableStack();
  const held = resources.use(holdDirectory(directory));
  const logPath = `${held.database}-wal`;
  const killedBefore = (statSync(logPath, { throwIfNoEntry: false })?.size ?? 0) > 0;
  const database = resources.use(openWriting(held.database));
  const log = resources.adopt(openSync(logPath, 'r+'), closeSync);
  await syncDirectory(directory);

  const kysely = lazyQueryBuilder();
  const run = queryRunner(database);
  await migrate(database, [...storageMigrations, ...migrations], async () =>
    (await kysely.load())(kyselyConnection(run, () => undefined)),
  );
  // Reads show what the migrations and a killed process have left in the log: from here on it is on disk.
  await syncData(log);

  const reading = resources.use(new DatabaseSync(held.database, { readOnly: true, timeout: 0 }));
  const hotReads = prepareHotStatements(reading)(() => undefined);
  const runRead = queryRunner(reading);
  const readConnection = kyselyConnection(runRead, () => undefined);
  const readQuery = plainQuery(runRead, () => undefined);

  const checkpointer = resources.use(
    new Checkpointer({
      path: held.database,
      clock,
      pauseWrites: (task) => writer.pauseFor(task),
      onFatal,
      onError,
    }),
  );
  const writer = resources.use(
    new SqliteWriter<Tables>({
      database,
      clock,
      async sync() {
        await syncData(log);
        checkpointer.logIs(fstatSync(log).size);
      },
      bindSql(assertUsable) {
        if (!kysely.loaded) throw new Error('A unit of hot statements used sql.');
        return kysely.loaded<Tables>(kyselyConnection(run, assertUsable));
      },
      bindQuery: (assertUsable) => plainQuery(run, assertUsable),
      bindHot: prepareHotStatements(database),
      scrub: () => checkpointer.scrub(),
      onFatal,
    }),
  );

  const hot: HotStatements = {
    claim: (key, expiresAtMs) => writer.write((unit) => unit.hot.claim(key, expiresAtMs)),
    purgeClaims: (nowMs, limit) => writer.write((unit) => unit.hot.purgeClaims(nowMs, limit)),
    addKey: (key) => writer.write((unit) => unit.hot.addKey(key)),
    addFirstKey: (key) => writer.write((unit) => unit.hot.addFirstKey(key)),
    async keys() {
      const keys = await hotReads.keys();
      await writer.durable;
      return keys;
    },
  };
  resources.use(claimPurge(hot, clock, onError));
  // The log of a killed process may hold text whose scrub was promised.
  if (killedBefore) checkpointer.scrub();

  const opened = resources.move();
  return {
    hot,
    async read<Result>(look: (sql: Kysely<Tables>, query: Query) => Promise<Result>) {
      const build = kysely.loaded ?? (await kysely.ready());
      const result = await look(build<Tables>(readConnection), readQuery);
      await writer.durable;
      return result;
    },
    write<Result>(unit: Unit<Tables, Result>): Promise<Result> {
      if (kysely.loaded) return writer.write(unit);
      return kysely.ready().then(() => writer.write(unit));
    },
    async warm() {
      await kysely.load();
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

function openWriting(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = NORMAL');
    database.exec('PRAGMA wal_autocheckpoint = 0');
    database.exec('PRAGMA secure_delete = ON');
    database.exec('PRAGMA temp_store = MEMORY');
    // The first write to an empty log syncs its header: now rather than in the first unit.
    database.exec('PRAGMA user_version = 0');
    return database;
  } catch (error) {
    database.close();
    const reason = error instanceof Error ? error.message : String(error);
    throw new StorageError(
      'database-unusable',
      `The database ${path} cannot be opened (${reason}): mend that, restore a backup, or choose another directory with --data-dir.`,
      { cause: error },
    );
  }
}

/** Makes the names of the files durable; their contents have syncs of their own. Windows does that by itself. */
async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = openSync(directory, 'r');
  try {
    await promisify(fsync)(handle);
  } finally {
    closeSync(handle);
  }
}

/** Removes expired claims every minute, a bounded number per unit. */
function claimPurge(hot: HotStatements, clock: Clock, onError: (error: unknown) => void): AsyncDisposable {
  let purging: Promise<void> | undefined;
  const purge = async () => {
    const now = clock.now();
    while ((await hot.purgeClaims(now, PURGED_CLAIMS)) === PURGED_CLAIMS);
  };
  const stop = clock.every(PURGE_MS, () => {
    purging ??= purge()
      .catch(onError)
      .finally(() => {
        purging = undefined;
      });
  });
  return {
    async [Symbol.asyncDispose]() {
      stop();
      await purging;
    },
  };
}

/** The query builder, loaded by the first call that needs it. */
function lazyQueryBuilder() {
  let loading: Promise<QueryBuilder> | undefined;
  let loaded: QueryBuilder | undefined;
  let waiting = 0;

  const load = async () => {
    loading ??= loadQueryBuilder();
    loaded = await loading;
    return loaded;
  };
  return {
    get loaded() {
      return loaded;
    },
    load,
    /** As `load`, for a bounded number of callers at a time. */
    async ready() {
      if (waiting >= EARLY_CALLS) {
        throw new StorageError(
          'overloaded',
          `${EARLY_CALLS} calls wait for the start of the database: try again later.`,
        );
      }
      waiting++;
      try {
        return await load();
      } finally {
        waiting--;
      }
    },
  };
}
