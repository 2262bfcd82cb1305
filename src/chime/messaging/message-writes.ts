/**
 * How persistent messages are kept, changed and removed. When rows grow or go, SQLite moves others and may leave copies of
 * them that nothing overwrites (docs/decisions/0001-durability.md, "Removing text"). So rows are only appended and
 * emptied: an edited message gets a new row, and what remains of it and of those that are removed is an empty row, which
 * belongs to no channel until `removeEmptyRows` takes it away.
 */
import type { Query, Transaction } from '../../storage/database.ts';
import type { ChannelFacts } from '../access.ts';
import type { ChimeTables } from '../tables.ts';
import { millisecondsOf } from '../times.ts';
import type { Message } from './message.ts';

type Channel = Pick<ChannelFacts, 'pk'>;
type Unit = Pick<Transaction<ChimeTables>, 'query' | 'scrub'>;

/** Adds the newest message of the channel. */
export async function insertMessage(query: Query, channel: Channel, message: Message): Promise<void> {
  const { position, sender, target } = message;
  if (target) {
    await query('UPDATE chime_channel SET position = ? WHERE pk = ?', position, channel.pk);
    await query(
      'UPDATE chime_membership SET last_targeted_at = ? WHERE channel_pk = ? AND identity_pk IN (?, ?)',
      millisecondsOf(position),
      channel.pk,
      sender.pk,
      target.pk,
    );
  } else {
    await query(
      'UPDATE chime_channel SET position = ?, last_message_at = ? WHERE pk = ?',
      position,
      millisecondsOf(position),
      channel.pk,
    );
  }
  await appendRow(query, channel, message);
}

/** Puts an edited message in the place of what it was. */
export async function updateMessage(query: Query, channel: Channel, message: Message): Promise<void> {
  await emptyRow(query, channel, message);
  await appendRow(query, channel, message);
}

/** Removes what the sender wrote. */
export async function redactMessage({ query, scrub }: Unit, channel: Channel, message: Message): Promise<void> {
  await query(
    `UPDATE chime_message SET content = NULL, metadata = NULL, attributes = NULL, content_type = NULL, redacted = 1,
       updated_at = ?
     WHERE channel_pk = ? AND position = ?`,
    message.updatedAt,
    channel.pk,
    message.position,
  );
  scrub();
}

/** Removes the message. */
export async function deleteMessage({ query, scrub }: Unit, channel: Channel, message: Message): Promise<void> {
  await emptyRow(query, channel, message);
  scrub();
}

/**
 * Removes the oldest messages of a channel.
 * @param before the position of the first one that stays
 * @returns how many there were, at most `limit`
 */
export async function removeMessages(
  { query, scrub }: Unit,
  channelPk: number,
  before: number,
  limit: number,
): Promise<number> {
  const emptied = await query(
    `UPDATE chime_message SET ${EMPTY} WHERE pk IN
       (SELECT pk FROM chime_message WHERE channel_pk = ? AND position < ? ORDER BY position LIMIT ?) RETURNING pk`,
    channelPk,
    before,
    limit,
  );
  if (emptied.length > 0) scrub();
  return emptied.length;
}

/** No channel has the key 0; positions tell empty rows apart. */
const EMPTY = `channel_pk = 0, position = -pk, id = '', sender_pk = 0, target_pk = NULL,
  content = NULL, metadata = NULL, attributes = NULL, content_type = NULL`;

async function emptyRow(query: Query, channel: Channel, { position }: Message): Promise<void> {
  await query(`UPDATE chime_message SET ${EMPTY} WHERE channel_pk = ? AND position = ?`, channel.pk, position);
}

async function appendRow(query: Query, channel: Channel, message: Message): Promise<void> {
  await query(
    `INSERT INTO chime_message (channel_pk, position, id, sender_pk, target_pk, type, content, metadata, attributes, content_type, edited_at, updated_at, redacted)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`,
    channel.pk,
    message.position,
    message.id,
    message.sender.pk,
    message.target?.pk ?? null,
    message.type,
    message.content ?? null,
    message.metadata ?? null,
    message.attributes === undefined ? null : JSON.stringify(message.attributes),
    message.contentType ?? null,
    message.editedAt ?? null,
    message.updatedAt,
  );
}
