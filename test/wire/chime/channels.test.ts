/** Channels: made, described, changed, deleted (spec/chime-messaging 3.1). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { CreateChannelCommandInput } from '@aws-sdk/client-chime-sdk-messaging';
import { refused } from '../support/expect.ts';
import { type ChimeVenue, openChimeVenue } from './support/venue.ts';

let venue: ChimeVenue;
let alice: string;
let bob: string;
let carol: string;

before(async () => {
  venue = await openChimeVenue({ limit: ['channels-per-app-instance=60', 'moderators-per-channel=3'] });
  alice = await venue.user('alice', 'Alice');
  bob = await venue.user('bob', 'Bob');
  carol = await venue.user('carol', 'Carol');
});
after(() => venue[Symbol.asyncDispose]());

const create = (wishes: Partial<CreateChannelCommandInput> = {}, ChimeBearer = alice) =>
  venue.messaging.createChannel({
    AppInstanceArn: venue.appInstanceArn,
    ChimeBearer,
    Name: 'channel',
    ClientRequestToken: crypto.randomUUID(),
    ...wishes,
  });

async function describeOf(ChannelArn: string, ChimeBearer = alice) {
  const { Channel = {} } = await venue.messaging.describeChannel({ ChannelArn, ChimeBearer });
  return Channel;
}

async function bot(): Promise<string> {
  const { AppInstanceBotArn = '' } = await venue.identity.createAppInstanceBot({
    AppInstanceArn: venue.appInstanceArn,
    Name: 'Bot',
    ClientRequestToken: crypto.randomUUID(),
    Configuration: {
      Lex: {
        LexBotAliasArn: 'arn:aws:lex:us-east-1:123456789012:bot-alias/ABCDEFGHIJ/KLMNOPQRST',
        LocaleId: 'en_US',
        InvokedBy: { StandardMessages: 'NONE', TargetedMessages: 'NONE' },
      },
    },
  });
  return AppInstanceBotArn;
}

describe('CreateChannel', () => {
  test('makes a channel that only members see and only moderators add members to', async () => {
    const { $metadata, ChannelArn = '' } = await create({ Name: 'general' });
    assert.equal($metadata.httpStatusCode, 201);
    assert.match(ChannelArn, new RegExp(`^${venue.appInstanceArn}/channel/[0-9a-f-]{36}$`));
    const { CreatedTimestamp, LastUpdatedTimestamp, ...rest } = await describeOf(ChannelArn);
    assert.ok(CreatedTimestamp instanceof Date);
    assert.deepEqual(LastUpdatedTimestamp, CreatedTimestamp);
    const CreatedBy = { Arn: alice, Name: 'Alice' };
    assert.deepEqual(rest, { ChannelArn, Name: 'general', Mode: 'RESTRICTED', Privacy: 'PRIVATE', CreatedBy });
  });

  test('takes all that it is told', async () => {
    const wishes = {
      Name: 'Général 🎉',
      Mode: 'UNRESTRICTED',
      Privacy: 'PUBLIC',
      Metadata: '{"a":\n"line"}',
      ChannelId: 'my:channel@1.x',
      ExpirationSettings: { ExpirationDays: 30, ExpirationCriterion: 'LAST_MESSAGE_TIMESTAMP' },
    } as const;
    const { ChannelArn = '' } = await create({ ...wishes, Tags: [{ Key: 'team', Value: 'blue' }] });
    assert.equal(ChannelArn, `${venue.appInstanceArn}/channel/my:channel@1.x`);
    const { ChannelId: _, ...shown } = wishes;
    assert.partialDeepStrictEqual(await describeOf(ChannelArn), shown);
    const { Tags } = await venue.messaging.listTagsForResource({ ResourceARN: ChannelArn });
    assert.deepEqual(Tags, [{ Key: 'team', Value: 'blue' }]);
  });

  test('whoever makes it is its member and moderator, beside those named', async () => {
    const robot = await bot();
    const ChannelArn = await venue.channel(alice, { MemberArns: [bob, robot, alice], ModeratorArns: [carol, robot] });
    const on = { ChannelArn, ChimeBearer: alice };
    const { ChannelMemberships = [] } = await venue.messaging.listChannelMemberships(on);
    const { ChannelModerators = [] } = await venue.messaging.listChannelModerators(on);
    assert.deepEqual(new Set(ChannelMemberships.map(({ Member }) => Member?.Arn)), new Set([alice, bob, robot]));
    assert.deepEqual(new Set(ChannelModerators.map(({ Moderator }) => Moderator?.Arn)), new Set([alice, carol, robot]));
  });

  test('may be done by a bot', async () => {
    const robot = await bot();
    const ChannelArn = await venue.channel(robot);
    assert.deepEqual((await describeOf(ChannelArn, robot)).CreatedBy, { Arn: robot, Name: 'Bot' });
  });

  test('with the same token gives the same channel, once', async () => {
    const ClientRequestToken = crypto.randomUUID();
    const { ChannelArn } = await create({ ClientRequestToken });
    assert.equal((await create({ ClientRequestToken })).ChannelArn, ChannelArn);
    await refused(create({ ClientRequestToken, Name: 'other' }), 'ConflictException', { Code: 'Conflict' });
    assert.notEqual((await create({ ClientRequestToken }, bob)).ChannelArn, ChannelArn);
  });

  test('refuses an id that is taken', async () => {
    await create({ ChannelId: 'taken' });
    await refused(create({ ChannelId: 'taken' }), 'ConflictException', { Code: 'Conflict' });
  });

  test('refuses members and moderators who are nobody in the app instance', async () => {
    const { AppInstanceArn = '' } = await venue.identity.createAppInstance({
      Name: 'other',
      ClientRequestToken: 'other',
    });
    const { AppInstanceUserArn: stranger = '' } = await venue.identity.createAppInstanceUser({
      AppInstanceArn,
      AppInstanceUserId: 'stranger',
      Name: 'Stranger',
      ClientRequestToken: 'stranger',
    });
    for (const nobody of [stranger, `${alice}x`]) {
      await refused(create({ MemberArns: [nobody] }), 'ForbiddenException', { Code: 'Forbidden' });
      await refused(create({ ModeratorArns: [nobody] }), 'ForbiddenException');
    }
    await refused(create({ AppInstanceArn }), 'ForbiddenException');
    await refused(create({}, `${alice}x`), 'UnauthorizedClientException', {
      message: 'An invalid app instance user ARN was supplied for the x-amz-chime-bearer HTTP header.',
    });
  });

  test('refuses what breaks the limits of the model', async () => {
    const ElasticChannelConfiguration = {
      MaximumSubChannels: 2,
      TargetMembershipsPerSubChannel: 2,
      MinimumMembershipPercentage: 41,
    };
    for (const wishes of [
      { Name: '' },
      { Name: 'x'.repeat(257) },
      { Metadata: 'x'.repeat(1025) },
      { ChannelId: '-x' },
      { ClientRequestToken: 'x' },
      { MemberArns: [] },
      { MemberArns: Array.from({ length: 11 }, () => alice) },
      { Tags: [{ Key: 'aws:x', Value: 'y' }] },
      { ExpirationSettings: { ExpirationDays: 5476, ExpirationCriterion: 'CREATED_TIMESTAMP' } as const },
      { ElasticChannelConfiguration },
    ]) {
      await refused(create(wishes), 'BadRequestException', { Code: 'BadRequest' });
    }
    await refused(create({ ModeratorArns: [bob, carol, await bot()] }), 'ResourceLimitExceededException');
  });

  test('does not make elastic channels yet', async () => {
    const ElasticChannelConfiguration = {
      MaximumSubChannels: 2,
      TargetMembershipsPerSubChannel: 2,
      MinimumMembershipPercentage: 40,
    };
    await refused(create({ ElasticChannelConfiguration }), 'ServiceUnavailableException');
  });

  test('is heard of by all members, as their membership', async () => {
    const [a, b] = [await venue.connect(alice), await venue.connect(bob)];
    const ChannelArn = await venue.channel(alice, { MemberArns: [bob] });
    for (const listener of [a, b]) {
      for (const member of [alice, bob]) {
        const { payload, messageType } = await listener.hear(
          'CREATE_CHANNEL_MEMBERSHIP',
          ({ payload }) => payload.ChannelArn === ChannelArn && payload.Member.Arn === member,
        );
        assert.equal(messageType, 'SYSTEM');
        assert.deepEqual(payload.InvitedBy, { Arn: alice, Name: 'Alice' });
      }
    }
  });
});

test('DescribeChannel shows the display name that its maker has now', async () => {
  const dave = await venue.user('dave', 'Dave');
  const ChannelArn = await venue.channel(dave);
  await venue.identity.updateAppInstanceUser({ AppInstanceUserArn: dave, Name: 'David', Metadata: '' });
  assert.deepEqual((await describeOf(ChannelArn, dave)).CreatedBy, { Arn: dave, Name: 'David' });
});

describe('LastMessageTimestamp', () => {
  const message = { Content: 'hello', Type: 'STANDARD', Persistence: 'PERSISTENT' } as const;

  async function sentAt(ChannelArn: string, MessageId: string | undefined) {
    const on = { ChannelArn, MessageId, ChimeBearer: alice };
    return (await venue.messaging.getChannelMessage(on)).ChannelMessage?.CreatedTimestamp;
  }

  test('is that of the last message that is kept', async () => {
    const ChannelArn = await venue.channel(alice);
    assert.equal((await describeOf(ChannelArn)).LastMessageTimestamp, undefined);
    const MessageId = await venue.say(ChannelArn, alice, 'hello');
    const passing = { ...message, Persistence: 'NON_PERSISTENT', ChannelArn, ChimeBearer: alice } as const;
    await venue.messaging.sendChannelMessage({ ...passing, ClientRequestToken: crypto.randomUUID() });
    assert.deepEqual((await describeOf(ChannelArn)).LastMessageTimestamp, await sentAt(ChannelArn, MessageId));
  });

  test('does not tell of messages that are targeted at others', async () => {
    const ChannelArn = await venue.channel(alice, { MemberArns: [bob, carol] });
    const { MessageId } = await venue.messaging.sendChannelMessage({
      ...message,
      ChannelArn,
      ChimeBearer: alice,
      Target: [{ MemberArn: bob }],
      ClientRequestToken: crypto.randomUUID(),
    });
    const expected = await sentAt(ChannelArn, MessageId);
    assert.deepEqual((await describeOf(ChannelArn, alice)).LastMessageTimestamp, expected);
    assert.deepEqual((await describeOf(ChannelArn, bob)).LastMessageTimestamp, expected);
    assert.equal((await describeOf(ChannelArn, carol)).LastMessageTimestamp, undefined);
  });
});

describe('UpdateChannel', () => {
  test('changes what is given and keeps the rest', async () => {
    const ChannelArn = await venue.channel(alice, { Name: 'old', Metadata: 'kept' });
    const before = await describeOf(ChannelArn);
    const { $metadata, ...reply } = await venue.messaging.updateChannel({
      ChannelArn,
      ChimeBearer: alice,
      Name: 'new',
    });
    assert.equal($metadata.httpStatusCode, 200);
    assert.deepEqual(reply, { ChannelArn });
    const { LastUpdatedTimestamp, ...now } = await describeOf(ChannelArn);
    assert.partialDeepStrictEqual(now, { Name: 'new', Metadata: 'kept', Mode: 'RESTRICTED' });
    assert.ok(Number(LastUpdatedTimestamp) >= Number(before.LastUpdatedTimestamp));
    await venue.messaging.updateChannel({ ChannelArn, ChimeBearer: alice, Mode: 'UNRESTRICTED', Metadata: '' });
    assert.partialDeepStrictEqual(await describeOf(ChannelArn), { Name: 'new', Mode: 'UNRESTRICTED', Metadata: '' });
  });

  test('is heard of by all members, and by nobody else', async () => {
    const ChannelArn = await venue.channel(alice, { MemberArns: [bob], Metadata: 'm' });
    await venue.messaging.createChannelModerator({ ChannelArn, ChimeBearer: alice, ChannelModeratorArn: carol });
    const [b, c] = [await venue.connect(bob), await venue.connect(carol)];
    await venue.messaging.updateChannel({ ChannelArn, ChimeBearer: carol, Name: 'renamed' });
    const { payload, messageType } = await b.hear('UPDATE_CHANNEL');
    assert.equal(messageType, 'SYSTEM');
    const { CreatedTimestamp, LastUpdatedTimestamp, ...rest } = payload;
    const CreatedBy = { Arn: alice, Name: 'Alice' };
    const expected = { Name: 'renamed', ChannelArn, Mode: 'RESTRICTED', Privacy: 'PRIVATE', Metadata: 'm', CreatedBy };
    assert.deepEqual(rest, expected);
    assert.equal(new Date(CreatedTimestamp).toISOString(), CreatedTimestamp);
    assert.equal(new Date(LastUpdatedTimestamp).toISOString(), LastUpdatedTimestamp);
    assert.deepEqual(c.types, []);
  });
});

describe('DeleteChannel', () => {
  test('deletes at once, for good', async () => {
    const ChannelArn = await venue.channel(alice);
    const { $metadata } = await venue.messaging.deleteChannel({ ChannelArn, ChimeBearer: alice });
    assert.equal($metadata.httpStatusCode, 204);
    const on = { ChannelArn, ChimeBearer: alice };
    await refused(venue.messaging.describeChannel(on), 'ForbiddenException');
    await refused(venue.messaging.deleteChannel(on), 'ForbiddenException');
    await refused(venue.messaging.listChannelMessages(on), 'ForbiddenException');
    await refused(venue.say(ChannelArn, alice, 'too late'), 'ForbiddenException');
  });

  test('is heard of by all members as the last thing of the channel', async () => {
    const ChannelArn = await venue.channel(alice, { MemberArns: [bob], ChannelId: 'again', Name: 'first' });
    const [b, c] = [await venue.connect(bob), await venue.connect(carol)];
    await venue.messaging.deleteChannel({ ChannelArn, ChimeBearer: alice });
    const { payload, messageType } = await b.hear('DELETE_CHANNEL');
    assert.equal(messageType, 'SYSTEM');
    assert.partialDeepStrictEqual(payload, { ChannelArn, Name: 'first', CreatedBy: { Arn: alice, Name: 'Alice' } });

    const again = await venue.channel(alice, { MemberArns: [carol], ChannelId: 'again', Name: 'second' });
    assert.equal(again, ChannelArn);
    await venue.say(ChannelArn, alice, 'hello');
    await c.hear('CREATE_CHANNEL_MESSAGE');
    assert.deepEqual(b.types, ['DELETE_CHANNEL']);
    assert.equal(c.types.includes('DELETE_CHANNEL'), false);
  });

  test('leaves nothing to a channel that gets its id', async () => {
    const ChannelArn = await venue.channel(alice, { MemberArns: [bob], ModeratorArns: [bob], ChannelId: 'fresh' });
    await venue.messaging.createChannelBan({ ChannelArn, ChimeBearer: alice, MemberArn: carol });
    await venue.say(ChannelArn, bob, 'old');
    await venue.messaging.deleteChannel({ ChannelArn, ChimeBearer: alice });
    await venue.channel(alice, { ChannelId: 'fresh' });
    const on = { ChannelArn, ChimeBearer: alice };
    assert.deepEqual((await venue.messaging.listChannelMessages(on)).ChannelMessages, []);
    assert.deepEqual((await venue.messaging.listChannelBans(on)).ChannelBans, []);
    assert.equal((await venue.messaging.listChannelModerators(on)).ChannelModerators?.length, 1);
    await refused(venue.messaging.describeChannel({ ChannelArn, ChimeBearer: bob }), 'ForbiddenException');
  });
});

test('an app instance has so many channels and no more', async () => {
  await using small = await openChimeVenue({ limit: ['channels-per-app-instance=1'] });
  const user = await small.user('user');
  const ChannelArn = await small.channel(user);
  await refused(small.channel(user), 'ResourceLimitExceededException', { Code: 'ResourceLimitExceeded' });
  await small.messaging.deleteChannel({ ChannelArn, ChimeBearer: user });
  await small.channel(user);
});
