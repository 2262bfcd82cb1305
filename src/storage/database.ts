/** What handlers see of storage: `read` and `write(unit)`, never a database (docs/decisions, architecture section 6). */
import type { Kysely } from 'kysely';

/** A secret that all nodes of an installation share. */
export interface SecretKey {
  /** What it is for, for example `chat-token`. */
  readonly purpose: string;
  /** Names the key within its purpose. */
  readonly kid: string;
  /** 32 random bytes. */
  readonly key: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** The statements on hot paths and at start, prepared per dialect. */
export interface HotStatements {
  /** Records the key until `expiresAtMs` (epoch). False when it is recorded already. */
  claim(key: string, expiresAtMs: number): Promise<boolean>;
  /** Removes up to `limit` claims that expired before `nowMs` (epoch). Gives the number removed. */
  purgeClaims(nowMs: number, limit: number): Promise<number>;
  /** All secrets, within each purpose the oldest first. */
  keys(): Promise<SecretKey[]>;
  /** Adds a secret as the newest of its purpose. */
  addKey(key: SecretKey): Promise<void>;
  /** Adds the secret unless its purpose has one already; then false. */
  addFirstKey(key: SecretKey): Promise<boolean>;
}

export type SqlValue = string | number | bigint | Uint8Array | null;

/**
 * Runs plain SQL, prepared once, with a `?` for each parameter: a fifth of what the query builder costs. For hot paths
 * only, and only in SQL that all dialects know. Gives the rows of a SELECT or a RETURNING.
 */
export type Query = <Row = never>(sql: string, ...parameters: readonly SqlValue[]) => Promise<Row[]>;

/** What a unit of work may touch. */
export interface Transaction<Tables> {
  readonly sql: Kysely<Tables>;
  readonly query: Query;
  readonly hot: HotStatements;
  /**
   * Runs the callback once the unit's changes are on disk, in commit order and before the unit's result is returned;
   * never when the unit fails. It must not throw.
   */
  onDurable(callback: () => void): void;
  /**
   * Makes what the unit overwrites unreadable in the database's files within 5 s of its result. What that asks of the
   * table: docs/decisions/0001-durability.md, "Removing text".
   */
  scrub(): void;
}

/**
 * A unit of work: awaits nothing but its transaction, has no effect outside it, and may run twice.
 * What decides is read inside it.
 */
export type Unit<Tables, Result> = (transaction: Transaction<Tables>) => Promise<Result>;

export interface Database<Tables> extends AsyncDisposable {
  /** Runs queries on committed data; resolves when all it saw is on disk. */
  read<Result>(look: (sql: Kysely<Tables>, query: Query) => Promise<Result>): Promise<Result>;
  /**
   * Resolves with the unit's result after its changes are on disk; rejects with its error after they are undone, and
   * with a StorageError `overloaded` at once when too many units wait.
   */
  write<Result>(unit: Unit<Tables, Result>): Promise<Result>;
  /** The hot statements outside any unit: each call that changes something is a unit of its own. */
  readonly hot: HotStatements;
  /**
   * Loads the query builder, which the first `read` or `write` waits for otherwise (about 0.1 s). The hot statements
   * never need it.
   */
  warm(): Promise<void>;
}

/** A numbered change of the schema. Applied once, in name order, each in its own transaction. */
export interface Migration {
  /** For example `ivs-0001-rooms`: unique, never renamed. */
  readonly name: string;
  up(sql: Kysely<unknown>): Promise<void>;
}
