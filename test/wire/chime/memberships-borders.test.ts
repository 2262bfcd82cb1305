/** No operation on those whom a channel lists reaches beyond the bearer's app instance (spec/chime-messaging 4.1, 5.1). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { answerTo, CHANNEL_CALLS, type ChannelCall, channelCalls } from './support/channel-calls.ts';
import { type ChimeVenue, openChimeVenue } from './support/venue.ts';

let venue: ChimeVenue;
/** Two app instances with the same names in them; Alice moderates the channel, Bob is its member. */
let here: Place;
let there: Place;

interface Place {
  readonly alice: string;
  readonly bob: string;
  readonly channel: string;
}

before(async () => {
  venue = await openChimeVenue();
  here = await furnish(venue.appInstanceArn);
  const other = await venue.identity.createAppInstance({ Name: 'other', ClientRequestToken: 'other' });
  there = await furnish(other.AppInstanceArn ?? '');
});
after(() => venue[Symbol.asyncDispose]());

async function furnish(AppInstanceArn: string): Promise<Place> {
  const user = async (id: string) => {
    const { AppInstanceUserArn = '' } = await venue.identity.createAppInstanceUser({
      AppInstanceArn,
      AppInstanceUserId: id,
      Name: id,
      ClientRequestToken: `${id}-token`,
    });
    return AppInstanceUserArn;
  };
  const [alice, bob] = [await user('alice'), await user('bob')];
  const channel = await venue.channel(alice, {
    AppInstanceArn,
    ChannelId: 'general',
    Privacy: 'PUBLIC',
    Mode: 'UNRESTRICTED',
    MemberArns: [bob],
  });
  return { alice, bob, channel };
}

async function answers(bearer: string, channel: string, target = here.bob) {
  const each = async (operation: ChannelCall) =>
    [operation, await answerTo(channelCalls[operation](venue.messaging, { bearer, channel, target }))] as const;
  return Object.fromEntries(await Promise.all(CHANNEL_CALLS.map(each)));
}

const all = (answer: string) => Object.fromEntries(CHANNEL_CALLS.map((operation) => [operation, answer]));

describe('every operation', () => {
  test('denies a channel that does not exist, or not here', async () => {
    for (const channel of [
      `${here.channel}x`,
      here.alice,
      venue.appInstanceArn,
      here.channel.replace('us-east-1', 'eu-central-1'),
      here.channel.toUpperCase().replace('ARN:AWS:CHIME:US-EAST-1', 'arn:aws:chime:us-east-1'),
    ]) {
      assert.deepEqual(await answers(here.alice, channel), all('ForbiddenException'), channel);
    }
  });

  test('denies a channel of another account before it is looked for', async () => {
    const channel = here.channel.replace(/:\d{12}:/, ':999999999999:');
    assert.deepEqual(await answers(here.alice, channel), all('AccessDeniedException'));
  });

  test('denies a channel of another app instance alike, public or not', async () => {
    assert.deepEqual(await answers(here.alice, there.channel), all('ForbiddenException'));
    assert.deepEqual(await answers(here.alice, there.channel, there.bob), all('ForbiddenException'));
  });

  test('knows no bearer that does not exist', async () => {
    for (const bearer of [`${here.alice}x`, here.alice.replace('/user/', '/bot/'), here.channel]) {
      assert.deepEqual(await answers(bearer, here.channel), all('UnauthorizedClientException'), bearer);
    }
  });

  test('knows no bearer that was deleted', async () => {
    const eve = await venue.user('eve');
    await venue.messaging.createChannelModerator({
      ChannelArn: here.channel,
      ChimeBearer: here.alice,
      ChannelModeratorArn: eve,
    });
    await venue.identity.deleteAppInstanceUser({ AppInstanceUserArn: eve });
    assert.deepEqual(await answers(eve, here.channel), all('UnauthorizedClientException'));
  });

  test('refuses what is no ARN', async () => {
    assert.deepEqual(await answers('alice', here.channel), all('BadRequestException'));
    assert.deepEqual(await answers(here.alice, 'general'), all('BadRequestException'));
  });
});

test('somebody of another app instance is nobody, whatever the name', async () => {
  const { ListChannelMemberships, ListChannelModerators, ListChannelBans, UpdateChannelReadMarker, ...about } =
    await answers(here.alice, here.channel, there.bob);
  assert.deepEqual(
    [ListChannelMemberships, ListChannelModerators, ListChannelBans, UpdateChannelReadMarker],
    [undefined, undefined, undefined, undefined],
  );
  assert.deepEqual(about, {
    CreateChannelMembership: 'NotFoundException',
    // Which says so of the one member.
    BatchCreateChannelMembership: undefined,
    DescribeChannelMembership: 'NotFoundException',
    DeleteChannelMembership: undefined,
    CreateChannelModerator: 'ForbiddenException',
    DescribeChannelModerator: 'NotFoundException',
    DeleteChannelModerator: undefined,
    CreateChannelBan: 'ForbiddenException',
    DescribeChannelBan: 'NotFoundException',
    DeleteChannelBan: undefined,
    GetChannelMembershipPreferences: 'ForbiddenException',
    PutChannelMembershipPreferences: 'ForbiddenException',
  });
  for (const { alice, bob, channel } of [here, there]) {
    const on = { ChannelArn: channel, ChimeBearer: alice };
    const { ChannelMemberships = [] } = await venue.messaging.listChannelMemberships(on);
    assert.deepEqual(
      ChannelMemberships.map(({ Member }) => Member?.Arn),
      [alice, bob],
    );
  }
});

test('no moderator and no ban is found or ended by a namesake there', async () => {
  const { messaging } = venue;
  const { alice, bob } = here;
  const on = { ChannelArn: await venue.channel(alice), ChimeBearer: alice };
  await messaging.createChannelBan({ ...on, MemberArn: bob });
  const call = (operation: ChannelCall, target: string) =>
    answerTo(channelCalls[operation](messaging, { bearer: alice, channel: on.ChannelArn, target }));
  assert.equal(await call('DescribeChannelModerator', there.alice), 'NotFoundException');
  assert.equal(await call('DescribeChannelBan', there.bob), 'NotFoundException');
  assert.equal(await call('DeleteChannelModerator', there.alice), undefined);
  assert.equal(await call('DeleteChannelBan', there.bob), undefined);
  assert.equal(await call('DescribeChannelModerator', alice), undefined);
  assert.equal(await call('DescribeChannelBan', bob), undefined);
});

test('an answer about a member there names nobody of here', async () => {
  const { Errors, BatchChannelMemberships } = await venue.messaging.batchCreateChannelMembership({
    ChannelArn: here.channel,
    ChimeBearer: here.alice,
    MemberArns: [there.alice, there.bob],
  });
  assert.deepEqual(BatchChannelMemberships?.Members, []);
  assert.deepEqual(
    Errors?.map(({ MemberArn, ErrorCode }) => [MemberArn, ErrorCode]),
    [
      [there.alice, 'NotFound'],
      [there.bob, 'NotFound'],
    ],
  );
});
