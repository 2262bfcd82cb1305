/** Who may do what with channels, by role (spec/chime-messaging 4.2). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { IAM } from '@aws-sdk/client-iam';
import { refused } from '../support/expect.ts';
import { ROOT_KEY } from '../support/server.ts';
import { type ChimeVenue, chimeClients, openChimeVenue } from './support/venue.ts';

const ROLES = ['admin', 'moderator', 'member', 'hidden', 'nonMember'] as const;
type Role = (typeof ROLES)[number];

let venue: ChimeVenue;
let owner: string;
let people: Record<Role, string>;

before(async () => {
  venue = await openChimeVenue();
  owner = await venue.user('owner');
  const arns = await Promise.all(ROLES.map((role) => venue.user(role)));
  people = Object.fromEntries(ROLES.map((role, i) => [role, arns[i]])) as Record<Role, string>;
  await venue.identity.createAppInstanceAdmin({
    AppInstanceArn: venue.appInstanceArn,
    AppInstanceAdminArn: people.admin,
  });
});
after(() => venue[Symbol.asyncDispose]());

/** A channel with one of each role. */
async function channelOf(Privacy: 'PUBLIC' | 'PRIVATE'): Promise<string> {
  const ChannelArn = await venue.channel(owner, {
    Privacy,
    MemberArns: [people.member],
    ModeratorArns: [people.moderator],
  });
  await venue.messaging.createChannelMembership({
    ChannelArn,
    ChimeBearer: owner,
    MemberArn: people.hidden,
    Type: 'HIDDEN',
  });
  return ChannelArn;
}

type Call = (on: { readonly ChannelArn: string; readonly ChimeBearer: string }) => Promise<unknown>;

/** Who may do it in public and in private channels. */
const CASES: readonly [name: string, call: Call, inPublic: readonly Role[], inPrivate: readonly Role[]][] = [
  ['DescribeChannel', (on) => venue.messaging.describeChannel(on), ROLES, ['admin', 'moderator', 'member', 'hidden']],
  [
    'UpdateChannel',
    (on) => venue.messaging.updateChannel({ ...on, Name: 'new' }),
    ['admin', 'moderator'],
    ['admin', 'moderator'],
  ],
  [
    'PutChannelExpirationSettings',
    (on) => venue.messaging.putChannelExpirationSettings(on),
    ['admin', 'moderator'],
    ['admin', 'moderator'],
  ],
  ['DeleteChannel', (on) => venue.messaging.deleteChannel(on), ['admin', 'moderator'], ['admin', 'moderator']],
  [
    'DescribeChannelMembershipForAppInstanceUser, of oneself',
    (on) => venue.messaging.describeChannelMembershipForAppInstanceUser({ ...on, AppInstanceUserArn: on.ChimeBearer }),
    ['member', 'hidden'],
    ['member', 'hidden'],
  ],
  [
    'DescribeChannelMembershipForAppInstanceUser, of another',
    (on) => venue.messaging.describeChannelMembershipForAppInstanceUser({ ...on, AppInstanceUserArn: owner }),
    ['admin'],
    ['admin'],
  ],
  [
    'DescribeChannelModeratedByAppInstanceUser, of oneself',
    (on) => venue.messaging.describeChannelModeratedByAppInstanceUser({ ...on, AppInstanceUserArn: on.ChimeBearer }),
    ['moderator'],
    ['moderator'],
  ],
  [
    'DescribeChannelModeratedByAppInstanceUser, of another',
    (on) => venue.messaging.describeChannelModeratedByAppInstanceUser({ ...on, AppInstanceUserArn: owner }),
    ['admin'],
    ['admin'],
  ],
];

