/** What handlers see of storage: `read` and `write(unit)`, never a database (docs/decisions, architecture section 6). */
import type { Kysely } from 'kysely';

/** The statements on hot paths, prepared per dialect. */
export interface HotStatements {
  /** Records the key until `expiresAtMs` (epoch). False when it is recorded already. */
  claim(key: string, expiresAtMs: number): Promise<boolean>;
}

/** What a unit of work may touch. */
export interface Transaction<Tables> {
  readonly sql: Kysely<Tables>;
  readonly hot: HotStatements;
  /**
   * Runs the callback once the unit's changes are on disk, in commit order and before the unit's result is returned;
   * never when the unit fails. It must not throw.
   */
  onDurable(callback: () => void): void;
}

/**
 * A unit of work: awaits nothing but its transaction, has no effect outside it, and may run twice.
 * What decides is read inside it.
 */
export type Unit<Tables, Result> = (transaction: Transaction<Tables>) => Promise<Result>;

export interface Database<Tables> extends AsyncDisposable {
  /** Runs a query on committed data. */
  read<Result>(query: (sql: Kysely<Tables>) => Promise<Result>): Promise<Result>;
  /** Resolves with the unit's result after its changes are on disk; rejects with its error after they are undone. */
  write<Result>(unit: Unit<Tables, Result>): Promise<Result>;
}

/** A numbered change of the schema. Applied once, in name order, each in its own transaction. */
export interface Migration {
  /** For example `ivs-0001-rooms`: unique, never renamed. */
  readonly name: string;
  up(sql: Kysely<unknown>): Promise<void>;
}
