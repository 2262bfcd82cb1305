/** Rates: beyond them ERROR 429, and the connection stays open (spec/ivs-chat 4). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeleteMessageCommand, DisconnectUserCommand } from '@aws-sdk/client-ivschat';
import { createRoom, SendMessageRequest } from '../support/chat.ts';
import { stoppedClock } from '../support/clock.ts';
import type { Peer } from '../support/peer.ts';
import { openVenue, type Venue } from '../support/venue.ts';

const SEND = { Action: 'SEND_MESSAGE', Content: 'hello' };
const DELETE = { Action: 'DELETE_MESSAGE', Id: 'AAAAbbbb1234' };
const DISCONNECT = { Action: 'DISCONNECT_USER', UserId: 'nobody' };
const FAST_ROOM = { maximumMessageRatePerSecond: 100 };

/** How many of so many requests are not answered with an error. */
async function granted(peer: Peer, request: object | string, times: number): Promise<number> {
  let count = 0;
  for (let time = 0; time < times; time++) {
    const { ErrorCode, ErrorMessage } = await peer.ask(request);
    if (ErrorCode === undefined) count += 1;
    else assert.deepEqual([ErrorCode, ErrorMessage], [429, 'rate limit exceeded']);
  }
  return count;
}

test('a connection has 10 requests a second, whatever they are', async () => {
  const clock = stoppedClock();
  await using venue = await openVenue({ clock, room: FAST_ROOM });
  const alice = await venue.peer('alice');
  for (const request of [SEND, DELETE, DISCONNECT]) assert.equal(await granted(alice, request, 3), 3);
  assert.equal(await granted(alice, SEND, 5), 1);
  clock.advance(100);
  assert.equal(await granted(alice, SEND, 5), 1);
  clock.advance(1000);
  assert.equal(await granted(alice, SEND, 12), 10);
});

test('frames that are no requests count too', async () => {
  await using venue = await openVenue({ clock: stoppedClock() });
  const alice = await venue.peer('alice');
  for (let count = 0; count < 10; count++) assert.equal((await alice.ask('garbage')).ErrorCode, 400);
  assert.equal(await granted(alice, DELETE, 1), 0);
});

test('each connection of a user has its own rate', async () => {
  await using venue = await openVenue({ clock: stoppedClock() });
  const [first, second] = [await venue.peer('alice'), await venue.peer('alice')];
  assert.equal(await granted(first, DELETE, 11), 10);
  await second.take(10);
  assert.equal(await granted(second, DELETE, 11), 10);
});

test('the official client is told of the rate by a rejection, and stays connected', async () => {
  await using venue = await openVenue({ clock: stoppedClock(), room: { maximumMessageRatePerSecond: 1 } });
  const alice = await venue.chatter('alice');
  await alice.room.sendMessage(new SendMessageRequest('one'));
  const refused = { errorCode: 429, errorMessage: 'rate limit exceeded' };
  await assert.rejects(alice.room.sendMessage(new SendMessageRequest('two')), refused);
  assert.deepEqual(alice.disconnects, []);
});

test("a room's rate counts the messages of all its connections", async () => {
  const clock = stoppedClock();
  await using venue = await openVenue({ clock, room: { maximumMessageRatePerSecond: 4 } });
  const [alice, bob] = [await venue.peer('alice'), await venue.peer('bob')];
  assert.equal(await granted(alice, SEND, 3), 3);
  await bob.take(3);
  assert.equal(await granted(bob, SEND, 3), 1);
  clock.advance(250);
  assert.equal(await granted(bob, SEND, 3), 1);
});

test('a refused message reaches nobody', async () => {
  await using venue = await openVenue({ clock: stoppedClock(), room: { maximumMessageRatePerSecond: 1 } });
  const [alice, bob] = [await venue.peer('alice'), await venue.peer('bob')];
  for (const Content of ['one', 'two']) await alice.ask({ ...SEND, Content });
  await alice.ask(DELETE);
  const frames = await bob.upTo(({ Type }) => Type === 'EVENT');
  assert.deepEqual(
    frames.map(({ Content }) => Content),
    ['one', undefined],
  );
});

