/** Read markers (spec/chime-messaging 3.2). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { systemClock } from '../../../src/engine/clock.ts';
import { refused } from '../support/expect.ts';
import { type ChimeVenue, openChimeVenue } from './support/venue.ts';

let venue: ChimeVenue;
let alice: string;
let bob: string;
let clockMs = Date.now();

before(async () => {
  venue = await openChimeVenue({}, { ...systemClock(), now: () => clockMs });
  alice = await venue.user('alice');
  bob = await venue.user('bob');
});
after(() => venue[Symbol.asyncDispose]());

const mark = (ChannelArn: string, ChimeBearer: string) =>
  venue.messaging.updateChannelReadMarker({ ChannelArn, ChimeBearer });

/** When the user read the channel last, and when the last message came. */
async function marks(ChannelArn: string, ChimeBearer: string) {
  const { ChannelMembership } = await venue.messaging.describeChannelMembershipForAppInstanceUser({
    ChannelArn,
    ChimeBearer,
    AppInstanceUserArn: ChimeBearer,
  });
  const { ChannelSummary, AppInstanceUserMembershipSummary } = ChannelMembership ?? {};
  return {
    read: AppInstanceUserMembershipSummary?.ReadMarkerTimestamp?.getTime(),
    last: ChannelSummary?.LastMessageTimestamp?.getTime(),
  };
}

test('UpdateChannelReadMarker sets the marker of the bearer to now', async () => {
  const ChannelArn = await venue.channel(alice, { MemberArns: [bob] });
  const { $metadata, ...reply } = await mark(ChannelArn, bob);
  assert.equal($metadata.httpStatusCode, 200);
  assert.deepEqual(reply, { ChannelArn });
  assert.equal((await marks(ChannelArn, bob)).read, clockMs);
  assert.equal((await marks(ChannelArn, alice)).read, undefined);
  clockMs += 1000;
  await mark(ChannelArn, bob);
  assert.equal((await marks(ChannelArn, bob)).read, clockMs);
});

test('messages sent while the clock ran ahead are read too', async () => {
  const ChannelArn = await venue.channel(alice, { MemberArns: [bob] });
  const now = clockMs;
  clockMs += 60_000;
  await venue.say(ChannelArn, alice, 'from the future');
  clockMs = now;
  await mark(ChannelArn, bob);
  const { read, last } = await marks(ChannelArn, bob);
  assert.equal(last, now + 60_000);
  assert.equal(read, last);
});

test('messages for the member alone count too, those for others do not', async () => {
  const carol = await venue.user('carol');
  const ChannelArn = await venue.channel(alice, { MemberArns: [bob, carol] });
  const now = clockMs;
  clockMs += 60_000;
  await venue.messaging.sendChannelMessage({
    ChannelArn,
    ChimeBearer: alice,
    Content: 'for Bob, from the future',
    Type: 'STANDARD',
    Persistence: 'PERSISTENT',
    Target: [{ MemberArn: bob }],
    ClientRequestToken: 'targeted',
  });
  clockMs = now;
  await mark(ChannelArn, bob);
  await mark(ChannelArn, carol);
  assert.equal((await marks(ChannelArn, bob)).read, now + 60_000);
  assert.equal((await marks(ChannelArn, carol)).read, now);
});

test('hidden members have one', async () => {
  const ChannelArn = await venue.channel(alice);
  const hidden = { ChannelArn, ChimeBearer: alice, MemberArn: bob, Type: 'HIDDEN' } as const;
  await venue.messaging.createChannelMembership(hidden);
  await mark(ChannelArn, bob);
});

test('whoever is no member has none', async () => {
  const ChannelArn = await venue.channel(alice, { Privacy: 'PUBLIC' });
  await refused(mark(ChannelArn, bob), 'ForbiddenException');
  const own = { ChannelArn, ChimeBearer: alice, MemberArn: alice };
  await venue.messaging.deleteChannelMembership(own);
  await refused(mark(ChannelArn, alice), 'ForbiddenException');
});
