/** The operations on moderators of a channel, who need not be members (spec/chime-messaging 3.3). */
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

const onChannel = { ChimeBearer, ChannelArn: path('channelArn', ChimeArn) };
const onModerator = { ...onChannel, ChannelModeratorArn: path('channelModeratorArn', ChimeArn) };

export const moderators = {
  CreateChannelModerator: operation({
    http: 'POST /channels/{channelArn}/moderators 201',
    action: 'chime:CreateChannelModerator',
    resource: bearerAndChannel,
    input: structure({ ...onChannel, ChannelModeratorArn: ChimeArn }),
    output: structure({ ChannelArn: string(), ChannelModerator: Identity }),
    errors: [Conflict, ResourceLimitExceeded],
    /** Nobody is a moderator and banned: the ban must end first. */
    async handle({ input, scope, write, clock, quota }) {
      const moderator = await write(async ({ query }) => {
        const { bearer, channel } = await requireAccess(query, scope, 'CreateChannelModerator', input);
        const found = await findIdentity(query, scope, input.ChannelModeratorArn, channel.appInstanceId);
        if (!found) throw invalidArn('app instance user');
        if (await isBanned(query, channel, found)) throw Forbidden(`${found.id} is banned from the channel.`);
        if (!(await appoint(query, 'chime_moderator', channel, found, bearer, clock.now()))) {
          throw Conflict(`${found.id} is a moderator already.`);
        }
        if ((await count(query, channel)) > quota('moderators-per-channel')) {
          throw ResourceLimitExceeded('The channel has all the moderators it may have.');
        }
        return found;
      });
      return { ChannelArn: input.ChannelArn, ChannelModerator: describeIdentity(scope, moderator) };
    },
  }),

  DescribeChannelModerator: operation({
    http: 'GET /channels/{channelArn}/moderators/{channelModeratorArn} 200',
    action: 'chime:DescribeChannelModerator',
    resource: bearerAndChannel,
    input: structure(onModerator),
    output: structure({ ChannelModerator: structure({ Moderator: Identity, ...appointmentMembers }) }),
    errors: [NotFound],
    handle: ({ input, scope, read }) =>
      read(async (_, query) => {
        const { channel } = await requireAccess(query, scope, 'DescribeChannelModerator', input);
        const found = await findAppointment(query, 'chime_moderator', scope, channel, input.ChannelModeratorArn);
        if (!found) throw NotFound('There is no such moderator.');
        const Moderator = describeIdentity(scope, found.identity);
        return { ChannelModerator: { Moderator, ...describeAppointment(scope, channel, found) } };
      }),
  }),

  ListChannelModerators: operation({
    http: 'GET /channels/{channelArn}/moderators 200',
    action: 'chime:ListChannelModerators',
    resource: bearerAndChannel,
    input: structure({ ...onChannel, ...paging }),
    output: structure({ ChannelArn: string(), ChannelModerators: list(structure({ Moderator: Identity })), NextToken }),
    errors: [],
    handle: ({ input, scope, read, pages }) =>
      read(async (_, query) => {
        const { channel } = await requireAccess(query, scope, 'ListChannelModerators', input);
        const { items, ...rest } = await readPage(
          pages,
          { operation: 'ListChannelModerators', filters: [input.ChannelArn] },
          input,
          integer(),
          (after, limit) => identitiesAfter(query, 'chime_moderator', channel, after, limit),
          ({ pk }) => pk,
        );
        const ChannelModerators = items.map((moderator) => ({ Moderator: describeIdentity(scope, moderator) }));
        return { ChannelArn: input.ChannelArn, ChannelModerators, ...rest };
      }),
  }),

  DeleteChannelModerator: operation({
    http: 'DELETE /channels/{channelArn}/moderators/{channelModeratorArn} 204',
    action: 'chime:DeleteChannelModerator',
    resource: bearerAndChannel,
    input: structure(onModerator),
    errors: [],
    async handle({ input, scope, write }) {
      await write(async ({ query }) => {
        const { channel } = await requireAccess(query, scope, 'DeleteChannelModerator', input);
        const found = await findAppointment(query, 'chime_moderator', scope, channel, input.ChannelModeratorArn);
        if (found) await dismiss(query, 'chime_moderator', channel, found.identity);
      });
    },
  }),
};

async function isBanned(query: Query, channel: ChannelFacts, { pk }: IdentityFacts): Promise<boolean> {
  const rows = await query<{ identity_pk: number }>(
    'SELECT identity_pk FROM chime_ban WHERE channel_pk = ? AND identity_pk = ?',
    channel.pk,
    pk,
  );
  return rows.length > 0;
}

async function count(query: Query, channel: ChannelFacts): Promise<number> {
  const [row] = await query<{ count: number }>(
    'SELECT count(*) AS count FROM chime_moderator WHERE channel_pk = ?',
    channel.pk,
  );
  return row?.count ?? 0;
}
