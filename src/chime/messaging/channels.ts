/** The operations on channels (spec/chime-messaging 3.1). */
import { randomUUID } from 'node:crypto';
import type { Scope } from '../../aws/arn.ts';
import { integer, list, optional, path, query, string, structure, type TypeOf } from '../../aws/shape.ts';
import type { Query, Transaction } from '../../storage/database.ts';
import { type Bearer, bearerAndChannel, ChimeBearer, notPermitted, requireAccess, requireBearer } from '../access.ts';
import { ChannelId, ChimeArn, findAppInstanceId } from '../arns.ts';
import { Conflict, invalidArn, notBuilt, ResourceLimitExceeded } from '../errors.ts';
import { findIdentity, type IdentityFacts } from '../identity.ts';
import { NextToken, paging, readPage } from '../listing.ts';
import { operation } from '../operation.ts';
import { ClientRequestToken, once } from '../requests.ts';
import { Metadata, NonEmptyResourceName } from '../shapes.ts';
import type { ChimeTables } from '../tables.ts';
import { Tags, tagMap, writeTags } from '../tags.ts';
import { epoch } from '../times.ts';
import {
  announceUpdate,
  CHANNEL_SUMMARY,
  Channel,
  ChannelMode,
  ChannelPrivacy,
  ChannelSummary,
  type ChannelSummaryColumns,
  deleteChannel,
  describeChannel,
  ElasticChannelConfiguration,
  ExpirationSettings,
  findChannel,
  summariseChannel,
  VIEWER,
} from './channel.ts';
import { expirationColumns } from './expiration.ts';
import { addMembers, channelArn } from './membership.ts';

const onChannel = { ChimeBearer, ChannelArn: path('channelArn', ChimeArn) };

/** Where a listing of channels stands. */
const Position = structure({ privacy: ChannelPrivacy, pk: integer() });

