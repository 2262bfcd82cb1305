/** Draining: ERROR 401 spread over the time, then a reset, never a close frame (spec/ivs-chat 1.7). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../support/chat.ts';
import { stoppedClock } from '../support/clock.ts';
import { handshake } from '../support/peer.ts';
import { openVenue } from '../support/venue.ts';

/** What a timer of the server may be late. */
const TIMER_MS = 200;
const RESET_MS = 1000;

test('every client gets 401 and no close frame, then a reset', async () => {
  await using venue = await openVenue();
  const peers = [await venue.peer('alice'), await venue.peer('bob'), await venue.peer('carol')];
  const drained = venue.server.parlor.drain();
  for (const peer of peers) {
    const { ErrorCode, RequestId, ErrorMessage } = await peer.next();
    assert.deepEqual([ErrorCode, RequestId, ErrorMessage], [401, '', 'The connection has expired.']);
  }
  for (const peer of peers) assert.equal(await peer.end(), 'reset');
  await drained;
});

test('clients are sent away one after another over --drain-seconds', async () => {
  const clock = stoppedClock();
  await using venue = await openVenue({ clock, flags: { 'drain-seconds': '10' } });
  const [alice, bob] = [await venue.peer('alice'), await venue.peer('bob')];
  const drained = venue.server.parlor.drain();
  clock.advance(TIMER_MS);
  assert.equal((await alice.next()).ErrorCode, 401);
  clock.advance(RESET_MS + TIMER_MS);
  assert.equal(await alice.end(), 'reset');
  assert.equal(await bob.ping('still here'), 'still here');
  clock.advance(5000);
  assert.equal((await bob.next()).ErrorCode, 401);
  clock.advance(RESET_MS + TIMER_MS);
  assert.equal(await bob.end(), 'reset');
  await drained;
});

test('who is still there is served until it is sent away', async () => {
  const clock = stoppedClock();
  await using venue = await openVenue({ clock, flags: { 'drain-seconds': '10' } });
  const [alice, bob] = [await venue.peer('alice'), await venue.peer('bob')];
  const drained = venue.server.parlor.drain();
  clock.advance(TIMER_MS);
  await alice.next();
  assert.equal((await bob.ask({ Action: 'SEND_MESSAGE', Content: 'last words' })).Content, 'last words');
  clock.advance(20_000);
  await drained;
});

test('once all have gone, the drain is over, however much time is left', async () => {
  await using venue = await openVenue({ flags: { 'drain-seconds': '3600' } });
  const alice = await venue.chatter('alice');
  const drained = venue.server.parlor.drain();
  await eventually(() => alice.disconnects.length > 0);
  await drained;
});

test('without any connection the drain is over at once', async () => {
  await using venue = await openVenue({ flags: { 'drain-seconds': '3600' } });
  await venue.server.parlor.drain();
});

test('a handshake that waits when it begins is refused with 503 when its turn comes', async () => {
  const clock = stoppedClock();
  await using venue = await openVenue({ clock, flags: { 'drain-seconds': '10', limit: ['connections=2'] } });
  const [alice] = [await venue.peer('alice'), await venue.peer('bob')];
  const carol = await venue.caller();
  carol.write(handshake(await venue.token({ userId: 'carol' })));
  await eventually(async () => (await venue.metric('parlor_handshakes_waiting')) === 1);
  const drained = venue.server.parlor.drain();
  clock.advance(TIMER_MS);
  assert.equal((await alice.next()).ErrorCode, 401);
  alice.socket.destroy();
  assert.equal((await carol.answered()).status, 503);
  clock.advance(20_000);
  await drained;
});

test('a server that is stopped at once ends every connection, those without an answer included', async () => {
  await using venue = await openVenue({ clock: stoppedClock(), flags: { limit: ['connections=1'] } });
  const alice = await venue.peer('alice');
  const bob = await venue.caller();
  bob.write(handshake(await venue.token({ userId: 'bob' })));
  const silent = await venue.caller();
  await eventually(async () => (await venue.metric('parlor_handshakes_waiting')) === 1);
  await venue.server.parlor[Symbol.asyncDispose]();
  for (const peer of [alice, bob, silent]) assert.notEqual(typeof (await peer.end()), 'object');
});
