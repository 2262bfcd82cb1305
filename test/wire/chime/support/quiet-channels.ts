/** Channels by the thousand, which no client could create in the time of a test. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Copies a channel, and with it its members, so many times. To be called while the server has nothing to do.
 * @param directory of the server's data
 */
export function addQuietChannels(directory: string, modelArn: string, copies: number): void {
  const id = modelArn.replace(/.*\//, '');
  const database = new DatabaseSync(join(directory, 'parlor.db'));
  database.exec('BEGIN');
  database
    .prepare(
      `WITH RECURSIVE copy(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM copy WHERE number < ?)
       INSERT INTO chime_channel
         (app_instance_pk, id, name, mode, privacy, created_by, created_at, updated_at, tags, position)
       SELECT app_instance_pk, 'quiet-' || number, name, mode, privacy, created_by, created_at, updated_at, tags, 0
       FROM copy, chime_channel WHERE id = ?`,
    )
    .run(copies, id);
  database
    .prepare(
      `INSERT INTO chime_membership (channel_pk, identity_pk, type, invited_by, created_at, updated_at)
       SELECT c.pk, m.identity_pk, m.type, m.invited_by, m.created_at, m.updated_at
       FROM chime_channel c, chime_channel model JOIN chime_membership m ON m.channel_pk = model.pk
       WHERE c.id LIKE 'quiet-%' AND model.id = ?`,
    )
    .run(id);
  database.exec('COMMIT');
  database.close();
}