export const channels = {
  CreateChannel: operation({
    http: 'POST /channels 201',
    action: 'chime:CreateChannel',
    tagAction: 'chime:TagResource',
    resource: ({ input }) => input.ChimeBearer,
    requestTags: ({ Tags }) => tagMap(Tags),
    alsoNeeds: ({ ExpirationSettings }) => (ExpirationSettings ? ['chime:PutChannelExpirationSettings'] : []),
    input: structure({
      ChimeBearer,
      AppInstanceArn: ChimeArn,
      Name: NonEmptyResourceName,
      Mode: optional(ChannelMode),
      Privacy: optional(ChannelPrivacy),
      Metadata,
      ClientRequestToken,
      Tags: optional(Tags),
      ChannelId: optional(ChannelId),
      MemberArns: optional(list(ChimeArn, { min: 1, max: 10 })),
      ModeratorArns: optional(list(ChimeArn, { min: 1, max: 10 })),
      ElasticChannelConfiguration: optional(ElasticChannelConfiguration),
      ExpirationSettings: optional(ExpirationSettings),
    }),
    output: structure({ ChannelArn: string() }),
    errors: [Conflict, ResourceLimitExceeded],
    /** Whoever creates it becomes a member and a moderator. */
    async handle({ input, scope, write, clock, quota, publish }) {
      if (input.ElasticChannelConfiguration) notBuilt('Elastic channels')();
      const { ClientRequestToken: token, ...parameters } = input;
      const now = clock.now();
      const tags = writeTags(input.Tags);
      const channel = await write(async (unit) => {
        const { query, onDurable } = unit;
        const creator = await requireBearer(query, scope, input.ChimeBearer);
        const { appInstanceId } = creator;
        if (findAppInstanceId(scope, input.AppInstanceArn) !== appInstanceId) throw invalidArn('app instance');
        const request = { scope: `CreateChannel/${creator.pk}`, token, parameters };
        return once(query, request, now, async () => {
          const members = await requireIdentities(query, scope, creator, input.MemberArns);
          const moderators = await requireIdentities(query, scope, creator, input.ModeratorArns);
          if (moderators.length > quota('moderators-per-channel')) {
            throw ResourceLimitExceeded('The channel would have more moderators than it may have.');
          }
          const id = input.ChannelId ?? randomUUID();
          await takeRoom(query, creator.appInstancePk, quota('channels-per-app-instance'));
          const pk = await insertChannel(unit, creator, id, { ...input, tags, now });
          for (const moderator of moderators) {
            await query(
              'INSERT INTO chime_moderator (channel_pk, identity_pk, created_by, created_at) VALUES (?, ?, ?, ?)',
              pk,
              moderator.pk,
              creator.pk,
              now,
            );
          }
          const memberships = members.map((member) => ({
            member,
            invitedBy: creator,
            type: 'DEFAULT' as const,
            createdAt: now,
            updatedAt: now,
          }));
          await addMembers({ query, onDurable }, { scope, quota, publish }, { pk, appInstanceId, id }, memberships);
          return { appInstanceId, id };
        });
      });
      return { ChannelArn: channelArn(scope, channel) };
    },
  }),

  DescribeChannel: operation({
    http: 'GET /channels/{channelArn} 200',
    action: 'chime:DescribeChannel',
    resource: bearerAndChannel,
    input: structure(onChannel),
    output: structure({ Channel }),
    errors: [],
    handle: ({ input, scope, read }) =>
      read(async (_sql, query) => {
        const { bearer, channel } = await requireAccess(query, scope, 'DescribeChannel', input);
        const found = await findChannel(query, channel.pk, bearer.pk);
        if (!found) throw notPermitted();
        return { Channel: describeChannel(scope, found, epoch) };
      }),
  }),

  UpdateChannel: operation({
    http: 'PUT /channels/{channelArn} 200',
    action: 'chime:UpdateChannel',
    resource: bearerAndChannel,
    input: structure({
      ...onChannel,
      Name: optional(NonEmptyResourceName),
      Mode: optional(ChannelMode),
      Metadata,
    }),
    output: structure({ ChannelArn: string() }),
    errors: [Conflict],
    /** What is not given stays as it is. */
    async handle({ input, scope, write, clock, publish }) {
      await write(async (unit) => {
        const { channel } = await requireAccess(unit.query, scope, 'UpdateChannel', input);
        await unit.query(
          `UPDATE chime_channel SET name = coalesce(?, name), mode = coalesce(?, mode),
             metadata = coalesce(?, metadata), updated_at = ? WHERE pk = ?`,
          input.Name ?? null,
          input.Mode ?? null,
          input.Metadata ?? null,
          clock.now(),
          channel.pk,
        );
        await announceUpdate(unit, { scope, publish }, channel.pk);
      });
      return { ChannelArn: input.ChannelArn };
    },
  }),

  DeleteChannel: operation({
    http: 'DELETE /channels/{channelArn} 204',
    action: 'chime:DeleteChannel',
    resource: bearerAndChannel,
    input: structure(onChannel),
    errors: [Conflict],
    handle: ({ input, scope, write, publish, removeSoon }) =>
      write(async (unit) => {
        const { channel } = await requireAccess(unit.query, scope, 'DeleteChannel', input);
        await deleteChannel(unit, { scope, publish, removeSoon }, channel.pk);
      }),
  }),

  ListChannels: operation({
    http: 'GET /channels 200',
    action: 'chime:ListChannels',
    resource: ({ input }) => input.ChimeBearer,
    input: structure({
      ChimeBearer,
      AppInstanceArn: query('app-instance-arn', ChimeArn),
      Privacy: optional(query('privacy', ChannelPrivacy)),
      ...paging,
    }),
    output: structure({ Channels: list(ChannelSummary), NextToken }),
    errors: [],
    /** Admins see all channels, everybody else those that are public. */
    handle: ({ input, scope, read, pages }) =>
      read(async (_sql, query) => {
        const bearer = await requireBearer(query, scope, input.ChimeBearer);
        const { appInstanceId } = bearer;
        if (findAppInstanceId(scope, input.AppInstanceArn) !== appInstanceId) throw invalidArn('app instance');
        if (input.Privacy === 'PRIVATE' && !bearer.admin) throw notPermitted();
        const both = bearer.admin && input.Privacy === undefined;
        const privacies = both ? (['PRIVATE', 'PUBLIC'] as const) : [input.Privacy ?? 'PUBLIC'];
        const { items, ...next } = await readPage(
          pages,
          { operation: 'ListChannels', filters: [bearer.pk, privacies] },
          input,
          Position,
          (after, limit) => readListed(query, bearer, privacies, after, limit),
          ({ privacy, pk }) => ({ privacy, pk }),
        );
        return { Channels: items.map((row) => summariseChannel(scope, appInstanceId, row, epoch)), ...next };
      }),
  }),
};

