/** Valid handshakes beyond the ceiling or the pace wait: a refusal is final for the JS client (spec/ivs-chat 1.4, 1.5). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRoom, eventually } from '../support/chat.ts';
import { stoppedClock } from '../support/clock.ts';
import { handshake, type Peer } from '../support/peer.ts';
import { openVenue, type Venue } from '../support/venue.ts';

const held = (venue: Venue) => venue.metric('parlor_handshakes_waiting');

/** Sends a handshake and waits until the server holds it. */
async function waiting(venue: Venue, userId: string): Promise<Peer> {
  const before = await held(venue);
  const token = await venue.token({ userId });
  const peer = await venue.caller();
  peer.write(handshake(token));
  await eventually(async () => (await held(venue)) > before);
  return peer;
}

test('a handshake beyond the ceiling of connections gets in when one leaves', async () => {
  await using venue = await openVenue({ flags: { limit: ['connections=2'] } });
  const [alice] = [await venue.peer('alice'), await venue.peer('bob')];
  const carol = await waiting(venue, 'carol');
  assert.equal(carol.answer, undefined);
  alice.socket.destroy();
  assert.equal((await carol.answered()).status, 101);
});

test('the official client waits its turn without a second try', async () => {
  await using venue = await openVenue({ flags: { limit: ['connections=1'] } });
  const alice = await venue.chatter('alice');
  const bob = venue.stranger({ userId: 'bob' });
  bob.room.connect();
  await eventually(async () => (await held(venue)) === 1);
  alice.room.disconnect();
  await eventually(() => bob.connects === 1);
  assert.deepEqual([bob.tokens, bob.disconnects], [1, []]);
});

test('who waits gets in in the order of coming', async () => {
  await using venue = await openVenue({ flags: { limit: ['connections=1'] } });
  let inside = await venue.peer('first');
  const queue: Peer[] = [];
  for (const userId of ['second', 'third', 'fourth']) queue.push(await waiting(venue, userId));
  for (const [place, next] of queue.entries()) {
    inside.socket.destroy();
    assert.equal((await next.answered()).status, 101);
    assert.ok(queue.slice(place + 1).every(({ answer }) => answer === undefined));
    inside = next;
  }
});

test('who has waited 10 seconds in vain is refused with 429, and its token is not spent', async () => {
  const clock = stoppedClock();
  await using venue = await openVenue({ clock, flags: { limit: ['connections=1'] } });
  const alice = await venue.peer('alice');
  const token = await venue.token({ userId: 'bob' });
  const bob = await venue.caller();
  bob.write(handshake(token));
  await eventually(async () => (await held(venue)) === 1);
  clock.advance(9_999);
  assert.equal(await held(venue), 1);
  clock.advance(1);
  assert.equal((await bob.answered()).status, 429);
  assert.equal(await venue.metric('parlor_handshakes_refused_total{cause="limit"}'), 1);

  alice.socket.destroy();
  assert.equal((await venue.shakeHands(token)).answer?.status, 101);
});

test('when too many wait already, the next is refused with 429 at once', async () => {
  await using venue = await openVenue({
    clock: stoppedClock(),
    flags: { limit: ['connections=1', 'waiting-handshakes=1'] },
  });
  await venue.peer('alice');
  await waiting(venue, 'bob');
  assert.equal((await venue.shakeHands(await venue.token())).answer?.status, 429);
});

test('who gives up while it waits makes room in the queue', async () => {
  await using venue = await openVenue({
    clock: stoppedClock(),
    flags: { limit: ['connections=1', 'waiting-handshakes=1'] },
  });
  const alice = await venue.peer('alice');
  const bob = await waiting(venue, 'bob');
  bob.socket.end();
  await eventually(async () => (await held(venue)) === 0);
  const carol = await waiting(venue, 'carol');
  alice.socket.destroy();
  assert.equal((await carol.answered()).status, 101);
});

test('refused handshakes take no place', async () => {
  await using venue = await openVenue({ flags: { limit: ['connections=1'] } });
  const token = await venue.token();
  (await venue.shakeHands(token)).socket.destroy();
  for (const wrong of [token, token, 'garbage', undefined]) {
    assert.equal((await venue.shakeHands(wrong)).answer?.status, 401);
  }
  assert.equal((await venue.shakeHands(await venue.token())).answer?.status, 101);
});

for (const [how, leave] of [
  ['is kicked', (peer: Peer) => peer.send({ Action: 'DISCONNECT_USER', UserId: 'alice' })],
  ['sends garbage', (peer: Peer) => peer.write(Buffer.alloc(100, 0xff))],
  ['is reset', (peer: Peer) => peer.socket.resetAndDestroy()],
] as const) {
  test(`who ${how} makes room`, async () => {
    await using venue = await openVenue({ flags: { limit: ['connections=1'] } });
    leave(await venue.peer('alice'));
    assert.equal((await venue.shakeHands(await venue.token())).answer?.status, 101);
  });
}

test('a user opens 10 connections to a room at once, then waits, and keeps nobody else', async () => {
  const clock = stoppedClock();
  await using venue = await openVenue({ clock });
  for (let count = 0; count < 10; count++) await venue.peer('alice');
  const eleventh = await waiting(venue, 'alice');
  await venue.peer('bob');
  await venue.peer('alice', {}, await createRoom(venue.client));
  assert.equal(eleventh.answer, undefined);
  clock.advance(100);
  assert.equal((await eleventh.answered()).status, 101);
});

test('all together keep to the pace of the server', async () => {
  const clock = stoppedClock();
  await using venue = await openVenue({ clock, flags: { limit: ['handshakes-per-second=3'] } });
  for (const userId of ['a', 'b', 'c']) await venue.peer(userId);
  const fourth = await waiting(venue, 'd');
  clock.advance(334);
  assert.equal((await fourth.answered()).status, 101);
});

test('--limits off knows no pace', async () => {
  await using venue = await openVenue({ clock: stoppedClock(), flags: { limits: 'off' } });
  for (let count = 0; count < 30; count++) await venue.peer('alice');
});
