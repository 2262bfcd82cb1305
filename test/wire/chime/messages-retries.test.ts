/** A request that comes again with its token is not done again (spec/chime-messaging 3.1). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../../src/engine/clock.ts';
import { refused } from '../support/expect.ts';
import { temporaryDirectory } from '../support/server.ts';
import { message } from './support/message.ts';
import { chimeClients, openChimeVenue } from './support/venue.ts';

const HOUR_MS = 3_600_000;

/** A channel of Alice and Bob, and a way to send the same message again. */
async function openRoom(...options: Parameters<typeof openChimeVenue>) {
  const venue = await openChimeVenue(...options);
  const alice = await venue.user('alice');
  const bob = await venue.user('bob');
  const room = await venue.channel(alice, { MemberArns: [bob] });
  const request = message(room, alice, { ClientRequestToken: crypto.randomUUID(), Content: 'once' });
  return { venue, alice, bob, room, request };
}

test('the same request gives the first id, and is heard once', async () => {
  const { venue, alice, bob, room, request } = await openRoom();
  await using _ = venue;
  const listener = await venue.connect(bob);
  const answers = await Promise.all([1, 2, 3].map(() => venue.messaging.sendChannelMessage(request)));
  assert.equal(new Set(answers.map(({ MessageId }) => MessageId)).size, 1);
  await venue.say(room, alice, 'after');
  await listener.hear('CREATE_CHANNEL_MESSAGE', ({ payload }) => payload.Content === 'after');
  assert.deepEqual(
    listener.heard.flatMap(({ payload }) => payload?.Content ?? []),
    ['once', 'after'],
  );
  const { ChannelMessages } = await venue.messaging.listChannelMessages({ ChannelArn: room, ChimeBearer: bob });
  assert.equal(ChannelMessages?.length, 2);
});

test('another request with its token conflicts', async () => {
  const { venue, request } = await openRoom();
  await using _ = venue;
  await venue.messaging.sendChannelMessage(request);
  for (const other of [
    { Content: 'other' },
    { Metadata: 'other' },
    { Type: 'CONTROL' as const },
    { MessageAttributes: { a: {} } },
    { Target: [{ MemberArn: request.ChimeBearer }] },
  ]) {
    const call = venue.messaging.sendChannelMessage({ ...request, ...other });
    await refused(call, 'ConflictException', { Code: 'Conflict' });
  }
});

test('tokens are distinct by channel and by bearer', async () => {
  const { venue, alice, bob, request } = await openRoom();
  await using _ = venue;
  const other = await venue.channel(alice);
  const answers = await Promise.all(
    [request, { ...request, ChannelArn: other }, { ...request, ChimeBearer: bob }].map((each) =>
      venue.messaging.sendChannelMessage(each),
    ),
  );
  assert.equal(new Set(answers.map(({ MessageId }) => MessageId)).size, 3);
});

test('a request that failed is done when it comes again', async () => {
  const { venue, bob, room, request } = await openRoom();
  await using _ = venue;
  await venue.messaging.deleteChannelMembership({ ChannelArn: room, ChimeBearer: bob, MemberArn: bob });
  const bobs = { ...request, ChimeBearer: bob };
  await refused(venue.messaging.sendChannelMessage(bobs), 'ForbiddenException');
  await venue.messaging.createChannelMembership({
    ChannelArn: room,
    ChimeBearer: request.ChimeBearer,
    MemberArn: bob,
    Type: 'DEFAULT',
  });
  await venue.messaging.sendChannelMessage(bobs);
});

test('a token outlives its message', async () => {
  const { venue, alice, room, request } = await openRoom();
  await using _ = venue;
  await venue.identity.createAppInstanceAdmin({
    AppInstanceArn: venue.appInstanceArn,
    AppInstanceAdminArn: alice,
  });
  const { MessageId } = await venue.messaging.sendChannelMessage(request);
  await venue.messaging.deleteChannelMessage({ ChannelArn: room, ChimeBearer: alice, MessageId });
  assert.equal((await venue.messaging.sendChannelMessage(request)).MessageId, MessageId);
  const { ChannelMessages } = await venue.messaging.listChannelMessages({ ChannelArn: room, ChimeBearer: alice });
  assert.deepEqual(ChannelMessages, []);
});

test('a token outlives a restart of the server', async () => {
  using directory = temporaryDirectory();
  const flags = { 'data-dir': directory.path };
  const { venue, bob, room, request } = await openRoom(flags);
  const { MessageId } = await venue.messaging.sendChannelMessage(request);
  await venue[Symbol.asyncDispose]();

  await using again = await openChimeVenue(flags);
  const listener = await again.connect(bob);
  assert.equal((await again.messaging.sendChannelMessage(request)).MessageId, MessageId);
  await refused(again.messaging.sendChannelMessage({ ...request, Content: 'other' }), 'ConflictException');
  await again.say(room, bob, 'after');
  await listener.hear('CREATE_CHANNEL_MESSAGE');
  assert.deepEqual(
    listener.heard.flatMap(({ payload }) => payload?.Content ?? []),
    ['after'],
  );
});

test('a token is remembered for a day', async () => {
  let offsetMs = 0;
  const { venue, request } = await openRoom({}, { ...systemClock(), now: () => Date.now() + offsetMs });
  await using _ = venue;
  const { MessageId } = await venue.messaging.sendChannelMessage(request);
  const after = async (ms: number) => {
    offsetMs = ms;
    // Its first request is signed with the server's time; by the answer it would correct itself.
    const { messaging } = chimeClients(venue.server.url);
    messaging.config.systemClockOffset = ms;
    return (await messaging.sendChannelMessage(request)).MessageId;
  };
  assert.equal(await after(23 * HOUR_MS), MessageId);
  const second = await after(25 * HOUR_MS);
  assert.notEqual(second, MessageId);
  assert.equal(await after(26 * HOUR_MS), second);
});
