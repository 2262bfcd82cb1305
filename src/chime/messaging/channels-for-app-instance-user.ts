/** The operations on the channels that a user or bot is a member or moderator of (spec/chime-messaging 3.1, 3.2). */
import type { Scope } from '../../aws/arn.ts';
import { epochSeconds, integer, list, optional, path, query, string, structure } from '../../aws/shape.ts';
import type { Query } from '../../storage/database.ts';
import {
  type Bearer,
  bearerAndChannel,
  ChimeBearer,
  notPermitted,
  type OnChannel,
  requireAccess,
  requireBearer,
} from '../access.ts';
import { ChimeArn } from '../arns.ts';
import { invalidArn } from '../errors.ts';
import { findIdentity, type IdentityFacts } from '../identity.ts';
import { NextToken, paging, readPage } from '../listing.ts';
import { operation } from '../operation.ts';
import type { ChannelOperation } from '../roles.ts';
import type { MembershipRow } from '../tables.ts';
import { epoch } from '../times.ts';
import { CHANNEL_SUMMARY, ChannelSummary, type ChannelSummaryColumns, summariseChannel, VIEWER } from './channel.ts';
import { MembershipType } from './membership.ts';

const ofUser = { ChimeBearer, AppInstanceUserArn: optional(query('app-instance-user-arn', ChimeArn)), ...paging };
const ofUserOnChannel = {
  ChimeBearer,
  ChannelArn: path('channelArn', ChimeArn),
  AppInstanceUserArn: query('app-instance-user-arn', ChimeArn),
};

const ModeratedChannel = structure({ ChannelSummary });

const ChannelOfMember = structure({
  ChannelSummary,
  AppInstanceUserMembershipSummary: structure({
    Type: MembershipType,
    ReadMarkerTimestamp: optional(epochSeconds()),
    SubChannelId: optional(string()),
  }),
});

/** Listings are in the order in which the channels were created. */
const Position = integer();

export const channelsForAppInstanceUser = {
  ListChannelMembershipsForAppInstanceUser: operation({
    http: 'GET /channels?scope=app-instance-user-memberships 200',
    action: 'chime:ListChannelMembershipsForAppInstanceUser',
    resource: ({ input }) => input.ChimeBearer,
    input: structure(ofUser),
    output: structure({ ChannelMemberships: list(ChannelOfMember), NextToken }),
    errors: [],
    handle: ({ input, scope, read, pages }) =>
      read(async (_sql, query) => {
        const { bearer, user } = await requireUser(query, scope, input);
        const { items, ...next } = await readPage(
          pages,
          { operation: 'ListChannelMembershipsForAppInstanceUser', filters: [bearer.pk, user.pk] },
          input,
          Position,
          (after = 0, limit) => readMemberships(query, bearer, user, after, limit),
          ({ channel_pk }) => channel_pk,
        );
        return { ChannelMemberships: items.map((row) => describeOfMember(scope, bearer, row)), ...next };
      }),
  }),

  DescribeChannelMembershipForAppInstanceUser: operation({
    http: 'GET /channels/{channelArn}?scope=app-instance-user-membership 200',
    action: 'chime:DescribeChannelMembershipForAppInstanceUser',
    resource: bearerAndChannel,
    input: structure(ofUserOnChannel),
    output: structure({ ChannelMembership: ChannelOfMember }),
    errors: [],
    handle: ({ input, scope, read }) =>
      read(async (_sql, query) => {
        const { bearer, user, channelPk } = await requireUserOnChannel(
          query,
          scope,
          'DescribeChannelMembershipForAppInstanceUser',
          input,
        );
        const [row] = await readMemberships(query, bearer, user, channelPk - 1, 1);
        if (row?.channel_pk !== channelPk) throw notPermitted();
        return { ChannelMembership: describeOfMember(scope, bearer, row) };
      }),
  }),

  ListChannelsModeratedByAppInstanceUser: operation({
    http: 'GET /channels?scope=app-instance-user-moderated-channels 200',
    action: 'chime:ListChannelsModeratedByAppInstanceUser',
    resource: ({ input }) => input.ChimeBearer,
    input: structure(ofUser),
    output: structure({ Channels: list(ModeratedChannel), NextToken }),
    errors: [],
    /** Those that it was made a moderator of: what admins may do everywhere is not listed. */
    handle: ({ input, scope, read, pages }) =>
      read(async (_sql, query) => {
        const { bearer, user } = await requireUser(query, scope, input);
        const { items, ...next } = await readPage(
          pages,
          { operation: 'ListChannelsModeratedByAppInstanceUser', filters: [bearer.pk, user.pk] },
          input,
          Position,
          (after = 0, limit) => readModerated(query, bearer, user, after, limit),
          ({ channel_pk }) => channel_pk,
        );
        return { Channels: items.map((row) => describeModerated(scope, bearer, row)), ...next };
      }),
  }),

  DescribeChannelModeratedByAppInstanceUser: operation({
    http: 'GET /channels/{channelArn}?scope=app-instance-user-moderated-channel 200',
    action: 'chime:DescribeChannelModeratedByAppInstanceUser',
    resource: bearerAndChannel,
    input: structure(ofUserOnChannel),
    output: structure({ Channel: ModeratedChannel }),
    errors: [],
    handle: ({ input, scope, read }) =>
      read(async (_sql, query) => {
        const { bearer, user, channelPk } = await requireUserOnChannel(
          query,
          scope,
          'DescribeChannelModeratedByAppInstanceUser',
          input,
        );
        const [row] = await readModerated(query, bearer, user, channelPk - 1, 1);
        if (row?.channel_pk !== channelPk) throw notPermitted();
        return { Channel: describeModerated(scope, bearer, row) };
      }),
  }),
};

