/** Removes in the background what was deleted: nobody reaches it any more, but its rows are there. */
import type { Scope } from '../aws/arn.ts';
import type { Clock } from '../engine/ports.ts';
import type { Database, Query, Transaction } from '../storage/database.ts';
import { closingSockets } from './identity/identities.ts';
import { MEMBERSHIP, type MembershipColumns, membershipOf, removeMember } from './messaging/membership.ts';
import { removeMessages } from './messaging/message-writes.ts';
import type { ChimeContext } from './operation.ts';
import type { ChimeTables, RemovalRow } from './tables.ts';

/** Rows that a unit removes: a few milliseconds of work. */
const ROWS = 100;
/** Those whose removal is told to others, or takes several statements. */
const ANNOUNCED = 20;
/** How long what failed waits until it is tried again. */
const RETRY_MS = 60_000;

type Unit = Transaction<ChimeTables>;
type Announcing = Pick<ChimeContext, 'publish'> & { readonly scope: Scope };

export interface RemovalOptions extends Announcing {
  readonly write: Database<ChimeTables>['write'];
  readonly clock: Pick<Clock, 'every'>;
  report(error: unknown): void;
}

/**
 * Works off `chime_removal`: all that wait take turns, one small unit each, so that a large one keeps no other waiting.
 * What is interrupted goes on at the next start.
 */
export class Removal implements AsyncDisposable {
  readonly #options: RemovalOptions;
  readonly #stopTimer: () => void;
  #wanted = false;
  #disposed = false;
  #running: Promise<void> | undefined;

  constructor(options: RemovalOptions) {
    this.#options = options;
    this.#stopTimer = options.clock.every(RETRY_MS, () => this.soon());
  }

  /** Has what waits removed. */
  soon(): void {
    this.#wanted = true;
    this.#running ??= this.#run();
  }

  /** Stops after the unit at hand. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopTimer();
    this.#disposed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    const { write, report } = this.#options;
    try {
      while (this.#wanted) {
        this.#wanted = false;
        let pk: number | undefined = 0;
        while (pk !== undefined && !this.#disposed) {
          const last: number = pk;
          pk = await write((unit) => this.#step(unit, last));
          if (pk === undefined && last > 0) pk = 0;
        }
      }
    } catch (error) {
      report(error);
    } finally {
      this.#running = undefined;
    }
  }

  /** @returns which removal it was the turn of: the first behind `lastPk`; undefined: there is none */
  async #step(unit: Unit, lastPk: number): Promise<number | undefined> {
    const [removal] = await unit.query<RemovalRow & { readonly pk: number }>(
      'SELECT pk, kind, target_pk FROM chime_removal WHERE pk > ? ORDER BY pk LIMIT 1',
      lastPk,
    );
    if (!removal) return undefined;
    if (await REMOVE[removal.kind](unit, removal.target_pk, this.#options)) {
      await unit.query('DELETE FROM chime_removal WHERE pk = ?', removal.pk);
    }
    return removal.pk;
  }
}

/** Each removes some rows, and tells whether nothing is left. */
const REMOVE: Record<RemovalRow['kind'], (unit: Unit, pk: number, to: Announcing) => Promise<boolean>> = {
  channel: async (unit, pk) => (await removeContents(unit, pk, ROWS)) > 0,

  async identity(unit, pk, to) {
    const memberships = await readMemberships(unit.query, pk);
    for (const { channel, membership } of memberships) await removeMember(unit, to, channel, membership);
    if (memberships.length === ANNOUNCED) return false;
    for (const table of ['chime_moderator', 'chime_ban'] as const) {
      if ((await deleteRows(unit.query, table, 'identity_pk', pk, ROWS)) === ROWS) return false;
    }
    return true;
  },

  async 'app-instance'(unit, pk, to) {
    if ((await removeIdentities(unit, pk, to)) === ANNOUNCED) return false;
    await unit.query('DELETE FROM chime_admin WHERE app_instance_pk = ?', pk);
    for (let left = ROWS; left > 0; left--) {
      const [channel] = await unit.query<{ pk: number }>(
        'SELECT pk FROM chime_channel WHERE app_instance_pk = ? LIMIT 1',
        pk,
      );
      if (!channel) return true;
      left = await removeContents(unit, channel.pk, left);
      if (left > 0) await unit.query('DELETE FROM chime_channel WHERE pk = ?', channel.pk);
    }
    return false;
  },
};

/** Removes what is in a channel. @returns how many of the `rows` it did not need; none: there may be more */
async function removeContents(unit: Unit, channelPk: number, rows: number): Promise<number> {
  let left = rows - (await removeMessages(unit, channelPk, Number.MAX_SAFE_INTEGER, rows));
  for (const table of ['chime_membership', 'chime_moderator', 'chime_ban'] as const) {
    if (left > 0) left -= await deleteRows(unit.query, table, 'channel_pk', channelPk, left);
  }
  return left;
}

async function deleteRows(
  query: Query,
  table: 'chime_membership' | 'chime_moderator' | 'chime_ban',
  of: 'channel_pk' | 'identity_pk',
  pk: number,
  limit: number,
): Promise<number> {
  const key = of === 'channel_pk' ? 'identity_pk' : 'channel_pk';
  const deleted = await query(
    `DELETE FROM ${table} WHERE ${of} = ? AND ${key} IN
       (SELECT ${key} FROM ${table} WHERE ${of} = ? ORDER BY ${key} LIMIT ?) RETURNING ${key}`,
    pk,
    pk,
    limit,
  );
  return deleted.length;
}

/** Removes users and bots of an app instance, and closes their sockets. */
async function removeIdentities(
  { query, onDurable }: Unit,
  appInstancePk: number,
  { publish }: Announcing,
): Promise<number> {
  const identities = await query<{ pk: number }>(
    'SELECT pk FROM chime_identity WHERE app_instance_pk = ? LIMIT ?',
    appInstancePk,
    ANNOUNCED,
  );
  for (const { pk } of identities) {
    await query('DELETE FROM chime_endpoint WHERE identity_pk = ?', pk);
    await query('DELETE FROM chime_identity WHERE pk = ?', pk);
    onDurable(() => publish(closingSockets(pk)));
  }
  return identities.length;
}

/** A membership with its channel. */
interface Row extends MembershipColumns {
  readonly channel_pk: number;
  readonly channel_id: string;
  readonly app_instance_id: string;
}

/** Some memberships of whoever is deleted. Those in channels that are gone are removed with these. */
async function readMemberships(query: Query, memberPk: number) {
  const rows = await query<Row>(
    `SELECT c.pk AS channel_pk, c.id AS channel_id, a.id AS app_instance_id, ${MEMBERSHIP}
     FROM chime_membership m
     JOIN chime_channel c ON c.pk = m.channel_pk
     JOIN chime_app_instance a ON a.pk = c.app_instance_pk
     JOIN chime_identity member ON member.pk = m.identity_pk
     JOIN chime_identity inviter ON inviter.pk = m.invited_by
     WHERE m.identity_pk = ? ORDER BY m.channel_pk LIMIT ?`,
    memberPk,
    ANNOUNCED,
  );
  return rows.map((row) => ({
    channel: { pk: row.channel_pk, appInstanceId: row.app_instance_id, id: row.channel_id },
    membership: membershipOf(row, row.app_instance_id),
  }));
}
