/** Memberships as they are kept, shown and announced (spec/chime-messaging 1.2, 3.2). */
import type { Scope } from '../../aws/arn.ts';
import { enumeration, epochSeconds, list, optional, string, structure } from '../../aws/shape.ts';
import type { Subject } from '../../engine/ports.ts';
import type { Query, Transaction } from '../../storage/database.ts';
import type { ChannelFacts } from '../access.ts';
import { arnOf, findNamed } from '../arns.ts';
import { ResourceLimitExceeded } from '../errors.ts';
import { channelTopic, eventFrame, subjectOf, userTopic } from '../events.ts';
import { describeIdentity, Identity, type IdentityColumns, type IdentityFacts, identityColumns } from '../identity.ts';
import type { ChimeContext } from '../operation.ts';
import { SubChannelId } from '../shapes.ts';
import type { ChimeTables } from '../tables.ts';
import { iso, type ShowTime } from '../times.ts';

export const MembershipType = enumeration('DEFAULT', 'HIDDEN');

export const ChannelMembership = structure({
  InvitedBy: Identity,
  Type: MembershipType,
  Member: Identity,
  ChannelArn: string(),
  CreatedTimestamp: epochSeconds(),
  LastUpdatedTimestamp: epochSeconds(),
  // Of members of elastic channels, which are not built.
  SubChannelId: optional(SubChannelId),
});

/** Those that were added at once. */
export const BatchChannelMemberships = structure({
  InvitedBy: Identity,
  Type: MembershipType,
  Members: list(Identity),
  ChannelArn: string(),
  SubChannelId: optional(SubChannelId),
});

