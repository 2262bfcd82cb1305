/** The operations on memberships of a channel (spec/chime-messaging 3.2). */
import type { Scope } from '../../aws/arn.ts';
import { integer, list, optional, path, query, string, structure } from '../../aws/shape.ts';
import type { Query } from '../../storage/database.ts';
import {
  type Access,
  bearerAndChannel,
  type ChannelFacts,
  ChimeBearer,
  notPermitted,
  requireAccess,
  seesHidden,
} from '../access.ts';
import { ChimeArn, findNamed } from '../arns.ts';
import { BadRequest, type ChimeErrorType, Conflict, Forbidden, NotFound, ResourceLimitExceeded } from '../errors.ts';
import { describeIdentity, Identity, type IdentityFacts } from '../identity.ts';
import { NextToken, paging, readPage } from '../listing.ts';
import { operation } from '../operation.ts';
import { SubChannelId } from '../shapes.ts';
import { epoch } from '../times.ts';
import { identitiesAfter } from './appointment.ts';
import {
  addBatch,
  addMembers,
  BatchChannelMemberships,
  ChannelMembership,
  describeBatch,
  describeMembership,
  findMembership,
  fullText,
  isFull,
  MembershipType,
  removeMember,
} from './membership.ts';

const onChannel = { ChimeBearer, ChannelArn: path('channelArn', ChimeArn) };
const onMembership = {
  ...onChannel,
  MemberArn: path('memberArn', ChimeArn),
  SubChannelId: optional(query('sub-channel-id', SubChannelId)),
};

export const memberships = {
  CreateChannelMembership: operation({
    http: 'POST /channels/{channelArn}/memberships 201',
    action: 'chime:CreateChannelMembership',
    resource: bearerAndChannel,
    input: structure({
      ...onChannel,
      MemberArn: ChimeArn,
      // The model requires it; the guide's own command line leaves it out.
      Type: optional(MembershipType),
      SubChannelId: optional(SubChannelId),
    }),
    output: structure({ ChannelArn: string(), Member: Identity, SubChannelId: optional(SubChannelId) }),
    errors: [NotFound, Conflict, ResourceLimitExceeded],
    async handle({ input, scope, write, clock, quota, publish }) {
      refuseSubChannel(input);
      const { Type: type = 'DEFAULT', MemberArn } = input;
      const member = await write(async (unit) => {
        const own = MemberArn === input.ChimeBearer;
        const access = await requireAccess(unit.query, scope, 'CreateChannelMembership', input, own);
        requireMayHide(access, type);
        const { bearer, channel } = access;
        const found = await findCandidate(unit.query, scope, channel, MemberArn);
        if ('error' in found) throw found.error(found.message);
        const now = clock.now();
        await addMembers(unit, { scope, quota, publish }, channel, [
          { member: found, invitedBy: bearer, type, createdAt: now, updatedAt: now },
        ]);
        return found;
      });
      return { ChannelArn: input.ChannelArn, Member: describeIdentity(scope, member) };
    },
  }),

  BatchCreateChannelMembership: operation({
    http: 'POST /channels/{channelArn}/memberships?operation=batch-create 200',
    action: 'chime:BatchCreateChannelMembership',
    resource: bearerAndChannel,
    input: structure({
      ...onChannel,
      Type: optional(MembershipType),
      MemberArns: list(ChimeArn, { min: 1, max: 100 }),
      SubChannelId: optional(SubChannelId),
    }),
    output: structure({
      BatchChannelMemberships,
      Errors: optional(list(structure({ MemberArn: string(), ErrorCode: string(), ErrorMessage: string() }))),
    }),
    errors: [NotFound, ResourceLimitExceeded],
    /** Adds whom it can; an ARN that comes twice counts once. The channel has room for all of these or for none. */
    async handle({ input, scope, write, clock, quota, publish }) {
      refuseSubChannel(input);
      const { Type: type = 'DEFAULT' } = input;
      const arns = [...new Set(input.MemberArns)];
      return write(async (unit) => {
        const own = arns.every((arn) => arn === input.ChimeBearer);
        const access = await requireAccess(unit.query, scope, 'BatchCreateChannelMembership', input, own);
        requireMayHide(access, type);
        const { bearer, channel } = access;
        const members: IdentityFacts[] = [];
        const errors: { MemberArn: string; ErrorCode: string; ErrorMessage: string }[] = [];
        for (const arn of arns) {
          const found = await findCandidate(unit.query, scope, channel, arn);
          if ('error' in found) {
            errors.push({ MemberArn: arn, ErrorCode: found.error.code, ErrorMessage: found.message });
          } else if (await isFull(unit.query, found, quota)) {
            errors.push({ MemberArn: arn, ErrorCode: ResourceLimitExceeded.code, ErrorMessage: fullText(found) });
          } else {
            members.push(found);
          }
        }
        const batch = { invitedBy: bearer, type, members };
        await addBatch(unit, { scope, quota, publish }, channel, batch, clock.now());
        return {
          BatchChannelMemberships: describeBatch(scope, channel, batch),
          ...(errors.length > 0 && { Errors: errors }),
        };
      });
    },
  }),

  DescribeChannelMembership: operation({
    http: 'GET /channels/{channelArn}/memberships/{memberArn} 200',
    action: 'chime:DescribeChannelMembership',
    resource: bearerAndChannel,
    input: structure(onMembership),
    output: structure({ ChannelMembership }),
    errors: [NotFound],
    /** A hidden membership is there for whom it is of, and for moderators. */
    async handle({ input, scope, read }) {
      refuseSubChannel(input);
      return read(async (_, query) => {
        const access = await requireAccess(query, scope, 'DescribeChannelMembership', input);
        const { bearer, channel } = access;
        const found = await findMembership(query, scope, channel, input.MemberArn);
        const shown = found?.type === 'DEFAULT' || found?.member.pk === bearer.pk || seesHidden(access);
        if (!found || !shown) throw NotFound('There is no such membership.');
        return { ChannelMembership: describeMembership(scope, channel, found, epoch) };
      });
    },
  }),

  ListChannelMemberships: operation({
    http: 'GET /channels/{channelArn}/memberships 200',
    action: 'chime:ListChannelMemberships',
    resource: bearerAndChannel,
    input: structure({
      ...onChannel,
      Type: optional(query('type', MembershipType)),
      ...paging,
      SubChannelId: optional(query('sub-channel-id', SubChannelId)),
    }),
    output: structure({ ChannelArn: string(), ChannelMemberships: list(structure({ Member: Identity })), NextToken }),
    errors: [],
    /** In the order in which the users were created. Hidden members are shown to moderators alone. */
    async handle({ input, scope, read, pages }) {
      refuseSubChannel(input);
      const { Type: type = 'DEFAULT', ChannelArn } = input;
      return read(async (_, query) => {
        const access = await requireAccess(query, scope, 'ListChannelMemberships', input);
        requireMayHide(access, type);
        const { items, ...rest } = await readPage(
          pages,
          { operation: 'ListChannelMemberships', filters: [ChannelArn, type] },
          input,
          integer(),
          (after, limit) => identitiesAfter(query, 'chime_membership', access.channel, after, limit, type),
          ({ pk }) => pk,
        );
        const ChannelMemberships = items.map((member) => ({ Member: describeIdentity(scope, member) }));
        return { ChannelArn, ChannelMemberships, ...rest };
      });
    },
  }),

  DeleteChannelMembership: operation({
    http: 'DELETE /channels/{channelArn}/memberships/{memberArn} 204',
    action: 'chime:DeleteChannelMembership',
    resource: bearerAndChannel,
    input: structure(onMembership),
    errors: [Conflict],
    async handle({ input, scope, write, publish }) {
      refuseSubChannel(input);
      await write(async (unit) => {
        const own = input.MemberArn === input.ChimeBearer;
        const { channel } = await requireAccess(unit.query, scope, 'DeleteChannelMembership', input, own);
        const membership = await findMembership(unit.query, scope, channel, input.MemberArn);
        if (membership) await removeMember(unit, { scope, publish }, channel, membership);
      });
    },
  }),
};

