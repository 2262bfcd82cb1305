/** Listings of channels (spec/chime-messaging 3.1, 3.2). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { refused } from '../support/expect.ts';
import { type ChimeVenue, openChimeVenue } from './support/venue.ts';

let venue: ChimeVenue;
let admin: string;
let alice: string;
let bob: string;
/** By name, in the order of their creation. */
const channels = new Map<string, string>();

before(async () => {
  venue = await openChimeVenue();
  const { appInstanceArn: AppInstanceArn, identity } = venue;
  [admin, alice, bob] = [await venue.user('admin'), await venue.user('alice'), await venue.user('bob')];
  await identity.createAppInstanceAdmin({ AppInstanceArn, AppInstanceAdminArn: admin });
  for (const [Name, Privacy] of [
    ['open 1', 'PUBLIC'],
    ['closed 1', 'PRIVATE'],
    ['open 2', 'PUBLIC'],
    ['closed 2', 'PRIVATE'],
    ['open 3', 'PUBLIC'],
  ] as const) {
    channels.set(Name, await venue.channel(alice, { Name, Privacy, Metadata: `m ${Name}` }));
  }
});
after(() => venue[Symbol.asyncDispose]());

const channel = (name: string) => channels.get(name) ?? '';

describe('ListChannels', () => {
  async function list(ChimeBearer: string, Privacy?: 'PUBLIC' | 'PRIVATE', MaxResults?: number) {
    const names: (string | undefined)[] = [];
    let NextToken: string | undefined;
    do {
      const reply = await venue.messaging.listChannels({
        AppInstanceArn: venue.appInstanceArn,
        ChimeBearer,
        Privacy,
        MaxResults,
        NextToken,
      });
      names.push(...(reply.Channels ?? []).map(({ Name }) => Name));
      NextToken = reply.NextToken;
    } while (NextToken !== undefined);
    return names;
  }

  test('shows what is public', async () => {
    const on = { AppInstanceArn: venue.appInstanceArn, ChimeBearer: bob };
    const { $metadata, Channels = [], ...rest } = await venue.messaging.listChannels(on);
    assert.equal($metadata.httpStatusCode, 200);
    assert.deepEqual(rest, {});
    assert.deepEqual(Channels[0], {
      ChannelArn: channel('open 1'),
      Name: 'open 1',
      Mode: 'RESTRICTED',
      Privacy: 'PUBLIC',
      Metadata: 'm open 1',
    });
    assert.deepEqual(await list(bob), ['open 1', 'open 2', 'open 3']);
    assert.deepEqual(await list(alice, 'PUBLIC'), ['open 1', 'open 2', 'open 3']);
  });

  test('shows what is private to admins alone', async () => {
    assert.deepEqual(await list(admin, 'PRIVATE'), ['closed 1', 'closed 2']);
    assert.deepEqual(await list(admin, 'PUBLIC'), ['open 1', 'open 2', 'open 3']);
    assert.deepEqual(await list(admin), ['closed 1', 'closed 2', 'open 1', 'open 2', 'open 3']);
    await refused(list(alice, 'PRIVATE'), 'ForbiddenException');
  });

  for (const size of [1, 2, 3, 5]) {
    test(`comes in pages of ${size}`, async () => {
      assert.deepEqual(await list(bob, undefined, size), ['open 1', 'open 2', 'open 3']);
      assert.deepEqual(await list(admin, undefined, size), ['closed 1', 'closed 2', 'open 1', 'open 2', 'open 3']);
      assert.deepEqual(await list(admin, 'PRIVATE', size), ['closed 1', 'closed 2']);
    });
  }

  test('takes a token only with the filters it was given for', async () => {
    const on = { AppInstanceArn: venue.appInstanceArn, ChimeBearer: bob, MaxResults: 1 };
    const { NextToken } = await venue.messaging.listChannels(on);
    await refused(venue.messaging.listChannels({ ...on, ChimeBearer: alice, NextToken }), 'BadRequestException');
    await refused(venue.messaging.listChannels({ ...on, NextToken: 'foreign' }), 'BadRequestException');
    await refused(venue.messaging.listChannels({ ...on, MaxResults: 51 }), 'BadRequestException');
  });

  test('refuses another app instance, and a bearer that is nobody', async () => {
    const { AppInstanceArn = '' } = await venue.identity.createAppInstance({ Name: 'b', ClientRequestToken: 'b0' });
    await refused(venue.messaging.listChannels({ AppInstanceArn, ChimeBearer: admin }), 'ForbiddenException');
    const nobody = { AppInstanceArn: venue.appInstanceArn, ChimeBearer: `${bob}by` };
    await refused(venue.messaging.listChannels(nobody), 'UnauthorizedClientException');
  });
});

