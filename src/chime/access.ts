/** Who the bearer is, what it is to a channel, and whether that is enough (spec/chime-messaging 4). */
import type { Scope } from '../aws/arn.ts';
import type { AwsError } from '../aws/errors.ts';
import { header } from '../aws/shape.ts';
import type { Query } from '../storage/database.ts';
import { ChimeArn, findNamed } from './arns.ts';
import { Forbidden, invalidBearer } from './errors.ts';
import type { IdentityFacts } from './identity.ts';
import { type ChannelOperation, permits, type Role } from './roles.ts';

/** The member of an input that names who acts. */
export const ChimeBearer = header('x-amz-chime-bearer', ChimeArn);

/** A bearer in its app instance. */
export interface Bearer extends IdentityFacts {
  readonly appInstancePk: number;
  readonly admin: boolean;
}

/** A channel, as far as access and messages need to know it. */
export interface ChannelFacts {
  readonly pk: number;
  readonly appInstancePk: number;
  readonly appInstanceId: string;
  readonly id: string;
  readonly mode: 'UNRESTRICTED' | 'RESTRICTED';
  readonly privacy: 'PUBLIC' | 'PRIVATE';
  /** Positions up to here are taken: microseconds since the epoch. */
  readonly position: number;
  /** Messages older than this many days are not shown; null: all are. */
  readonly retentionDays: number | null;
}

/** A bearer on a channel. */
export interface Access {
  readonly bearer: Bearer;
  readonly channel: ChannelFacts;
  readonly role: Role;
  readonly moderator: boolean;
  readonly membership: 'DEFAULT' | 'HIDDEN' | undefined;
}

interface BearerRow {
  readonly pk: number;
  readonly app_instance_pk: number;
  readonly name: string;
  /** Null: it is none. */
  readonly admin_pk: number | null;
}

/** @throws UnauthorizedClientException when the ARN is no user or bot that exists. */
export async function requireBearer(query: Query, scope: Scope, arn: string): Promise<Bearer> {
  const named = findNamed(scope, arn, 'user', 'bot');
  if (!named) throw invalidBearer();
  const [row] = await query<BearerRow>(
    `SELECT i.pk, i.app_instance_pk, i.name, d.identity_pk AS admin_pk
     FROM chime_app_instance a
     JOIN chime_identity i ON i.app_instance_pk = a.pk AND i.kind = ? AND i.id = ? AND i.deleted_at IS NULL
     LEFT JOIN chime_admin d ON d.app_instance_pk = a.pk AND d.identity_pk = i.pk
     WHERE a.id = ?`,
    named.kind,
    named.id,
    named.appInstanceId,
  );
  if (!row) throw invalidBearer();
  return { ...named, pk: row.pk, appInstancePk: row.app_instance_pk, name: row.name, admin: row.admin_pk !== null };
}

interface AccessRow extends BearerRow {
  readonly channel_pk: number | null;
  readonly mode: 'UNRESTRICTED' | 'RESTRICTED';
  readonly privacy: 'PUBLIC' | 'PRIVATE';
  readonly position: number;
  readonly retention_days: number | null;
  readonly moderator_pk: number | null;
  readonly membership: 'DEFAULT' | 'HIDDEN' | null;
}

/** What a request by a bearer on a channel names. */
export interface OnChannel {
  readonly ChimeBearer: string;
  readonly ChannelArn: string;
}

/**
 * Both at once, in one statement.
 * @throws UnauthorizedClientException for a bearer that is nobody, ForbiddenException for a channel that does not
 *   exist in the bearer's app instance: whether it exists elsewhere is not told.
 */
export async function readAccess(query: Query, scope: Scope, { ChimeBearer, ChannelArn }: OnChannel): Promise<Access> {
  const bearer = findNamed(scope, ChimeBearer, 'user', 'bot');
  if (!bearer) throw invalidBearer();
  const channel = findNamed(scope, ChannelArn, 'channel');
  const [row] = await query<AccessRow>(
    `SELECT i.pk, i.app_instance_pk, i.name, d.identity_pk AS admin_pk,
       c.pk AS channel_pk, c.mode, c.privacy, c.position, a.retention_days,
       o.identity_pk AS moderator_pk, m.type AS membership
     FROM chime_app_instance a
     JOIN chime_identity i ON i.app_instance_pk = a.pk AND i.kind = ? AND i.id = ? AND i.deleted_at IS NULL
     LEFT JOIN chime_channel c ON c.app_instance_pk = a.pk AND c.id = ?
     LEFT JOIN chime_admin d ON d.app_instance_pk = a.pk AND d.identity_pk = i.pk
     LEFT JOIN chime_moderator o ON o.channel_pk = c.pk AND o.identity_pk = i.pk
     LEFT JOIN chime_membership m ON m.channel_pk = c.pk AND m.identity_pk = i.pk
     WHERE a.id = ?`,
    bearer.kind,
    bearer.id,
    channel?.appInstanceId === bearer.appInstanceId ? channel.id : '',
    bearer.appInstanceId,
  );
  if (!row) throw invalidBearer();
  if (!channel || row.channel_pk === null) throw notPermitted();
  const { appInstanceId } = bearer;
  const admin = row.admin_pk !== null;
  const moderator = row.moderator_pk !== null;
  const membership = row.membership ?? undefined;
  return {
    bearer: { ...bearer, pk: row.pk, appInstancePk: row.app_instance_pk, name: row.name, admin },
    channel: {
      pk: row.channel_pk,
      appInstancePk: row.app_instance_pk,
      appInstanceId,
      id: channel.id,
      mode: row.mode,
      privacy: row.privacy,
      position: row.position,
      retentionDays: row.retention_days,
    },
    role: admin ? 'admin' : moderator ? 'moderator' : membership ? 'member' : 'nonMember',
    moderator,
    membership,
  };
}

/** Whether the matrix allows it. @param own whether the bearer acts upon itself: its membership, ARN, message */
export function mayDo(operation: ChannelOperation, access: Access, own = false): boolean {
  const { role, channel, membership } = access;
  return permits(operation, role, { mode: channel.mode, privacy: channel.privacy, membership, own });
}

/** Whether the bearer may know who is a hidden member; of itself everybody may. */
export function seesHidden({ role }: Access): boolean {
  return role === 'admin' || role === 'moderator';
}

/** `readAccess`, then the matrix. @throws as `readAccess`, and ForbiddenException for what the matrix denies */
export async function requireAccess(
  query: Query,
  scope: Scope,
  operation: ChannelOperation,
  on: OnChannel,
  own = false,
): Promise<Access> {
  const access = await readAccess(query, scope, on);
  if (!mayDo(operation, access, own)) throw notPermitted();
  return access;
}

/** 403, alike for what is not there and for what is not allowed. */
export function notPermitted(): AwsError {
  return Forbidden('The bearer is not authorized to do this, or the channel does not exist.');
}

/** What access is decided on for most operations: the bearer and the channel (appendix D). */
export function bearerAndChannel({ input }: { readonly input: OnChannel }): readonly string[] {
  return [input.ChimeBearer, input.ChannelArn];
}
