/**
 * How persistent messages are kept, changed and removed. When rows grow or go, SQLite moves others and may leave copies of
 * them that nothing overwrites (docs/decisions/0001-durability.md, "Removing text"). So rows are only appended and
 * emptied, and none but empty ones removed: an edited message gets a new row, and what remains of it and of deleted ones
 * is an empty row that is in nobody's order, until the channel goes or retention deletes.
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
 * Removes the rows of a channel's oldest messages, and those that are empty already. All are emptied before the first
 * one goes: what SQLite moves meanwhile has no text.
 * @param before the position of the first one that stays
 * @returns how many there were, at most `limit`
 */
export async function removeMessages(
  { query, scrub }: Unit,
  channelPk: number,
  before: number,
  limit: number,
): Promise<number> {
  const oldest = 'SELECT pk FROM chime_message WHERE channel_pk = ? AND position < ? ORDER BY position LIMIT ?';
  const overwritten = await query(
    `UPDATE chime_message SET content = NULL, metadata = NULL, attributes = NULL, content_type = NULL
     WHERE pk IN (${oldest}) RETURNING pk`,
    channelPk,
    before,
    limit,
  );
  if (overwritten.length === 0) return 0;
  await query(`DELETE FROM chime_message WHERE pk IN (${oldest})`, channelPk, before, limit);
  scrub();
  return overwritten.length;
}

/** Leaves of a message a row without text, at a position that no message has. */
async function emptyRow(query: Query, channel: Channel, { position }: Message): Promise<void> {
  await query(
    `UPDATE chime_message SET position = -pk, content = NULL, metadata = NULL, attributes = NULL, content_type = NULL
     WHERE channel_pk = ? AND position = ?`,
    channel.pk,
    position,
  );
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
