/** CHANNEL_DETAILS: what a client shows before anything has happened (spec/chime-messaging 1.4, 1.5). */
import type { Scope } from '../aws/arn.ts';
import type { Hub } from '../engine/hub.ts';
import type { Clock } from '../engine/ports.ts';
import type { Session } from '../engine/session.ts';
import { Turns } from '../engine/turns.ts';
import type { Database, Query } from '../storage/database.ts';
import { channelTopic, eventFrame } from './events.ts';
import { describeIdentity, type IdentityColumns, type IdentityFacts, identityColumns } from './identity.ts';
import { CHANNEL_SUMMARY, type ChannelSummaryColumns, summariseChannel } from './messaging/channel.ts';
import { summariseInEvent } from './messaging/message.ts';
import { type Latest, oldestShown, readLatest } from './messaging/message-reads.ts';
import type { ChimeTables } from './tables.ts';
import { iso } from './times.ts';

const MESSAGES_MAX = 20;
const MEMBERS_MAX = 30;
/** Channels that are read together. */
const GROUP = 10;
/** Clients that are sent details at the same time; others wait for their turn. */
const CLIENTS_MAX = 100;
/** While so much waits for a client, it is sent no more details. */
const UNSENT_MAX = 64 << 10;
const UNSENT_LOOK_MS = 20;

export interface PrefetchOptions {
  readonly hub: Hub;
  readonly clock: Clock;
  readonly scope: Scope;
  readonly read: Database<ChimeTables>['read'];
}

/** Sends clients the details of their channels, a few clients at a time. */
export class Prefetch {
  readonly #options: PrefetchOptions;
  readonly #turns: Turns;
  readonly #waiting: (() => void)[] = [];
  #sending = 0;

  constructor(options: PrefetchOptions) {
    this.#options = options;
    this.#turns = new Turns(options.clock);
  }

  /** Resolves when the details have been queued, or the session has ended. Rejects when they cannot be read. */
  async send(session: Session, user: IdentityFacts, channelPks: readonly number[]): Promise<void> {
    if (this.#sending < CLIENTS_MAX) this.#sending += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      for (let at = 0; at < channelPks.length && session.open; at += GROUP) {
        await this.#sendGroup(session, user, channelPks.slice(at, at + GROUP));
      }
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#sending -= 1;
      else next();
    }
  }

  /** From before they are read until they are queued, the channels are held: what happens meanwhile comes behind. */
  async #sendGroup(session: Session, user: IdentityFacts, pks: readonly number[]): Promise<void> {
    const { hub, scope } = this.#options;
    for (const pk of pks) hub.hold(session, channelTopic(pk));
    try {
      const found = await this.#read(user, pks);
      for (const [pk, details] of found) {
        await this.#untilSent(session);
        await this.#turns.take(() => hub.release(session, channelTopic(pk), detailsFrame(scope, user, details)));
      }
    } finally {
      // Those of which the user is not a member any more have no details.
      for (const pk of pks) hub.release(session, channelTopic(pk));
    }
  }

  /** The details of those channels that the user is a member of: a statement per turn, for all of them. */
  async #read(user: IdentityFacts, pks: readonly number[]): Promise<Map<number, Details>> {
    const { clock, read } = this.#options;
    const look = <Result>(statement: (query: Query) => Promise<Result>) =>
      this.#turns.take(() => read((_sql, query) => statement(query)));
    const rows = await look((query) => readChannels(query, user.pk, pks));
    const from = oldestShown(rows[0]?.retention_days ?? null, clock.now());
    const latest = await look((query) => readLatest(query, user, pks, { limit: MESSAGES_MAX, from }));
    const members = Map.groupBy(await look((query) => readMembers(query, pks)), (row) => row.channel_pk);
    return new Map(
      rows.map((channel) => {
        const pk = channel.channel_pk;
        return [pk, { channel, latest: latest.get(pk), members: members.get(pk) ?? [] }];
      }),
    );
  }

  /**
   * Resolves when the client has taken most of what was sent, or the session has ended: one that does not read is reset
   * (engine/backlog.ts).
   */
  async #untilSent(session: Session): Promise<void> {
    const { clock } = this.#options;
    // What has just been queued is written at the end of the tick.
    await new Promise<void>((resolve) => clock.endOfTick(resolve));
    if (session.connection.unsent < UNSENT_MAX) return;
    await new Promise<void>((resolve) => {
      const stop = clock.every(UNSENT_LOOK_MS, () => {
        if (session.open && session.connection.unsent >= UNSENT_MAX) return;
        stop();
        resolve();
      });
    });
  }
}

interface ChannelRow extends ChannelSummaryColumns {
  readonly channel_pk: number;
  readonly read_marker_at: number | null;
  readonly retention_days: number | null;
}

interface MemberRow extends IdentityColumns<'member'> {
  readonly channel_pk: number;
}

interface Details {
  readonly channel: ChannelRow;
  readonly latest: Latest | undefined;
  readonly members: readonly MemberRow[];
}

function detailsFrame(scope: Scope, { appInstanceId }: IdentityFacts, { channel, latest, members }: Details): Buffer {
  return eventFrame('CHANNEL_DETAILS', 'SYSTEM', {
    Channel: summariseChannel(scope, appInstanceId, channel, iso),
    ChannelMessages: (latest?.messages ?? []).map((message) => summariseInEvent(scope, message)),
    ChannelMemberships: members.map(({ member_kind: kind, member_id: id, member_name: name }) => ({
      Member: describeIdentity(scope, { appInstanceId, kind, id, name }),
    })),
    ...(channel.read_marker_at !== null && { ReadMarkerTimestamp: iso(channel.read_marker_at) }),
    ChannelMessagesHasMore: latest?.hasMore ?? false,
  });
}

/** Those of the channels that the user is a member of. */
function readChannels(query: Query, userPk: number, pks: readonly number[]): Promise<ChannelRow[]> {
  return query<ChannelRow>(
    `SELECT c.pk AS channel_pk, ${CHANNEL_SUMMARY}, v.read_marker_at, a.retention_days
     FROM chime_membership v
     JOIN chime_channel c ON c.pk = v.channel_pk
     JOIN chime_app_instance a ON a.pk = c.app_instance_pk
     WHERE v.identity_pk = ? AND v.channel_pk IN (${places(pks)})`,
    userPk,
    ...pks,
  );
}

/** The first members of each channel, in the order of their creation; hidden ones are shown to nobody. */
function readMembers(query: Query, pks: readonly number[]): Promise<MemberRow[]> {
  return query<MemberRow>(
    `SELECT m.channel_pk, ${identityColumns('member')} FROM chime_channel c
     JOIN chime_membership m ON m.channel_pk = c.pk AND m.type = 'DEFAULT'
       AND m.identity_pk <= coalesce((SELECT n.identity_pk FROM chime_membership n
         WHERE n.channel_pk = c.pk AND n.type = 'DEFAULT' ORDER BY n.identity_pk LIMIT 1 OFFSET ?), ${Number.MAX_SAFE_INTEGER})
     JOIN chime_identity member ON member.pk = m.identity_pk
     WHERE c.pk IN (${places(pks)})
     ORDER BY m.channel_pk, m.identity_pk`,
    MEMBERS_MAX - 1,
    ...pks,
  );
}

function places(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ');
}
