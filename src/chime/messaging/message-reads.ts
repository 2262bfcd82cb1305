/** How persistent messages are found: one, a page, the newest of several channels (spec/chime-messaging 1.4, 3.4). */
import type { Query } from '../../storage/database.ts';
import type { ChannelFacts } from '../access.ts';
import { type IdentityColumns, type IdentityFacts, identityColumns } from '../identity.ts';
import type { MessageRow } from '../tables.ts';
import { type Message, positionOfId } from './message.ts';

const DAY_MICROSECONDS = 86_400_000_000;

type Columns = Pick<
  MessageRow,
  | 'channel_pk'
  | 'position'
  | 'type'
  | 'content'
  | 'metadata'
  | 'attributes'
  | 'content_type'
  | 'edited_at'
  | 'updated_at'
  | 'redacted'
> & { readonly message_id: string } & IdentityColumns<'sender'> &
  (IdentityColumns<'target'> | { readonly target_pk: null });

const COLUMNS = `m.channel_pk, m.position, m.id AS message_id, m.type, m.content, m.metadata, m.attributes,
  m.content_type, m.edited_at, m.updated_at, m.redacted, ${identityColumns('sender')}, ${identityColumns('target')}`;

/** Their rows stay when users are deleted. */
const IDENTITIES = `JOIN chime_identity sender ON sender.pk = m.sender_pk
  LEFT JOIN chime_identity target ON target.pk = m.target_pk`;

function messageOf(row: Columns, appInstanceId: string): Message {
  const { sender_pk, sender_kind, sender_id, sender_name } = row;
  const target: IdentityFacts | undefined =
    row.target_pk === null
      ? undefined
      : { appInstanceId, pk: row.target_pk, kind: row.target_kind, id: row.target_id, name: row.target_name };
  return {
    id: row.message_id,
    position: row.position,
    sender: { appInstanceId, pk: sender_pk, kind: sender_kind, id: sender_id, name: sender_name },
    target,
    type: row.type,
    persistence: 'PERSISTENT',
    content: row.content ?? undefined,
    metadata: row.metadata ?? undefined,
    attributes: row.attributes === null ? undefined : JSON.parse(row.attributes),
    contentType: row.content_type ?? undefined,
    editedAt: row.edited_at ?? undefined,
    updatedAt: row.updated_at,
    redacted: row.redacted === 1,
  };
}

/** Whether somebody may see the message: one that is targeted only its sender and its target. */
export function isVisible({ sender, target }: Message, identityPk: number): boolean {
  return target === undefined || sender.pk === identityPk || target.pk === identityPk;
}

/**
 * The position of the oldest message that may be shown.
 * @param retentionDays null: all messages are kept @param nowMs milliseconds since the epoch
 */
export function oldestShown(retentionDays: number | null, nowMs: number): number {
  return retentionDays === null ? 0 : nowMs * 1000 - retentionDays * DAY_MICROSECONDS;
}

type Channel = Pick<ChannelFacts, 'pk' | 'appInstanceId'>;

/** The message of the id; undefined when there is none. Retention hides nothing here. */
export async function findMessage(query: Query, channel: Channel, id: string): Promise<Message | undefined> {
  const position = positionOfId(id);
  if (position === undefined) return undefined;
  const [row] = await query<Columns>(
    `SELECT ${COLUMNS} FROM chime_message m ${IDENTITIES} WHERE m.channel_pk = ? AND m.position = ? AND m.id = ?`,
    channel.pk,
    position,
    id,
  );
  return row && messageOf(row, channel.appInstanceId);
}

/** The first messages between two positions, both included. Targeted ones are among them, whoever asks. */
export async function readRange(
  query: Query,
  channel: Channel,
  order: 'ASCENDING' | 'DESCENDING',
  range: { readonly from: number; readonly to: number },
  limit: number,
): Promise<Message[]> {
  const rows = await query<Columns>(
    `SELECT ${COLUMNS} FROM chime_message m ${IDENTITIES} WHERE m.channel_pk = ? AND m.position BETWEEN ? AND ?
     ORDER BY m.position ${order === 'ASCENDING' ? 'ASC' : 'DESC'} LIMIT ?`,
    channel.pk,
    range.from,
    range.to,
    limit,
  );
  return rows.map((row) => messageOf(row, channel.appInstanceId));
}

/** The newest messages of a channel. */
export interface Latest {
  /** Newest first; fewer than were asked for when some are targeted at others. */
  readonly messages: readonly Message[];
  /** Whether the channel has older ones. */
  readonly hasMore: boolean;
}

/**
 * The newest messages of several channels of one app instance, in one statement.
 * @param viewer who is to see them
 * @param options.limit how many of a channel, before those are left out that the viewer may not see
 * @param options.from the position of the oldest message that may be shown
 * @returns by channel; channels without messages are not in it
 */
export async function readLatest(
  query: Query,
  viewer: Pick<IdentityFacts, 'pk' | 'appInstanceId'>,
  channelPks: readonly number[],
  { limit, from }: { readonly limit: number; readonly from: number },
): Promise<Map<number, Latest>> {
  if (channelPks.length === 0) return new Map();
  // The inner SELECT finds where each channel's newest begin, one more than are given. It must be the only bound: beside
  // another one SQLite evaluates it for every message of the channel.
  const rows = await query<Columns>(
    `SELECT ${COLUMNS} FROM chime_channel c
     JOIN chime_message m ON m.channel_pk = c.pk
       AND m.position >= coalesce((SELECT n.position FROM chime_message n WHERE n.channel_pk = c.pk
         ORDER BY n.position DESC LIMIT 1 OFFSET ?), 0)
     ${IDENTITIES}
     WHERE c.pk IN (${channelPks.map(() => '?').join(', ')})
     ORDER BY m.channel_pk, m.position DESC`,
    limit,
    ...channelPks,
  );
  const shown = rows.filter(({ position }) => position >= from);
  const latest = new Map<number, Latest>();
  for (const [channelPk, all] of Map.groupBy(shown, (row) => row.channel_pk)) {
    const messages = all.slice(0, limit).map((row) => messageOf(row, viewer.appInstanceId));
    latest.set(channelPk, {
      messages: messages.filter((message) => isVisible(message, viewer.pk)),
      hasMore: all.length > limit,
    });
  }
  return latest;
}
