/** The operations on channels (spec/chime-messaging 3.1). */
import { randomUUID } from 'node:crypto';
import type { Scope } from '../../aws/arn.ts';
import { list, optional, string, structure } from '../../aws/shape.ts';
import type { Query, Transaction } from '../../storage/database.ts';
import { type Bearer, ChimeBearer, requireBearer } from '../access.ts';
import { ChannelId, ChimeArn, findAppInstanceId } from '../arns.ts';
import { Conflict, invalidArn, ResourceLimitExceeded } from '../errors.ts';
import { findIdentity, type IdentityFacts } from '../identity.ts';
import { operation } from '../operation.ts';
import { ClientRequestToken, once } from '../requests.ts';
import { Metadata, NonEmptyResourceName } from '../shapes.ts';
import type { ChimeTables } from '../tables.ts';
import { Tags, tagMap, writeTags } from '../tags.ts';
import { ChannelMode, ChannelPrivacy, ExpirationSettings } from './channel.ts';
import { addMembers, channelArn } from './membership.ts';

const DAY_MS = 86_400_000;

export const channels = {
  CreateChannel: operation({
    http: 'POST /channels 201',
    action: 'chime:CreateChannel',
    tagAction: 'chime:TagResource',
    resource: ({ input }) => input.ChimeBearer,
    requestTags: ({ Tags }) => tagMap(Tags),
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
      ExpirationSettings: optional(ExpirationSettings),
    }),
    output: structure({ ChannelArn: string() }),
    errors: [Conflict, ResourceLimitExceeded],
    /** Whoever creates it becomes a member and a moderator. */
    async handle({ input, scope, write, clock, quota, publish }) {
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
};

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
  readonly ExpirationSettings?:
    | {
        readonly ExpirationDays: number;
        readonly ExpirationCriterion: 'CREATED_TIMESTAMP' | 'LAST_MESSAGE_TIMESTAMP';
      }
    | undefined;
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
      expiration_days: expiration?.ExpirationDays ?? null,
      expiration_criterion: expiration?.ExpirationCriterion ?? null,
      expires_at: expiration ? now + expiration.ExpirationDays * DAY_MS : null,
    })
    .onConflict((conflict) => conflict.columns(['app_instance_pk', 'id']).doNothing())
    .returning('pk')
    .executeTakeFirst();
  if (!row) throw Conflict(`There is a channel ${id} already.`);
  return row.pk;
}
