/** The channels that a user is a member of, as a connection of the user needs them (spec/chime-messaging 1.4, 1.5). */
import type { Query } from '../storage/database.ts';

/** Channels read at once. */
const PAGE = 1000;
/** Channels whose details are sent. */
const DETAILED_MAX = 50;

/** By what those are chosen whose details are sent. */
export type PrefetchSortBy = 'unread' | 'last-message-timestamp';

/** One channel, as far as the choice needs it. */
export interface OwnChannel {
  readonly pk: number;
  /** When the newest message came that the user may see, milliseconds since the epoch; 0: there is none. */
  readonly lastMessageAt: number;
  /** Whether that was after the user's read marker. */
  readonly unread: boolean;
}

interface Row {
  readonly channel_pk: number;
  readonly last_message_at: number | null;
  readonly last_targeted_at: number | null;
  readonly read_marker_at: number | null;
}

/**
 * Reads the next channels of a user.
 * @param afterPk the last one that has been read; 0: from the beginning
 * @returns undefined for `next` when there are no more
 */
export async function readOwnChannels(
  query: Query,
  userPk: number,
  afterPk: number,
): Promise<{ readonly channels: readonly OwnChannel[]; readonly next: number | undefined }> {
  const rows = await query<Row>(
    `SELECT v.channel_pk, c.last_message_at, v.last_targeted_at, v.read_marker_at
     FROM chime_membership v JOIN chime_channel c ON c.pk = v.channel_pk
     WHERE v.identity_pk = ? AND v.channel_pk > ? ORDER BY v.channel_pk LIMIT ?`,
    userPk,
    afterPk,
    PAGE,
  );
  const channels = rows.map((row) => {
    const lastMessageAt = Math.max(row.last_message_at ?? 0, row.last_targeted_at ?? 0);
    return { pk: row.channel_pk, lastMessageAt, unread: lastMessageAt > (row.read_marker_at ?? 0) };
  });
  return { channels, next: rows.length < PAGE ? undefined : channels.at(-1)?.pk };
}

/** The first channels by what they are chosen by: unread ones first, or not; then those of the newest messages. */
export function chooseDetailed(channels: readonly OwnChannel[], sortBy: PrefetchSortBy): OwnChannel[] {
  const first = (channel: OwnChannel) => (sortBy === 'unread' && channel.unread ? 1 : 0);
  return channels.toSorted((a, b) => first(b) - first(a) || b.lastMessageAt - a.lastMessageAt).slice(0, DETAILED_MAX);
}
