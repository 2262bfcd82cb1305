/** The handshake: the token as the only subprotocol, and what is refused (spec/ivs-chat 1.1, 1.2, 1.4). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeleteRoomCommand } from '@aws-sdk/client-ivschat';
import { Chatter, eventually } from '../support/chat.ts';
import { stoppedClock } from '../support/clock.ts';
import type { HandshakeParts } from '../support/peer.ts';
import { openVenue, type Venue } from '../support/venue.ts';

/** What a refused handshake must look like. */
async function assertRefused(venue: Venue, token: string | undefined, status: number, parts: HandshakeParts = {}) {
  const peer = await venue.shakeHands(token, parts);
  assert.equal(peer.answer?.status, status);
  assert.equal(peer.answer?.headers.get('connection'), 'close');
  const { message } = JSON.parse(peer.answer?.body ?? '');
  assert.equal(typeof message, 'string');
  assert.equal(await peer.end(), 'end');
}

/** A client that is given these tokens, the last one for ever, tries four times and then stays away (1.5). */
async function assertGivesUp(venue: Venue, tokens: readonly string[]) {
  let given = 0;
  using client = new Chatter(venue.url, async () => ({ token: tokens[Math.min(given++, tokens.length - 1)] ?? '' }));
  client.room.connect();
  await eventually(() => client.disconnects.length > 0);
  assert.deepEqual(client.disconnects, ['socketError']);
  assert.equal(client.tokens, 4);
  assert.equal(client.connects, 0);
}

test('the token is echoed as the chosen subprotocol, byte for byte', async () => {
  await using venue = await openVenue();
  const token = await venue.token();
  const { answer } = await venue.shakeHands(token);
  assert.equal(answer?.status, 101);
  assert.equal(answer?.headers.get('sec-websocket-protocol'), token);
});

test('compression is offered by clients and not taken up', async () => {
  await using venue = await openVenue();
  const { answer } = await venue.shakeHands(await venue.token());
  assert.equal(answer?.headers.has('sec-websocket-extensions'), false);
});

for (const path of ['/ws', '/?x=1', '/?.amazonaws.com', '/CreateRoom', '/healthz', '/%2e%2e//', '*']) {
  test(`a handshake to ${path} is served: path and query mean nothing`, async () => {
    await using venue = await openVenue();
    const { answer } = await venue.shakeHands(await venue.token(), { path });
    assert.equal(answer?.status, 101);
  });
}

test('Host and Origin mean nothing', async () => {
  await using venue = await openVenue();
  const headers = { Host: 'edge.ivschat.us-east-1.amazonaws.com', Origin: 'https://elsewhere.example' };
  const { answer } = await venue.shakeHands(await venue.token(), { headers });
  assert.equal(answer?.status, 101);
});

test('the names and values of the upgrade headers match in any case', async () => {
  await using venue = await openVenue();
  const headers = {
    Upgrade: undefined,
    Connection: undefined,
    UPGRADE: 'WebSocket',
    connection: 'keep-alive, UPGRADE',
  };
  const { answer } = await venue.shakeHands(await venue.token(), { headers });
  assert.equal(answer?.status, 101);
});

test('the largest user id and attributes fit into a token', async () => {
  await using venue = await openVenue();
  const widest = '\u0001'; // six bytes in JSON
  const userId = '😀'.repeat(128);
  const peer = await venue.peer(userId, { attributes: { a: widest.repeat(1023) } });
  const { Sender } = await peer.ask({ Action: 'SEND_MESSAGE', Content: 'hi' });
  assert.deepEqual(Sender, { UserId: userId, Attributes: { a: widest.repeat(1023) } });
});

test('no token: 401', async () => {
  await using venue = await openVenue();
  await assertRefused(venue, undefined, 401);
});

test('an empty token: 401', async () => {
  await using venue = await openVenue();
  await assertRefused(venue, '', 401);
});

test('a garbled token: 401, and the client gives up after four tries', async () => {
  await using venue = await openVenue();
  await assertRefused(venue, 'garbage', 401);
  await assertGivesUp(venue, ['garbage']);
});

test('a token with one character changed anywhere: 401', async () => {
  await using venue = await openVenue();
  const token = await venue.token();
  for (let at = 0; at < token.length; at += 7) {
    const other = token[at] === 'A' ? 'B' : 'A';
    await assertRefused(venue, token.slice(0, at) + other + token.slice(at + 1), 401);
  }
});

