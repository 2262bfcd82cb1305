/** The operations on what members want to be notified of (spec/chime-messaging 3.2). */
import { enumeration, optional, path, string, structure, type TypeOf } from '../../aws/shape.ts';
import type { Query } from '../../storage/database.ts';
import { type Access, bearerAndChannel, ChimeBearer, requireAccess } from '../access.ts';
import { ChimeArn } from '../arns.ts';
import { BadRequest, Conflict } from '../errors.ts';
import { describeIdentity, Identity } from '../identity.ts';
import { operation } from '../operation.ts';
import { parseFilterRule } from './filter-rule.ts';

/** As members set them, and as rows keep them in JSON. */
export const ChannelMembershipPreferences = structure({
  PushNotifications: optional(
    structure({
      AllowNotifications: enumeration('ALL', 'NONE', 'FILTERED'),
      FilterRule: optional(string({ min: 1 })),
    }),
  ),
});

type Preferences = TypeOf<typeof ChannelMembershipPreferences>;

const onMembership = { ChimeBearer, ChannelArn: path('channelArn', ChimeArn), MemberArn: path('memberArn', ChimeArn) };
const output = { ChannelArn: string(), Member: Identity };

export const preferences = {
  PutChannelMembershipPreferences: operation({
    http: 'PUT /channels/{channelArn}/memberships/{memberArn}/preferences 200',
    action: 'chime:PutChannelMembershipPreferences',
    resource: bearerAndChannel,
    input: structure({ ...onMembership, Preferences: ChannelMembershipPreferences }),
    output: structure({ ...output, Preferences: ChannelMembershipPreferences }),
    errors: [Conflict],
    async handle({ input, scope, write }) {
      const { Preferences, ChannelArn } = input;
      requireSense(Preferences);
      const { bearer } = await write(async ({ query }) => {
        const own = input.MemberArn === input.ChimeBearer;
        const access = await requireAccess(query, scope, 'PutChannelMembershipPreferences', input, own);
        await query(
          'UPDATE chime_membership SET preferences = ? WHERE channel_pk = ? AND identity_pk = ?',
          JSON.stringify(Preferences),
          access.channel.pk,
          access.bearer.pk,
        );
        return access;
      });
      return { ChannelArn, Member: describeIdentity(scope, bearer), Preferences };
    },
  }),

  GetChannelMembershipPreferences: operation({
    http: 'GET /channels/{channelArn}/memberships/{memberArn}/preferences 200',
    action: 'chime:GetChannelMembershipPreferences',
    resource: bearerAndChannel,
    input: structure(onMembership),
    output: structure({ ...output, Preferences: optional(ChannelMembershipPreferences) }),
    errors: [],
    /** A member who never set any has none. */
    handle: ({ input, scope, read }) =>
      read(async (_, query) => {
        const own = input.MemberArn === input.ChimeBearer;
        const access = await requireAccess(query, scope, 'GetChannelMembershipPreferences', input, own);
        const kept = await readPreferences(query, access);
        return {
          ChannelArn: input.ChannelArn,
          Member: describeIdentity(scope, access.bearer),
          ...(kept && { Preferences: kept }),
        };
      }),
  }),
};

/** @throws BadRequestException for a filter that is missing or cannot be followed */
function requireSense({ PushNotifications: push }: Preferences): void {
  if (push?.FilterRule !== undefined) parseFilterRule(push.FilterRule);
  else if (push?.AllowNotifications === 'FILTERED') throw BadRequest('FilterRule: FILTERED needs a rule.');
}

async function readPreferences(query: Query, { bearer, channel }: Access): Promise<Preferences | undefined> {
  const [row] = await query<{ preferences: string | null }>(
    'SELECT preferences FROM chime_membership WHERE channel_pk = ? AND identity_pk = ?',
    channel.pk,
    bearer.pk,
  );
  return row?.preferences ? JSON.parse(row.preferences) : undefined;
}
