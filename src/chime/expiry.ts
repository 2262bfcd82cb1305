/** What ends by the passing of time: channels, users, messages, tokens of requests (spec/chime-messaging 3.7, 6). */
import type { Scope } from '../aws/arn.ts';
import type { Clock } from '../engine/ports.ts';
import type { Database, Query, Transaction } from '../storage/database.ts';
import { arnOf } from './arns.ts';
import { deleteIdentity, type IdentityDetails } from './identity/identities.ts';
import { type EmptyRun, removeEmptyRows } from './messaging/empty-rows.ts';
import { expireChannel } from './messaging/expiration.ts';
import { oldestShown } from './messaging/message-reads.ts';
import { removeMessages } from './messaging/message-writes.ts';
import type { ChimeContext } from './operation.ts';
import type { ChimeTables } from './tables.ts';

/** AWS takes up to six hours. */
const ROUND_MS = 5 * 60_000;
/** Units in which each kind has its turn. */
const UNITS = 100;
/** Messages beyond their retention, or expired requests, that such a unit removes. */
const ROWS = 100;
/** Channels that are looked at for old messages at once. */
const CHANNELS = 500;

type Unit = Transaction<ChimeTables>;

export interface ExpiryOptions extends Pick<ChimeContext, 'publish' | 'removeSoon'> {
  readonly scope: Scope;
  readonly read: Database<ChimeTables>['read'];
  readonly write: Database<ChimeTables>['write'];
  readonly clock: Pick<Clock, 'now' | 'every' | 'endOfTick'>;
  /** Told what has expired, by the name that AWS's own audit log has for it. */
  observe(expired: { readonly operation: 'ExpireChannel' | 'ExpireAppInstanceUser'; readonly arn: string }): void;
  report(error: unknown): void;
}

/** Ends all that is due every few minutes; the kinds take turns, so that much of one keeps no other waiting. */
export class Expiry implements AsyncDisposable {
  readonly #options: ExpiryOptions;
  readonly #stopTimer: () => void;
  #disposed = false;
  #running: Promise<void> | undefined;
  /** The `pk` of the channel up to which the last turn looked for old messages. */
  #lookedAt = 0;
  /** The empty rows that the last turn saw last. */
  #emptyRun: EmptyRun = [];