test("a room's rate concerns neither other rooms nor deletions", async () => {
  await using venue = await openVenue({ clock: stoppedClock(), room: { maximumMessageRatePerSecond: 1 } });
  const alice = await venue.peer('alice');
  const other = await venue.peer('alice', {}, await createRoom(venue.client));
  assert.equal(await granted(alice, SEND, 2), 1);
  assert.equal(await granted(alice, DELETE, 2), 2);
  assert.equal(await granted(other, SEND, 2), 2);
});

test('a room without a rate of its own has 10 messages a second', async () => {
  await using venue = await openVenue({ clock: stoppedClock() });
  const [alice, bob] = [await venue.peer('alice'), await venue.peer('bob')];
  assert.equal(await granted(alice, SEND, 10), 10);
  await bob.take(10);
  assert.equal(await granted(bob, SEND, 1), 0);
});

test("the account's rates do not hold by default", async () => {
  await using venue = await openVenue({ clock: stoppedClock() });
  for (let user = 0; user < 12; user++) {
    const peer = await venue.peer(`user-${user}`);
    assert.equal(await granted(peer, DELETE, 10), 10);
    peer.socket.destroy();
  }
});

for (const [name, request, call] of [
  [
    'DeleteMessage',
    DELETE,
    ({ client, room }: Venue) => client.send(new DeleteMessageCommand({ roomIdentifier: room, id: 'AAAAbbbb1234' })),
  ],
  [
    'DisconnectUser',
    DISCONNECT,
    ({ client, room }: Venue) => client.send(new DisconnectUserCommand({ roomIdentifier: room, userId: 'nobody' })),
  ],
] as const) {
  test(`--limits aws: 100 of ${name} a second, API and sockets together`, async () => {
    const clock = stoppedClock();
    await using venue = await openVenue({ clock, flags: { limits: 'aws' } });
    for (let user = 0; user < 10; user++) {
      const peer = await venue.peer(`user-${user}`);
      assert.equal(await granted(peer, request, 10), 10);
      peer.socket.destroy();
    }
    const late = await venue.peer('late');
    assert.equal(await granted(late, request, 1), 0);
    await assert.rejects(call(venue), { name: 'ThrottlingException', limit: 100 });
    clock.advance(10);
    await call(venue);
    await late.next();
    assert.equal(await granted(late, request, 1), 0);
  });
}

test('a rate of the account counts the messages of all rooms', async () => {
  const clock = stoppedClock();
  await using venue = await openVenue({ clock, flags: { limit: ['messages-per-second=5'] } });
  const [here, there] = [await venue.peer('alice'), await venue.peer('alice', {}, await createRoom(venue.client))];
  assert.equal(await granted(here, SEND, 3), 3);
  assert.equal(await granted(there, SEND, 3), 2);
  clock.advance(200);
  assert.equal(await granted(here, SEND, 2), 1);
});

test('--limits off lifts every rate and keeps the sizes', async () => {
  await using venue = await openVenue({ clock: stoppedClock(), flags: { limits: 'off' } });
  const alice = await venue.peer('alice');
  assert.equal(await granted(alice, SEND, 300), 300);
  assert.equal((await alice.ask({ ...SEND, Content: 'x'.repeat(501) })).ErrorCode, 400);
  assert.equal((await alice.ask({ ...SEND, Attributes: { k: 'x'.repeat(1024) } })).ErrorCode, 413);
});

test('one rate can be set or lifted by name', async () => {
  const limit = ['requests-per-connection-per-second=2', 'messages-per-room-per-second=off'];
  await using venue = await openVenue({
    clock: stoppedClock(),
    flags: { limit },
    room: { maximumMessageRatePerSecond: 1 },
  });
  const alice = await venue.peer('alice');
  assert.equal(await granted(alice, SEND, 3), 2);
});