/** A membership with whom it concerns. Times are milliseconds since the epoch. */
export interface Membership {
  readonly member: IdentityFacts;
  readonly invitedBy: IdentityFacts;
  readonly type: 'DEFAULT' | 'HIDDEN';
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Memberships that begin together. */
export interface Batch extends Pick<Membership, 'invitedBy' | 'type'> {
  readonly members: readonly IdentityFacts[];
}

type Unit = Pick<Transaction<ChimeTables>, 'query' | 'onDurable'>;
type Announcing = Pick<ChimeContext, 'publish'> & { readonly scope: Scope };
type Adding = Announcing & Pick<ChimeContext, 'quota'>;

type Channel = Pick<ChannelFacts, 'pk' | 'appInstanceId' | 'id'>;

export function channelArn(scope: Scope, { appInstanceId, id }: Omit<Channel, 'pk'>): string {
  return arnOf(scope, { kind: 'channel', appInstanceId, id });
}

export function describeMembership<T>(scope: Scope, channel: Channel, membership: Membership, show: ShowTime<T>) {
  return {
    InvitedBy: describeIdentity(scope, membership.invitedBy),
    Type: membership.type,
    Member: describeIdentity(scope, membership.member),
    ChannelArn: channelArn(scope, channel),
    CreatedTimestamp: show(membership.createdAt),
    LastUpdatedTimestamp: show(membership.updatedAt),
  };
}

/** As in the reply and in the event. */
export function describeBatch(scope: Scope, channel: Channel, { invitedBy, type, members }: Batch) {
  return {
    InvitedBy: describeIdentity(scope, invitedBy),
    Type: type,
    Members: members.map((member) => describeIdentity(scope, member)),
    ChannelArn: channelArn(scope, channel),
  };
}

/** What `Membership` is made of. */
export interface MembershipColumns extends IdentityColumns<'member'>, IdentityColumns<'inviter'> {
  readonly type: 'DEFAULT' | 'HIDDEN';
  readonly created_at: number;
  readonly updated_at: number;
}

/** Selects `MembershipColumns` from `chime_membership m` and the `chime_identity` rows `member` and `inviter`. */
export const MEMBERSHIP = `m.type, m.created_at, m.updated_at, ${identityColumns('member')}, ${identityColumns('inviter')}`;

export function membershipOf(row: MembershipColumns, appInstanceId: string): Membership {
  const { member_pk, member_kind, member_id, member_name, inviter_pk, inviter_kind, inviter_id, inviter_name } = row;
  return {
    member: { pk: member_pk, appInstanceId, kind: member_kind, id: member_id, name: member_name },
    invitedBy: { pk: inviter_pk, appInstanceId, kind: inviter_kind, id: inviter_id, name: inviter_name },
    type: row.type,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** The membership of the user or bot that the ARN names; undefined when there is none. */
export async function findMembership(
  query: Query,
  scope: Scope,
  { pk, appInstancePk, appInstanceId }: ChannelFacts,
  memberArn: string,
): Promise<Membership | undefined> {
  const named = findNamed(scope, memberArn, 'user', 'bot');
  if (named?.appInstanceId !== appInstanceId) return undefined;
  const [row] = await query<MembershipColumns>(
    `SELECT ${MEMBERSHIP} FROM chime_identity member
     JOIN chime_membership m ON m.channel_pk = ? AND m.identity_pk = member.pk
     JOIN chime_identity inviter ON inviter.pk = m.invited_by
     WHERE member.app_instance_pk = ? AND member.kind = ? AND member.id = ? AND member.deleted_at IS NULL`,
    pk,
    appInstancePk,
    named.kind,
    named.id,
  );
  return row && membershipOf(row, appInstanceId);
}

/**
 * Adds members that are none yet, and has their sessions receive the channel's events from here on. The others learn of
 * each by itself.
 * @throws ResourceLimitExceededException when the channel or a member has all the memberships it may have
 */
export async function addMembers(
  unit: Unit,
  { scope, quota, publish }: Adding,
  channel: Channel,
  memberships: readonly Membership[],
): Promise<void> {
  const { query, onDurable } = unit;
  for (const { member } of memberships) {
    if (await isFull(query, member, quota)) throw ResourceLimitExceeded(fullText(member));
  }
  await insertMembers(unit, { quota, publish }, channel, memberships);
  for (const membership of memberships) {
    const payload = describeMembership(scope, channel, membership, iso);
    const frame = eventFrame('CREATE_CHANNEL_MEMBERSHIP', 'SYSTEM', payload);
    const audience = await audienceOf(query, channel.pk, membership.type, [membership.member]);
    onDurable(() => publish({ topic: channelTopic(channel.pk), frame, ...(audience && { audience }) }));
  }
}

/**
 * As `addMembers`, for members who are known to have room for the membership: the others learn of all at once.
 * @param now milliseconds since the epoch
 * @throws ResourceLimitExceededException when the channel has no room for all of them
 */
export async function addBatch(
  unit: Unit,
  { scope, quota, publish }: Adding,
  channel: Channel,
  batch: Batch,
  now: number,
): Promise<void> {
  const { invitedBy, type, members } = batch;
  if (members.length === 0) return;
  const memberships = members.map((member) => ({ member, invitedBy, type, createdAt: now, updatedAt: now }));
  await insertMembers(unit, { quota, publish }, channel, memberships);
  const frame = eventFrame('BATCH_CREATE_CHANNEL_MEMBERSHIP', 'SYSTEM', describeBatch(scope, channel, batch));
  const audience = await audienceOf(unit.query, channel.pk, type, members);
  unit.onDurable(() => publish({ topic: channelTopic(channel.pk), frame, ...(audience && { audience }) }));
}

/** Removes a member, who receives nothing of the channel after the event that says so. */
export async function removeMember(
  { query, onDurable }: Unit,
  { scope, publish }: Announcing,
  channel: Channel,
  membership: Membership,
): Promise<void> {
  const { member, type } = membership;
  await query('DELETE FROM chime_membership WHERE channel_pk = ? AND identity_pk = ?', channel.pk, member.pk);
  const payload = describeMembership(scope, channel, membership, iso);
  const frame = eventFrame('DELETE_CHANNEL_MEMBERSHIP', 'SYSTEM', payload);
  const audience = await audienceOf(query, channel.pk, type, [member]);
  const effect = { kind: 'leave', subject: subjectOf(member.pk) } as const;
  onDurable(() => publish({ topic: channelTopic(channel.pk), frame, ...(audience && { audience }), effect }));
}

/** Whether the user or bot has all the memberships it may have. */
export async function isFull(query: Query, { pk }: IdentityFacts, quota: ChimeContext['quota']): Promise<boolean> {
  const [own] = await query<{ count: number }>(
    'SELECT count(*) AS count FROM chime_membership WHERE identity_pk = ?',
    pk,
  );
  return (own?.count ?? 0) >= quota('memberships-per-user');
}

export function fullText({ id }: IdentityFacts): string {
  return `${id} has all the memberships it may have.`;
}

async function insertMembers(
  { query, onDurable }: Unit,
  { quota, publish }: Pick<ChimeContext, 'quota' | 'publish'>,
  channel: Channel,
  memberships: readonly Membership[],
): Promise<void> {
  const [members] = await query<{ count: number }>(
    'SELECT count(*) AS count FROM chime_membership WHERE channel_pk = ?',
    channel.pk,
  );
  if ((members?.count ?? 0) + memberships.length > quota('memberships-per-channel')) {
    throw ResourceLimitExceeded('The channel has no room for more memberships.');
  }
  for (const { member, invitedBy, type, createdAt, updatedAt } of memberships) {
    await query(
      `INSERT INTO chime_membership (channel_pk, identity_pk, type, invited_by, created_at, updated_at)
       VALUES (?, ?, ?, ?, ?, ?)`,
      channel.pk,
      member.pk,
      type,
      invitedBy.pk,
      createdAt,
      updatedAt,
    );
  }
  onDurable(() => {
    for (const { member } of memberships) {
      publish({ topic: userTopic(member.pk), effect: { kind: 'join', topic: channelTopic(channel.pk) } });
    }
  });
}

/**
 * Who of a channel's members sees an event about memberships: all, but of hidden ones only themselves, moderators and
 * admins (1.2).
 * @returns undefined: all; others than members may be among those given
 */
async function audienceOf(
  query: Query,
  channelPk: number,
  type: 'DEFAULT' | 'HIDDEN',
  members: readonly IdentityFacts[],
): Promise<Subject[] | undefined> {
  if (type === 'DEFAULT') return undefined;
  const moderators = await query<{ identity_pk: number }>(
    `SELECT identity_pk FROM chime_moderator WHERE channel_pk = ?
     UNION
     SELECT d.identity_pk FROM chime_channel c JOIN chime_admin d ON d.app_instance_pk = c.app_instance_pk
     WHERE c.pk = ?`,
    channelPk,
    channelPk,
  );
  return [...new Set([...members.map(({ pk }) => pk), ...moderators.map(({ identity_pk }) => identity_pk)])].map(
    subjectOf,
  );
}
