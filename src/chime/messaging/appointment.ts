/** Whom a channel lists, and since when: its moderators, those banned from it, its members (spec/chime-messaging 3.3). */
import type { Scope } from '../../aws/arn.ts';
import { epochSeconds, string } from '../../aws/shape.ts';
import type { Query } from '../../storage/database.ts';
import type { Bearer, ChannelFacts } from '../access.ts';
import { findNamed } from '../arns.ts';
import { describeIdentity, Identity, type IdentityColumns, type IdentityFacts, identityColumns } from '../identity.ts';
import { epoch } from '../times.ts';
import { channelArn } from './membership.ts';

/** Where moderators are kept, and where bans are: alike. */
export type AppointmentTable = 'chime_moderator' | 'chime_ban';

/** What descriptions of both have in common. */
export const appointmentMembers = { ChannelArn: string(), CreatedTimestamp: epochSeconds(), CreatedBy: Identity };

/** Somebody who is a moderator or banned. */
export interface Appointment {
  readonly identity: IdentityFacts;
  readonly createdBy: IdentityFacts;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** The values of `appointmentMembers`. */
export function describeAppointment(scope: Scope, channel: ChannelFacts, { createdBy, createdAt }: Appointment) {
  return {
    ChannelArn: channelArn(scope, channel),
    CreatedTimestamp: epoch(createdAt),
    CreatedBy: describeIdentity(scope, createdBy),
  };
}

/** @returns false: it is so already */
export async function appoint(
  query: Query,
  table: AppointmentTable,
  channel: ChannelFacts,
  { pk }: IdentityFacts,
  createdBy: Bearer,
  now: number,
): Promise<boolean> {
  const rows = await query<{ identity_pk: number }>(
    `INSERT INTO ${table} (channel_pk, identity_pk, created_by, created_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (channel_pk, identity_pk) DO NOTHING RETURNING identity_pk`,
    channel.pk,
    pk,
    createdBy.pk,
    now,
  );
  return rows.length > 0;
}

/** Ends it, if there is anything to end. */
export async function dismiss(
  query: Query,
  table: AppointmentTable,
  channel: ChannelFacts,
  { pk }: IdentityFacts,
): Promise<void> {
  await query(`DELETE FROM ${table} WHERE channel_pk = ? AND identity_pk = ?`, channel.pk, pk);
}

interface AppointmentColumns extends IdentityColumns<'holder'>, IdentityColumns<'creator'> {
  readonly created_at: number;
}

/** That of the user or bot that the ARN names; undefined when there is none. */
export async function findAppointment(
  query: Query,
  table: AppointmentTable,
  scope: Scope,
  { pk, appInstancePk, appInstanceId }: ChannelFacts,
  arn: string,
): Promise<Appointment | undefined> {
  const named = findNamed(scope, arn, 'user', 'bot');
  if (named?.appInstanceId !== appInstanceId) return undefined;
  const [row] = await query<AppointmentColumns>(
    `SELECT ${identityColumns('holder')}, ${identityColumns('creator')}, a.created_at
     FROM chime_identity holder
     JOIN ${table} a ON a.channel_pk = ? AND a.identity_pk = holder.pk
     JOIN chime_identity creator ON creator.pk = a.created_by
     WHERE holder.app_instance_pk = ? AND holder.kind = ? AND holder.id = ? AND holder.deleted_at IS NULL`,
    pk,
    appInstancePk,
    named.kind,
    named.id,
  );
  if (!row) return undefined;
  const { holder_pk, holder_name, creator_pk, creator_kind: kind, creator_id: id, creator_name: name } = row;
  return {
    identity: { ...named, pk: holder_pk, name: holder_name },
    createdBy: { appInstanceId, pk: creator_pk, kind, id, name },
    createdAt: row.created_at,
  };
}

/**
 * The next of those whom the channel lists, in the order in which they were created themselves.
 * @param after key of the last one before them; undefined: from the start
 * @param type of the memberships
 */
export async function identitiesAfter(
  query: Query,
  table: AppointmentTable | 'chime_membership',
  { pk, appInstanceId }: ChannelFacts,
  after: number | undefined,
  limit: number,
  type?: 'DEFAULT' | 'HIDDEN',
): Promise<IdentityFacts[]> {
  const rows = await query<Omit<IdentityFacts, 'appInstanceId'>>(
    `SELECT i.pk, i.kind, i.id, i.name FROM ${table} t JOIN chime_identity i ON i.pk = t.identity_pk
     WHERE t.channel_pk = ? AND t.identity_pk > ? AND i.deleted_at IS NULL${type === undefined ? '' : ' AND t.type = ?'}
     ORDER BY t.identity_pk LIMIT ?`,
    ...[pk, after ?? 0, ...(type === undefined ? [] : [type]), limit],
  );
  return rows.map((row) => ({ ...row, appInstanceId }));
}
