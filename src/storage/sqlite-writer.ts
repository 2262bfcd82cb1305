import type { DatabaseSync } from 'node:sqlite';
import type { Kysely } from 'kysely';
import type { Clock } from '../engine/ports.ts';
import type { HotStatements, Query, Transaction } from './database.ts';
import { StorageError } from './errors.ts';

/** Units that may wait for their turn. */
const WAITING_UNITS = 100_000;
/** How long the units of one transaction may keep the event loop before the others wait for the next. */
const TRANSACTION_MS = 5;

/** What a unit reports when it is over, called once its fate is final. */
type Settle = () => void;

interface Job<Tables> {
  attempt(transaction: Transaction<Tables>): Promise<Settle>;
  reject(error: unknown): void;
}

export interface WriterOptions<Tables> {
  readonly database: DatabaseSync;
  readonly clock: Pick<Clock, 'monotonic' | 'endOfTick'>;
  /** Resolves when everything committed so far is on disk. */
  sync(): Promise<void>;
  /** The query builder of one unit; `assertUsable` throws when the unit is over. */
  bindSql(assertUsable: () => void): Kysely<Tables>;
  /** Plain SQL of one unit. */
  bindQuery(assertUsable: () => void): Query;
  /** The hot statements of one unit. */
  bindHot(assertUsable: () => void): HotStatements;
  /** Called after a unit that asked for it is on disk. */
  scrub(): void;
  /** Told once when what was committed cannot be made durable. Nothing is resolved from then on. */
  onFatal(error: unknown): void;
}

/**
 * Runs units of work one after another. The units of an event-loop tick share one transaction, a savepoint each; then
 * the log is synced, and only then are their results given out, in commit order. Units that arrive meanwhile form the
 * next transaction.
 */
export class SqliteWriter<Tables> implements AsyncDisposable {
  readonly #options: WriterOptions<Tables>;
  readonly #database: DatabaseSync;
  readonly #statements;
  readonly #waiting: Job<Tables>[] = [];
  readonly #interludes: (() => Promise<void>)[] = [];
  /** Settled when the queue is empty; absent while nothing runs. */
  #running: Promise<void> | undefined;
  /** Settled when the current transaction is on disk. */
  #durable: Promise<void> | undefined;
  #refusal: unknown;