test('ListChannelMembershipsForAppInstanceUser shows channels as a member has them', async () => {
  const carol = await venue.user('carol');
  const ChannelArn = channel('closed 1');
  await venue.messaging.createChannelMembership({
    ChannelArn,
    ChimeBearer: alice,
    MemberArn: carol,
    Type: 'HIDDEN',
  });
  const later = await venue.channel(carol, { Name: 'later' });
  await venue.say(later, carol, 'hello');
  await venue.messaging.updateChannelReadMarker({ ChannelArn: later, ChimeBearer: carol });
  const { ChannelMemberships = [] } = await venue.messaging.listChannelMembershipsForAppInstanceUser({
    ChimeBearer: carol,
  });
  assert.deepEqual(ChannelMemberships[0], {
    ChannelSummary: { ChannelArn, Name: 'closed 1', Mode: 'RESTRICTED', Privacy: 'PRIVATE', Metadata: 'm closed 1' },
    AppInstanceUserMembershipSummary: { Type: 'HIDDEN' },
  });
  const { ChannelSummary, AppInstanceUserMembershipSummary } = ChannelMemberships[1] ?? {};
  assert.equal(ChannelSummary?.Name, 'later');
  assert.ok(ChannelSummary?.LastMessageTimestamp instanceof Date);
  assert.equal(AppInstanceUserMembershipSummary?.Type, 'DEFAULT');
  assert.ok(AppInstanceUserMembershipSummary?.ReadMarkerTimestamp instanceof Date);

  const one = { ChannelArn: later, ChimeBearer: admin, AppInstanceUserArn: carol };
  const { ChannelMembership } = await venue.messaging.describeChannelMembershipForAppInstanceUser(one);
  assert.deepEqual(ChannelMembership, ChannelMemberships[1]);
});

test('ListChannelsModeratedByAppInstanceUser shows those that somebody was made a moderator of', async () => {
  const dave = await venue.user('dave');
  const ChannelArn = channel('closed 2');
  await venue.messaging.createChannelModerator({ ChannelArn, ChimeBearer: alice, ChannelModeratorArn: dave });
  const expected = {
    ChannelSummary: { ChannelArn, Name: 'closed 2', Mode: 'RESTRICTED', Privacy: 'PRIVATE', Metadata: 'm closed 2' },
  };
  const { Channels } = await venue.messaging.listChannelsModeratedByAppInstanceUser({ ChimeBearer: dave });
  assert.deepEqual(Channels, [expected]);
  const one = { ChannelArn, ChimeBearer: admin, AppInstanceUserArn: dave };
  assert.deepEqual((await venue.messaging.describeChannelModeratedByAppInstanceUser(one)).Channel, expected);
  const none = await venue.messaging.listChannelsModeratedByAppInstanceUser({ ChimeBearer: admin });
  assert.deepEqual(none.Channels, []);
});

test('both come in pages, without channels that were deleted', async () => {
  const erin = await venue.user('erin');
  const created: string[] = [];
  for (const Name of ['1', '2', '3', '4', '5']) created.push(await venue.channel(erin, { Name }));
  await venue.messaging.deleteChannel({ ChannelArn: created[2], ChimeBearer: erin });
  const names: (string | undefined)[] = [];
  const moderated: (string | undefined)[] = [];
  const on = { ChimeBearer: erin, MaxResults: 2 };
  for (let NextToken: string | undefined, first = true; first || NextToken; first = false) {
    const page = await venue.messaging.listChannelMembershipsForAppInstanceUser({ ...on, NextToken });
    names.push(...(page.ChannelMemberships ?? []).map(({ ChannelSummary }) => ChannelSummary?.Name));
    NextToken = page.NextToken;
  }
  for (let NextToken: string | undefined, first = true; first || NextToken; first = false) {
    const page = await venue.messaging.listChannelsModeratedByAppInstanceUser({ ...on, NextToken });
    moderated.push(...(page.Channels ?? []).map(({ ChannelSummary }) => ChannelSummary?.Name));
    NextToken = page.NextToken;
  }
  assert.deepEqual(names, ['1', '2', '4', '5']);
  assert.deepEqual(moderated, names);
});