interface ListedColumns extends ChannelSummaryColumns {
  readonly pk: number;
}

/** The next channels of each privacy in turn: SQLite finds the start of a page by its index only where that is given. */
async function readListed(
  query: Query,
  bearer: Bearer,
  privacies: readonly ('PRIVATE' | 'PUBLIC')[],
  after: TypeOf<typeof Position> | undefined,
  limit: number,
): Promise<ListedColumns[]> {
  const listed: ListedColumns[] = [];
  for (const privacy of privacies.slice(after && privacies.indexOf(after.privacy))) {
    const rows = await query<ListedColumns>(
      `SELECT c.pk, ${CHANNEL_SUMMARY} FROM chime_channel c ${VIEWER}
       WHERE c.app_instance_pk = ? AND c.privacy = ? AND c.pk > ? ORDER BY c.pk LIMIT ?`,
      bearer.pk,
      bearer.appInstancePk,
      privacy,
      after?.privacy === privacy ? after.pk : 0,
      limit - listed.length,
    );
    listed.push(...rows);
  }
  return listed;
}

/** The creator and those named, each once. @throws ForbiddenException for an ARN that is nobody in its app instance */
async function requireIdentities(
  query: Query,
  scope: Scope,
  creator: Bearer,
  arns: readonly string[] = [],
): Promise<IdentityFacts[]> {
  const found = new Map<number, IdentityFacts>([[creator.pk, creator]]);
  for (const arn of arns) {
    const identity = await findIdentity(query, scope, arn, creator.appInstanceId);
    if (!identity) throw invalidArn('app instance user');
    found.set(identity.pk, identity);
  }
  return [...found.values()];
}

async function takeRoom(query: Query, appInstancePk: number, limit: number): Promise<void> {
  const [row] = await query<{ channels: number }>(
    'UPDATE chime_app_instance SET channels = channels + 1 WHERE pk = ? RETURNING channels',
    appInstancePk,
  );
  if (row && row.channels > limit) throw ResourceLimitExceeded('The app instance has all the channels it may have.');
}

interface ChannelInput {
  readonly Name: string;
  readonly Mode?: 'UNRESTRICTED' | 'RESTRICTED' | undefined;
  readonly Privacy?: 'PUBLIC' | 'PRIVATE' | undefined;
  readonly Metadata?: string | undefined;
  readonly ExpirationSettings?: TypeOf<typeof ExpirationSettings> | undefined;
  readonly tags: string;
  readonly now: number;
}

/** @returns its key @throws ConflictException when the id is taken */
async function insertChannel(
  { sql }: Transaction<ChimeTables>,
  creator: Bearer,
  id: string,
  { now, tags, ExpirationSettings: expiration, ...input }: ChannelInput,
): Promise<number> {
  const row = await sql
    .insertInto('chime_channel')
    .values({
      app_instance_pk: creator.appInstancePk,
      id,
      name: input.Name,
      // The defaults are undocumented: the safe ones (section 10).
      mode: input.Mode ?? 'RESTRICTED',
      privacy: input.Privacy ?? 'PRIVATE',
      metadata: input.Metadata ?? null,
      created_by: creator.pk,
      created_at: now,
      updated_at: now,
      tags,
      position: 0,
      last_message_at: null,
      ...expirationColumns(now, expiration),
    })
    .onConflict((conflict) => conflict.columns(['app_instance_pk', 'id']).doNothing())
    .returning('pk')
    .executeTakeFirst();
  if (!row) throw Conflict(`There is a channel ${id} already.`);
  return row.pk;
}