  constructor(options: WriterOptions<Tables>) {
    const { database } = options;
    this.#options = options;
    this.#database = database;
    this.#statements = {
      begin: database.prepare('BEGIN IMMEDIATE'),
      commit: database.prepare('COMMIT'),
      rollback: database.prepare('ROLLBACK'),
      savepoint: database.prepare('SAVEPOINT unit'),
      rollbackToSavepoint: database.prepare('ROLLBACK TO unit'),
      release: database.prepare('RELEASE unit'),
    };
  }

  /** Resolves when what has been committed by now is on disk; undefined when it is already. */
  get durable(): Promise<void> | undefined {
    return this.#durable;
  }

  write<Result>(unit: (transaction: Transaction<Tables>) => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#refusal) return reject(this.#refusal);
      if (this.#waiting.length >= WAITING_UNITS) {
        return reject(
          new StorageError('overloaded', `${WAITING_UNITS} writes wait for the disk already: try again later.`),
        );
      }
      this.#waiting.push({
        async attempt(transaction) {
          const result = await unit(transaction);
          return () => resolve(result);
        },
        reject,
      });
      this.#wake();
    });
  }

  /** Runs the task while no transaction is open or waits for its sync, and holds the queue until it ends. */
  pauseFor<Result>(task: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#interludes.push(() => task().then(resolve, reject));
      this.#wake();
    });
  }

  /** Refuses new units and waits for those that were accepted. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#refusal ??= new StorageError('closed', 'The database is closed: no more writes are taken.');
    await this.#running;
  }

  #wake(): void {
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    // Cleared in the same breath as the queue is seen empty: a unit that comes any later starts the next run.
    while (this.#waiting.length > 0 || this.#interludes.length > 0) {
      await new Promise<void>((resolve) => this.#options.clock.endOfTick(resolve));
      for (const interlude of this.#interludes.splice(0)) await interlude();
      if (this.#waiting.length === 0) continue;
      try {
        await this.#commitNext();
      } catch (error) {
        this.#refusal = error;
        this.#waiting.length = 0;
        this.#options.onFatal(error);
      }
    }
    this.#running = undefined;
  }

  /** Commits what waits, makes it durable and gives out the results. Throws when that fails for good. */
  async #commitNext(): Promise<void> {
    const durable = Promise.withResolvers<void>();
    this.#durable = durable.promise;
    const settles = await this.#transaction([...this.#waiting]);
    this.#waiting.splice(0, settles.length);
    await this.#options.sync();
    for (const settle of settles) settle();
    this.#durable = undefined;
    durable.resolve();
  }

  /** Runs the first of the jobs, as many as the time allows. Gives their outcomes in order. */
  async #transaction(jobs: readonly Job<Tables>[]): Promise<Settle[]> {
    const { clock } = this.#options;
    const settles: Settle[] = [];
    const until = clock.monotonic() + TRANSACTION_MS;
    let attempted = 0;
    try {
      this.#statements.begin.run();
      for (const job of jobs) {
        attempted++;
        settles.push(await this.#attempt(job));
        if (clock.monotonic() >= until) break;
      }
      this.#statements.commit.run();
      return settles;
    } catch (error) {
      if (this.#database.isTransaction) this.#statements.rollback.run();
      const lost = jobs.slice(0, Math.max(attempted, 1));
      const [only, ...others] = lost;
      if (only && others.length === 0) return [() => only.reject(error)];
      const alone: Settle[] = [];
      for (const job of lost) alone.push(...(await this.#transaction([job])));
      return alone;
    }
  }

  /** Runs one job in a savepoint of its own. Throws when the whole transaction is gone with it. */
  async #attempt(job: Job<Tables>): Promise<Settle> {
    const { savepoint, rollbackToSavepoint, release } = this.#statements;
    savepoint.run();
    const unit = this.#openUnit();
    let settle: Settle;
    try {
      settle = await withinTick(job.attempt(unit.transaction));
    } catch (error) {
      // SQLite has undone everything itself after some errors: a full disk, a failed read or write.
      if (!this.#database.isTransaction) throw error;
      rollbackToSavepoint.run();
      release.run();
      return () => job.reject(error);
    } finally {
      unit.close();
    }
    if (!this.#database.isTransaction) throw unitOver('went on after an error that undid its transaction');
    release.run();
    return () => {
      for (const callback of unit.callbacks) callback();
      settle();
    };
  }

  #openUnit() {
    const { bindSql, bindQuery, bindHot, scrub } = this.#options;
    let sql: Kysely<Tables> | undefined;
    let hot: HotStatements | undefined;
    const callbacks: (() => void)[] = [];
    let over = false;
    const assertUsable = () => {
      if (over) throw unitOver('went on after its end');
      if (!this.#database.isTransaction) throw unitOver('went on after an error that undid its transaction');
    };
    const onDurable = (callback: () => void) => {
      assertUsable();
      callbacks.push(callback);
    };
    const transaction: Transaction<Tables> = {
      get sql() {
        sql ??= bindSql(assertUsable);
        return sql;
      },
      query: bindQuery(assertUsable),
      get hot() {
        hot ??= bindHot(assertUsable);
        return hot;
      },
      onDurable,
      scrub: () => onDurable(scrub),
    };
    const close = () => {
      over = true;
    };
    return { transaction, callbacks, close };
  }
}

function unitOver(what: string): StorageError {
  return new StorageError('unit-over', `A unit of work ${what}: let its errors pass, and await every statement.`);
}

/** Settles as the promise does, and rejects when it is still pending at the end of the event-loop tick. */
async function withinTick<Result>(promise: Promise<Result>): Promise<Result> {
  const late = Promise.withResolvers<never>();
  const immediate = setImmediate(() => {
    late.reject(
      new StorageError('unit-pending', 'A unit of work awaited something other than its transaction: it was undone.'),
    );
  });
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearImmediate(immediate);
  }
}
