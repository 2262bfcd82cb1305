/** Memberships as they are kept, shown and announced (spec/chime-messaging 1.2, 3.2). */
import type { Scope } from '../../aws/arn.ts';
import { enumeration, epochSeconds, string, structure } from '../../aws/shape.ts';
import type { Subject } from '../../engine/ports.ts';
import type { Query, Transaction } from '../../storage/database.ts';
import type { ChannelFacts } from '../access.ts';
import { arnOf } from '../arns.ts';
import { ResourceLimitExceeded } from '../errors.ts';
import { channelTopic, eventFrame, subjectOf, userTopic } from '../events.ts';
import { describeIdentity, Identity, type IdentityFacts } from '../identity.ts';
import type { ChimeContext } from '../operation.ts';
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
});

/** A membership with whom it concerns. Times are milliseconds since the epoch. */
export interface Membership {
  readonly member: IdentityFacts;
  readonly invitedBy: IdentityFacts;
  readonly type: 'DEFAULT' | 'HIDDEN';
  readonly createdAt: number;
  readonly updatedAt: number;
}

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

/**
 * Adds members that are none yet, and has their sessions receive the channel's events from here on.
 * @param announce how the others learn of it, for each member alone or for all at once
 * @throws ResourceLimitExceededException when the channel or a member has all the memberships it may have
 */
export async function addMembers(
  { query, onDurable }: Pick<Transaction<ChimeTables>, 'query' | 'onDurable'>,
  { scope, quota, publish }: Pick<ChimeContext, 'quota' | 'publish'> & { readonly scope: Scope },
  channel: Channel,
  memberships: readonly Membership[],
): Promise<void> {
  await requireRoom(query, channel.pk, memberships, quota);
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
  for (const membership of memberships) {
    const payload = describeMembership(scope, channel, membership, iso);
    const frame = eventFrame('CREATE_CHANNEL_MEMBERSHIP', 'SYSTEM', payload);
    const audience = await audienceOf(query, channel.pk, membership);
    onDurable(() => publish({ topic: channelTopic(channel.pk), frame, ...(audience && { audience }) }));
  }
}

/**
 * Who sees an event about a membership: all members, but of a hidden one only itself and the moderators (1.2).
 * @returns undefined: all
 */
export async function audienceOf(
  query: Query,
  channelPk: number,
  { type, member }: Pick<Membership, 'type' | 'member'>,
): Promise<Subject[] | undefined> {
  if (type === 'DEFAULT') return undefined;
  const moderators = await query<{ identity_pk: number }>(
    'SELECT identity_pk FROM chime_moderator WHERE channel_pk = ?',
    channelPk,
  );
  return [member.pk, ...moderators.map(({ identity_pk }) => identity_pk)].map(subjectOf);
}

async function requireRoom(
  query: Query,
  channelPk: number,
  memberships: readonly Membership[],
  quota: ChimeContext['quota'],
): Promise<void> {
  const [members] = await query<{ count: number }>(
    'SELECT count(*) AS count FROM chime_membership WHERE channel_pk = ?',
    channelPk,
  );
  if ((members?.count ?? 0) + memberships.length > quota('memberships-per-channel')) {
    throw ResourceLimitExceeded('The channel has all the memberships it may have.');
  }
  for (const { member } of memberships) {
    const [own] = await query<{ count: number }>(
      'SELECT count(*) AS count FROM chime_membership WHERE identity_pk = ?',
      member.pk,
    );
    if ((own?.count ?? 0) >= quota('memberships-per-user')) {
      throw ResourceLimitExceeded(`${member.id} has all the memberships it may have.`);
    }
  }
}