for (const [name, call, inPublic, inPrivate] of CASES) {
  describe(name, () => {
    for (const [privacy, allowed] of [
      ['PUBLIC', inPublic],
      ['PRIVATE', inPrivate],
    ] as const) {
      for (const role of ROLES) {
        const may = allowed.includes(role);
        test(`${may ? 'is for' : 'is not for'} ${role} of a ${privacy.toLowerCase()} channel`, async () => {
          const on = { ChannelArn: await channelOf(privacy), ChimeBearer: people[role] };
          if (may) await call(on);
          else await refused(call(on), 'ForbiddenException', { Code: 'Forbidden' });
        });
      }
    }

    test('tells a channel that is nowhere and one of another app instance as one that is forbidden', async () => {
      const { AppInstanceArn = '' } = await venue.identity.createAppInstance({
        Name: 'other',
        ClientRequestToken: 'other',
      });
      for (const ChannelArn of [`${venue.appInstanceArn}/channel/nowhere`, `${AppInstanceArn}/channel/nowhere`]) {
        await refused(call({ ChannelArn, ChimeBearer: people.admin }), 'ForbiddenException', {
          message: 'The bearer is not authorized to do this, or the channel does not exist.',
        });
      }
    });

    test('refuses a bearer that is nobody', async () => {
      const on = { ChannelArn: await channelOf('PUBLIC'), ChimeBearer: `${venue.appInstanceArn}/user/nobody` };
      await refused(call(on), 'UnauthorizedClientException', { Code: 'Unauthorized' });
    });
  });
}

const OF_USER = {
  ListChannelMembershipsForAppInstanceUser: (ChimeBearer: string, AppInstanceUserArn?: string) =>
    venue.messaging.listChannelMembershipsForAppInstanceUser({ ChimeBearer, AppInstanceUserArn }),
  ListChannelsModeratedByAppInstanceUser: (ChimeBearer: string, AppInstanceUserArn?: string) =>
    venue.messaging.listChannelsModeratedByAppInstanceUser({ ChimeBearer, AppInstanceUserArn }),
};

for (const [name, call] of Object.entries(OF_USER)) {
  test(`${name} is for everybody about oneself, and for admins about anybody`, async () => {
    await call(people.nonMember);
    await call(people.nonMember, people.nonMember);
    await call(people.admin, owner);
    await refused(call(people.moderator, owner), 'ForbiddenException');
    await refused(call(people.moderator, `${venue.appInstanceArn}/user/nobody`), 'ForbiddenException');
    await refused(call(people.admin, `${venue.appInstanceArn}/user/nobody`), 'ForbiddenException', {
      message: 'An invalid app instance user ARN was supplied for the input parameter.',
    });
    await refused(call(`${venue.appInstanceArn}/user/nobody`), 'UnauthorizedClientException');
  });
}

test('a policy decides on the bearer and the channel, and on expiration besides', async () => {
  const iam = new IAM({ endpoint: venue.server.url, region: 'us-east-1', credentials: ROOT_KEY });
  await iam.createUser({ UserName: 'app' });
  const { AccessKey } = await iam.createAccessKey({ UserName: 'app' });
  const allow = (...Action: string[]) =>
    iam.putUserPolicy({
      UserName: 'app',
      PolicyName: 'channels',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action, Resource: [owner, `${venue.appInstanceArn}/channel/*`] }],
      }),
    });
  const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {};
  const { identity, messaging } = chimeClients(venue.server.url, { accessKeyId, secretAccessKey });
  const create = (ChimeBearer: string, wishes = {}) =>
    messaging.createChannel({
      AppInstanceArn: venue.appInstanceArn,
      ChimeBearer,
      Name: 'channel',
      ClientRequestToken: crypto.randomUUID(),
      ...wishes,
    });
  const expiring = {
    ExpirationSettings: { ExpirationDays: 1, ExpirationCriterion: 'CREATED_TIMESTAMP' as const },
  };
  await allow('chime:CreateChannel', 'chime:DescribeChannel');
  const { ChannelArn } = await create(owner);
  await messaging.describeChannel({ ChannelArn, ChimeBearer: owner });
  await refused(create(people.admin), 'AccessDeniedException');
  await refused(create(owner, expiring), 'AccessDeniedException');
  await refused(messaging.describeChannel({ ChannelArn, ChimeBearer: people.admin }), 'AccessDeniedException');
  await refused(messaging.deleteChannel({ ChannelArn, ChimeBearer: owner }), 'AccessDeniedException');
  await allow('chime:CreateChannel', 'chime:PutChannelExpirationSettings');
  assert.ok((await create(owner, expiring)).ChannelArn);
  for (const client of [iam, identity, messaging]) client.destroy();
});