/** @throws BadRequestException when it names a part of an elastic channel: there are none */
function refuseSubChannel({ SubChannelId }: { readonly SubChannelId?: string | undefined }): void {
  if (SubChannelId !== undefined) throw BadRequest('SubChannelId: the channel is not elastic.');
}

/** Hidden members are for moderators to add and to list. @throws ForbiddenException for others */
function requireMayHide(access: Access, type: 'DEFAULT' | 'HIDDEN'): void {
  if (type === 'HIDDEN' && !seesHidden(access)) throw notPermitted();
}

/** Why somebody cannot become a member. */
interface Obstacle {
  readonly error: ChimeErrorType;
  readonly message: string;
}

interface CandidateRow {
  readonly pk: number;
  readonly name: string;
  /** Null: it is not. */
  readonly banned_pk: number | null;
  readonly member_pk: number | null;
}

/** Who is to become a member: a user or bot of the channel's own app instance, not banned, and no member yet. */
async function findCandidate(
  query: Query,
  scope: Scope,
  { pk, appInstancePk, appInstanceId }: ChannelFacts,
  arn: string,
): Promise<IdentityFacts | Obstacle> {
  const named = findNamed(scope, arn, 'user', 'bot');
  const unknown = { error: NotFound, message: 'There is no such user or bot in the app instance.' };
  if (named?.appInstanceId !== appInstanceId) return unknown;
  const [row] = await query<CandidateRow>(
    `SELECT i.pk, i.name, b.identity_pk AS banned_pk, m.identity_pk AS member_pk
     FROM chime_identity i
     LEFT JOIN chime_ban b ON b.channel_pk = ? AND b.identity_pk = i.pk
     LEFT JOIN chime_membership m ON m.channel_pk = ? AND m.identity_pk = i.pk
     WHERE i.app_instance_pk = ? AND i.kind = ? AND i.id = ? AND i.deleted_at IS NULL`,
    pk,
    pk,
    appInstancePk,
    named.kind,
    named.id,
  );
  if (!row) return unknown;
  if (row.banned_pk !== null) return { error: Forbidden, message: `${named.id} is banned from the channel.` };
  if (row.member_pk !== null) return { error: Conflict, message: `${named.id} is a member already.` };
  return { ...named, pk: row.pk, name: row.name };
}