test('a token of another server: 401', async () => {
  await using venue = await openVenue();
  await using other = await openVenue();
  await assertRefused(venue, await other.token(), 401);
});

test('a used token: 401, and the client gives up after four tries', async () => {
  await using venue = await openVenue();
  const token = await venue.token();
  await venue.shakeHands(token);
  await assertRefused(venue, token, 401);
  await assertGivesUp(venue, [token]);
});

test('an expired token: 401, and the client gives up after four tries', async () => {
  const clock = stoppedClock();
  await using venue = await openVenue({ clock });
  const token = await venue.token();
  clock.advance(60_000);
  await assertRefused(venue, token, 401);
  await assertGivesUp(venue, [token]);
});

test('a room that does not exist any more: 404, and the client gives up after four tries', async () => {
  await using venue = await openVenue();
  const tokens = await Promise.all(Array.from({ length: 5 }, () => venue.token()));
  await venue.client.send(new DeleteRoomCommand({ identifier: venue.room }));
  await assertRefused(venue, tokens[0], 404);
  await assertGivesUp(venue, tokens.slice(1));
});

test('neither a place nor one to wait in: 429, and the client gives up after four tries', async () => {
  await using venue = await openVenue({ flags: { limit: ['connections=1', 'waiting-handshakes=0'] } });
  await venue.peer('alice');
  const token = await venue.token();
  await assertRefused(venue, token, 429);
  await assertGivesUp(venue, [token]);
});

test('a client whose first tries are refused gets in with the next good token', async () => {
  await using venue = await openVenue();
  const tokens = ['garbage', 'garbage', 'garbage', await venue.token()];
  using client = new Chatter(venue.url, async () => ({ token: tokens.shift() ?? '' }));
  await client.connect();
  assert.deepEqual([client.connects, client.disconnects], [1, []]);
});

const MALFORMED: readonly [name: string, status: number, parts: HandshakeParts][] = [
  ['another method', 405, { method: 'POST', headers: { 'Content-Length': '0' } }],
  ['no key', 400, { headers: { 'Sec-WebSocket-Key': undefined } }],
  ['a short key', 400, { headers: { 'Sec-WebSocket-Key': 'c2hvcnQ=' } }],
  ['two keys', 400, { headers: { 'Sec-WebSocket-Key': ['dGhlIHNhbXBsZSBub25jZQ==', 'dGhlIHNhbXBsZSBub25jZQ=='] } }],
  ['no version', 426, { headers: { 'Sec-WebSocket-Version': undefined } }],
  ['an unknown version', 426, { headers: { 'Sec-WebSocket-Version': '12' } }],
  ['two versions', 426, { headers: { 'Sec-WebSocket-Version': ['13', '13'] } }],
];
for (const [name, status, parts] of MALFORMED) {
  test(`a handshake with ${name}: ${status}, and its token is not spent`, async () => {
    await using venue = await openVenue();
    const token = await venue.token();
    await assertRefused(venue, token, status, parts);
    assert.equal((await venue.shakeHands(token)).answer?.status, 101);
  });
}

for (const offer of [
  (token: string) => `${token}, other`,
  (token: string) => `other, ${token}`,
  (token: string) => `${token},`,
]) {
  test(`the subprotocols ${offer('<token>')}: 400, and the token is not spent`, async () => {
    await using venue = await openVenue();
    const token = await venue.token();
    await assertRefused(venue, offer(token), 400);
    assert.equal((await venue.shakeHands(token)).answer?.status, 101);
  });
}

test('the token given in two headers: 400, and it is not spent', async () => {
  await using venue = await openVenue();
  const token = await venue.token();
  await assertRefused(venue, undefined, 400, { headers: { 'Sec-WebSocket-Protocol': [token, token] } });
  assert.equal((await venue.shakeHands(token)).answer?.status, 101);
});

test('refusals are counted by cause', async () => {
  await using venue = await openVenue();
  const token = await venue.token();
  await venue.shakeHands(token);
  for (const wrong of [undefined, 'garbage', token]) await venue.shakeHands(wrong);
  for (const cause of ['missing', 'malformed', 'used']) {
    assert.equal(await venue.metric(`parlor_handshakes_refused_total{cause="${cause}"}`), 1, cause);
  }
});