  constructor(options: ExpiryOptions) {
    this.#options = options;
    this.#stopTimer = options.clock.every(ROUND_MS, () => {
      this.#running ??= this.#round().finally(() => {
        this.#running = undefined;
      });
    });
  }

  /** Stops after the unit at hand. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopTimer();
    this.#disposed = true;
    await this.#running;
  }

  /** Turn by turn until nothing is due. A kind that fails has to wait for the next round. */
  async #round(): Promise<void> {
    const { report } = this.#options;
    let kinds = [
      () => this.#expire('chime_channel', 'ExpireChannel', expireChannel),
      () => this.#expire('chime_identity', 'ExpireAppInstanceUser', expireUser),
      () => this.#messages(),
      () => this.#requests(),
      () => this.#emptyRows(),
    ];
    while (kinds.length > 0 && !this.#disposed) {
      const unfinished: typeof kinds = [];
      for (const turn of kinds) {
        try {
          if (await turn()) unfinished.push(turn);
        } catch (error) {
          report(error);
        }
      }
      kinds = unfinished;
    }
  }

  /** @returns whether there is more, as the other turns do */
  async #expire(
    table: 'chime_channel' | 'chime_identity',
    operation: 'ExpireChannel' | 'ExpireAppInstanceUser',
    expire: (unit: Unit, to: ExpiryOptions, pk: number, now: number) => Promise<string | undefined>,
  ): Promise<boolean> {
    const { read, write, clock, observe } = this.#options;
    const now = clock.now();
    const due = await read((_, query) => readDue(query, table, now));
    for (const { pk } of due) {
      if (this.#disposed) return false;
      const arn = await write((unit) => expire(unit, this.#options, pk, now));
      if (arn !== undefined) observe({ operation, arn });
    }
    return due.length === UNITS;
  }

  /** Goes through the channels in the order of their creation; the next turn goes on where this one stops. */
  async #messages(): Promise<boolean> {
    const { clock, read, write } = this.#options;
    const now = clock.now();
    for (let units = 0; units < UNITS && !this.#disposed; units++) {
      const page = await read((_, query) => readOldest(query, this.#lookedAt, now));
      await new Promise<void>((resolve) => clock.endOfTick(resolve));
      for (const { pk, oldest, retention_days: days } of page) {
        let more = oldest !== null && oldest < oldestShown(days, now);
        for (; more && units < UNITS && !this.#disposed; units++) {
          more = await write((unit) => removeOldest(unit, pk, now));
        }
        if (more) return true;
        this.#lookedAt = pk;
      }
      if (page.length < CHANNELS) {
        this.#lookedAt = 0;
        return false;
      }
    }
    return true;
  }

  async #requests(): Promise<boolean> {
    const { clock, write } = this.#options;
    const now = clock.now();
    for (let units = 0; units < UNITS && !this.#disposed; units++) {
      const purged = await write(({ query }) =>
        query(
          `DELETE FROM chime_request WHERE (scope, token) IN
             (SELECT scope, token FROM chime_request WHERE expires_at <= ? ORDER BY expires_at LIMIT ?) RETURNING token`,
          now,
          ROWS,
        ),
      );
      if (purged.length < ROWS) return false;
    }
    return true;
  }

  async #emptyRows(): Promise<boolean> {
    const { write } = this.#options;
    for (let units = 0; units < UNITS && !this.#disposed; units++) {
      const run = this.#emptyRun;
      const next = await write(({ query }) => removeEmptyRows(query, run));
      this.#emptyRun = next ?? [];
      if (next === undefined) return false;
    }
    return true;
  }
}

/** Those that have a date in the past. What is in an app instance that was deleted goes with it. */
function readDue(query: Query, table: 'chime_channel' | 'chime_identity', now: number): Promise<{ pk: number }[]> {
  return query<{ pk: number }>(
    `SELECT t.pk FROM ${table} t JOIN chime_app_instance a ON a.pk = t.app_instance_pk
     WHERE t.expires_at <= ? ORDER BY t.expires_at LIMIT ?`,
    now,
    UNITS,
  );
}

/** @returns the ARN of a user that has expired and is deleted now */
async function expireUser(
  unit: Unit,
  to: Pick<ExpiryOptions, 'publish' | 'removeSoon' | 'scope'>,
  pk: number,
  now: number,
): Promise<string | undefined> {
  const [user] = await unit.query<Pick<IdentityDetails, 'pk' | 'appInstancePk' | 'appInstanceId' | 'kind' | 'id'>>(
    `SELECT i.pk, i.app_instance_pk AS "appInstancePk", a.id AS "appInstanceId", i.kind, i.id
     FROM chime_identity i JOIN chime_app_instance a ON a.pk = i.app_instance_pk
     WHERE i.pk = ? AND i.expires_at <= ?`,
    pk,
    now,
  );
  if (!user) return undefined;
  await deleteIdentity(unit, to, user, now);
  return arnOf(to.scope, user);
}

/** Removes some messages beyond the retention as it is by then. @returns whether there may be more */
async function removeOldest(unit: Unit, channelPk: number, now: number): Promise<boolean> {
  const [retention] = await unit.query<{ retention_days: number }>(
    `SELECT a.retention_days FROM chime_channel c JOIN chime_app_instance a ON a.pk = c.app_instance_pk
     WHERE c.pk = ? AND a.retention_deletes_at <= ?`,
    channelPk,
    now,
  );
  if (!retention) return false;
  return (await removeMessages(unit, channelPk, oldestShown(retention.retention_days, now), ROWS)) === ROWS;
}

interface Oldest {
  readonly pk: number;
  /** Null: its messages are kept, or only hidden so far. */
  readonly retention_days: number | null;
  /** The position of its oldest message, if they are to be deleted some day. */
  readonly oldest: number | null;
}

function readOldest(query: Query, afterPk: number, now: number): Promise<Oldest[]> {
  return query<Oldest>(
    `SELECT c.pk, a.retention_days, CASE WHEN a.pk IS NOT NULL
       THEN (SELECT min(m.position) FROM chime_message m WHERE m.channel_pk = c.pk) END AS oldest
     FROM chime_channel c
     LEFT JOIN chime_app_instance a ON a.pk = c.app_instance_pk AND a.retention_deletes_at <= ?
     WHERE c.pk > ? ORDER BY c.pk LIMIT ?`,
    now,
    afterPk,
    CHANNELS,
  );
}
