/**
 * How persistent messages are kept, changed and removed. Text that must disappear is overwritten before its row is
 * deleted, and scrubbed from the database's files (docs/decisions/0001-durability.md, "Removing text").
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
  await query(
    `INSERT INTO chime_message (channel_pk, position, id, sender_pk, target_pk, type, content, metadata, attributes, content_type, updated_at, redacted)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`,
    channel.pk,
    position,
    message.id,
    sender.pk,
    target?.pk ?? null,
    message.type,
    message.content ?? null,
    message.metadata ?? null,
    message.attributes === undefined ? null : JSON.stringify(message.attributes),
    message.contentType ?? null,
    message.updatedAt,
  );
}

/** Writes what an edit changes: content, metadata, content type and times. */
export async function updateMessage(query: Query, channel: Channel, message: Message): Promise<void> {
  await query(
    `UPDATE chime_message SET content = ?, metadata = ?, content_type = ?, edited_at = ?, updated_at = ?
     WHERE channel_pk = ? AND position = ?`,
    message.content ?? null,
    message.metadata ?? null,
    message.contentType ?? null,
    message.editedAt ?? null,
    message.updatedAt,
    channel.pk,
    message.position,
  );
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
export async function deleteMessage(unit: Unit, channel: Channel, message: Message): Promise<void> {
  await redactMessage(unit, channel, message);
  await unit.query('DELETE FROM chime_message WHERE channel_pk = ? AND position = ?', channel.pk, message.position);
}