/**
 * Whom a listing is about: the bearer, or for an admin anybody in its app instance (4.2).
 * @throws ForbiddenException for another one that the bearer may not ask for, or that is nobody
 */
async function requireUser(
  query: Query,
  scope: Scope,
  input: { readonly ChimeBearer: string; readonly AppInstanceUserArn?: string | undefined },
): Promise<{ bearer: Bearer; user: IdentityFacts }> {
  const bearer = await requireBearer(query, scope, input.ChimeBearer);
  const { AppInstanceUserArn: arn = input.ChimeBearer } = input;
  if (arn === input.ChimeBearer) return { bearer, user: bearer };
  if (!bearer.admin) throw notPermitted();
  const user = await findIdentity(query, scope, arn, bearer.appInstanceId);
  if (!user) throw invalidArn('app instance user');
  return { bearer, user };
}

async function requireUserOnChannel(
  query: Query,
  scope: Scope,
  operation: ChannelOperation,
  input: OnChannel & { readonly AppInstanceUserArn: string },
): Promise<{ bearer: Bearer; user: IdentityFacts; channelPk: number }> {
  const own = input.AppInstanceUserArn === input.ChimeBearer;
  const { channel } = await requireAccess(query, scope, operation, input, own);
  return { ...(await requireUser(query, scope, input)), channelPk: channel.pk };
}

interface ModeratedColumns extends ChannelSummaryColumns {
  readonly channel_pk: number;
}

interface MembershipColumns extends ModeratedColumns {
  readonly type: MembershipRow['type'];
  readonly read_marker_at: number | null;
}

function readMemberships(query: Query, bearer: Bearer, user: IdentityFacts, afterPk: number, limit: number) {
  return query<MembershipColumns>(
    `SELECT m.channel_pk, m.type, m.read_marker_at, ${CHANNEL_SUMMARY}
     FROM chime_membership m JOIN chime_channel c ON c.pk = m.channel_pk ${VIEWER}
     WHERE m.identity_pk = ? AND m.channel_pk > ? ORDER BY m.channel_pk LIMIT ?`,
    bearer.pk,
    user.pk,
    afterPk,
    limit,
  );
}

function readModerated(query: Query, bearer: Bearer, user: IdentityFacts, afterPk: number, limit: number) {
  return query<ModeratedColumns>(
    `SELECT o.channel_pk, ${CHANNEL_SUMMARY}
     FROM chime_moderator o JOIN chime_channel c ON c.pk = o.channel_pk ${VIEWER}
     WHERE o.identity_pk = ? AND o.channel_pk > ? ORDER BY o.channel_pk LIMIT ?`,
    bearer.pk,
    user.pk,
    afterPk,
    limit,
  );
}

function describeOfMember(scope: Scope, { appInstanceId }: Bearer, row: MembershipColumns) {
  return {
    ChannelSummary: summariseChannel(scope, appInstanceId, row, epoch),
    AppInstanceUserMembershipSummary: {
      Type: row.type,
      ...(row.read_marker_at !== null && { ReadMarkerTimestamp: epoch(row.read_marker_at) }),
    },
  };
}

function describeModerated(scope: Scope, { appInstanceId }: Bearer, row: ModeratedColumns) {
  return { ChannelSummary: summariseChannel(scope, appInstanceId, row, epoch) };
}
