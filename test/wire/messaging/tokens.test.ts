/** A chat token opens one connection, once, within its time (spec/ivs-chat 1.3). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createToken } from '../support/chat.ts';
import { stoppedClock } from '../support/clock.ts';
import { Peer } from '../support/peer.ts';
import { temporaryDirectory } from '../support/server.ts';
import { openVenue } from '../support/venue.ts';

test('of 20 simultaneous uses of one token exactly one wins', async () => {
  await using venue = await openVenue();
  const token = await venue.token();
  const peers = await Promise.all(Array.from({ length: 20 }, () => venue.shakeHands(token)));
  const statuses = peers.map(({ answer }) => answer?.status).sort();
  assert.deepEqual(statuses, [101, ...Array.from({ length: 19 }, () => 401)]);
});

test('a token that was used before a restart is used after it', async () => {
  using directory = temporaryDirectory();
  const flags = { 'data-dir': directory.path };
  let token: string;
  {
    await using venue = await openVenue({ flags });
    token = await venue.token();
    await venue.shakeHands(token);
  }
  await using venue = await openVenue({ flags });
  assert.equal((await venue.shakeHands(token)).answer?.status, 401);
});

test('a token that was not used before a restart opens a connection after it', async () => {
  using directory = temporaryDirectory();
  const flags = { 'data-dir': directory.path };
  let token: string;
  {
    await using venue = await openVenue({ flags });
    token = await venue.token();
  }
  await using venue = await openVenue({ flags });
  assert.equal((await venue.shakeHands(token)).answer?.status, 101);
});

test('a token opens a connection until just before its 60 seconds are over', async () => {
  const clock = stoppedClock();
  await using venue = await openVenue({ clock });
  const tokens = [await venue.token(), await venue.token()];
  clock.advance(59_999);
  assert.equal((await venue.shakeHands(tokens[0])).answer?.status, 101);
  clock.advance(1);
  assert.equal((await venue.shakeHands(tokens[1])).answer?.status, 401);
});

test('CreateChatToken tells both expiry times', async () => {
  const clock = stoppedClock();
  await using venue = await openVenue({ clock });
  const { tokenExpirationTime, sessionExpirationTime } = await createToken(venue.client, venue.room, {
    sessionDurationInMinutes: 7,
  });
  assert.equal(Number(tokenExpirationTime), clock.now() + 60_000);
  assert.equal(Number(sessionExpirationTime), clock.now() + 7 * 60_000);
});

test('--token-seconds sets how long a token opens a connection', async () => {
  const clock = stoppedClock();
  await using venue = await openVenue({ clock, flags: { 'token-seconds': '180' } });
  const tokens = [await venue.token(), await venue.token()];
  clock.advance(179_999);
  assert.equal((await venue.shakeHands(tokens[0])).answer?.status, 101);
  clock.advance(1);
  assert.equal((await venue.shakeHands(tokens[1])).answer?.status, 401);
});

test('a connection outlives its token', async () => {
  const clock = stoppedClock();
  await using venue = await openVenue({ clock });
  const peer = await venue.peer('alice');
  clock.advance(120_000);
  assert.equal((await peer.ask({ Action: 'SEND_MESSAGE', Content: 'still here' })).Type, 'MESSAGE');
});

test('a token fixes room, user and attributes for the connection', async () => {
  await using venue = await openVenue();
  const attributes = { name: 'Alice', badge: 'mod' };
  const peer = await venue.peer('alice', { attributes });
  const { Sender } = await peer.ask({
    Action: 'SEND_MESSAGE',
    Content: 'hi',
    UserId: 'bob',
    Sender: { UserId: 'bob' },
  });
  assert.deepEqual(Sender, { UserId: 'alice', Attributes: { name: 'Alice', badge: 'mod' } });
});

test('two tokens of one user open two connections', async () => {
  await using venue = await openVenue();
  const [first, second] = [await venue.peer('alice'), await venue.peer('alice')];
  first.send({ Action: 'SEND_MESSAGE', Content: 'to both' });
  assert.equal(await first.nextText(), await second.nextText());
});

test('a token whose handshake was cut off before its end is not spent', async () => {
  await using venue = await openVenue();
  const token = await venue.token();
  {
    using peer = await Peer.connect(venue.url);
    peer.write(`GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: ${token}\r\n`);
  }
  assert.equal((await venue.shakeHands(token)).answer?.status, 101);
});
