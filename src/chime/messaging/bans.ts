/** The operations on bans: who is banned is no member, and cannot become one (spec/chime-messaging 3.3). */
import { integer, list, path, string, structure } from '../../aws/shape.ts';
import type { Query } from '../../storage/database.ts';
import { bearerAndChannel, type ChannelFacts, ChimeBearer, requireAccess } from '../access.ts';
import { ChimeArn } from '../arns.ts';
import { Conflict, Forbidden, invalidArn, NotFound, ResourceLimitExceeded } from '../errors.ts';
import { describeIdentity, findIdentity, Identity, type IdentityFacts } from '../identity.ts';
import { NextToken, paging, readPage } from '../listing.ts';
import { operation } from '../operation.ts';
import {
  appoint,
  appointmentMembers,
  describeAppointment,
  dismiss,
  findAppointment,
  identitiesAfter,
} from './appointment.ts';
import { findMembership, removeMember } from './membership.ts';

const onChannel = { ChimeBearer, ChannelArn: path('channelArn', ChimeArn) };
const onBan = { ...onChannel, MemberArn: path('memberArn', ChimeArn) };

export const bans = {
  CreateChannelBan: operation({
    http: 'POST /channels/{channelArn}/bans 201',
    action: 'chime:CreateChannelBan',
    resource: bearerAndChannel,
    input: structure({ ...onChannel, MemberArn: ChimeArn }),
    output: structure({ ChannelArn: string(), Member: Identity }),
    errors: [Conflict, ResourceLimitExceeded],
    /** The banned need not be members; those who are cease to be. Clients see a ban by that alone. */
    async handle({ input, scope, write, clock, publish }) {
      const banned = await write(async (unit) => {
        const { query } = unit;
        const { bearer, channel } = await requireAccess(query, scope, 'CreateChannelBan', input);
        const found = await findIdentity(query, scope, input.MemberArn, channel.appInstanceId);
        if (!found) throw invalidArn('app instance user');
        if (await moderates(query, channel, found)) {
          throw Forbidden(`${found.id} is a moderator of the channel or an admin of the app instance.`);
        }
        if (!(await appoint(query, 'chime_ban', channel, found, bearer, clock.now()))) {
          throw Conflict(`${found.id} is banned already.`);
        }
        const membership = await findMembership(query, scope, channel, input.MemberArn);
        if (membership) await removeMember(unit, { scope, publish }, channel, membership);
        return found;
      });
      return { ChannelArn: input.ChannelArn, Member: describeIdentity(scope, banned) };
    },
  }),

  DescribeChannelBan: operation({
    http: 'GET /channels/{channelArn}/bans/{memberArn} 200',
    action: 'chime:DescribeChannelBan',
    resource: bearerAndChannel,
    input: structure(onBan),
    output: structure({ ChannelBan: structure({ Member: Identity, ...appointmentMembers }) }),
    errors: [NotFound],
    handle: ({ input, scope, read }) =>
      read(async (_, query) => {
        const { channel } = await requireAccess(query, scope, 'DescribeChannelBan', input);
        const found = await findAppointment(query, 'chime_ban', scope, channel, input.MemberArn);
        if (!found) throw NotFound('There is no such ban.');
        const Member = describeIdentity(scope, found.identity);
        return { ChannelBan: { Member, ...describeAppointment(scope, channel, found) } };
      }),
  }),

  ListChannelBans: operation({
    http: 'GET /channels/{channelArn}/bans 200',
    action: 'chime:ListChannelBans',
    resource: bearerAndChannel,
    input: structure({ ...onChannel, ...paging }),
    output: structure({ ChannelArn: string(), ChannelBans: list(structure({ Member: Identity })), NextToken }),
    errors: [],
    handle: ({ input, scope, read, pages }) =>
      read(async (_, query) => {
        const { channel } = await requireAccess(query, scope, 'ListChannelBans', input);
        const { items, ...rest } = await readPage(
          pages,
          { operation: 'ListChannelBans', filters: [input.ChannelArn] },
          input,
          integer(),
          (after, limit) => identitiesAfter(query, 'chime_ban', channel, after, limit),
          ({ pk }) => pk,
        );
        const ChannelBans = items.map((banned) => ({ Member: describeIdentity(scope, banned) }));
        return { ChannelArn: input.ChannelArn, ChannelBans, ...rest };
      }),
  }),

  DeleteChannelBan: operation({
    http: 'DELETE /channels/{channelArn}/bans/{memberArn} 204',
    action: 'chime:DeleteChannelBan',
    resource: bearerAndChannel,
    input: structure(onBan),
    errors: [],
    /** Does not make the user a member again. */
    async handle({ input, scope, write }) {
      await write(async ({ query }) => {
        const { channel } = await requireAccess(query, scope, 'DeleteChannelBan', input);
        const found = await findAppointment(query, 'chime_ban', scope, channel, input.MemberArn);
        if (found) await dismiss(query, 'chime_ban', channel, found.identity);
      });
    },
  }),
};

/** Whether it is a moderator of the channel, as admins are of every channel. */
async function moderates(query: Query, channel: ChannelFacts, { pk }: IdentityFacts): Promise<boolean> {
  const rows = await query<{ identity_pk: number }>(
    `SELECT identity_pk FROM chime_moderator WHERE channel_pk = ? AND identity_pk = ?
     UNION SELECT identity_pk FROM chime_admin WHERE app_instance_pk = ? AND identity_pk = ?`,
    channel.pk,
    pk,
    channel.appInstancePk,
    pk,
  );
  return rows.length > 0;
}
