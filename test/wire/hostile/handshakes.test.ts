/** Bytes on the port that no client should send: refused by HTTP's own means, and nobody else notices. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { eventually } from '../support/chat.ts';
import { handshake } from '../support/peer.ts';
import { openVenue, type Venue } from '../support/venue.ts';

async function assertStillServes(venue: Venue): Promise<void> {
  const peer = await venue.peer('witness');
  assert.equal((await peer.ask({ Action: 'SEND_MESSAGE', Content: 'hello' })).Content, 'hello');
  peer.socket.destroy();
  assert.equal((await fetch(`${venue.url}/healthz`)).status, 200);
}

/** The status these bytes are answered with, or how the connection ended without one. */
async function statusOf(venue: Venue, ...bytes: readonly (string | Buffer)[]): Promise<number | string> {
  const caller = await venue.caller();
  for (const each of bytes) caller.write(each);
  try {
    return (await caller.answered()).status;
  } catch {
    return String(caller.ended);
  }
}

const MEGABYTE = 'x'.repeat(1 << 20);

test('10 MB in one header: 431, and the connection is closed', async () => {
  await using venue = await openVenue();
  const caller = await venue.caller();
  caller.write('GET / HTTP/1.1\r\nHost: a\r\nX: ');
  for (let megabyte = 0; megabyte < 10 && !caller.socket.destroyed; megabyte++) {
    caller.write(MEGABYTE);
    await new Promise(setImmediate);
  }
  assert.notEqual(typeof (await caller.end()), 'object');
  assert.ok(caller.answer === undefined || caller.answer.status === 431);
  await assertStillServes(venue);
});

test('10 MB of headers: 431, and the connection is closed', async () => {
  await using venue = await openVenue();
  const caller = await venue.caller();
  caller.write('GET / HTTP/1.1\r\nHost: a\r\n');
  const lines = 'X-Header: value\r\n'.repeat(60_000);
  for (let megabyte = 0; megabyte < 10 && !caller.socket.destroyed; megabyte++) {
    caller.write(lines);
    await new Promise(setImmediate);
  }
  assert.notEqual(typeof (await caller.end()), 'object');
  await assertStillServes(venue);
});

test('a header just above the limit: 431', async () => {
  await using venue = await openVenue();
  assert.equal(await statusOf(venue, handshake('x'.repeat(17_000))), 431);
});

test('a token just below the limit: 401', async () => {
  await using venue = await openVenue();
  assert.equal(await statusOf(venue, handshake('x'.repeat(15_000))), 401);
});

test('a request line of a megabyte is refused', async () => {
  await using venue = await openVenue();
  assert.ok(['431', 'reset', 'end'].includes(String(await statusOf(venue, `GET /${MEGABYTE} HTTP/1.1\r\n`))));
  await assertStillServes(venue);
});

for (const [name, bytes] of [
  ['random bytes', randomBytes(4096)],
  ['zeroes', Buffer.alloc(4096)],
  ['the start of a TLS handshake', Buffer.from('16030102000100', 'hex')],
  ['an SSH greeting', 'SSH-2.0-OpenSSH_9.6\r\n'],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['HTTP/9.9', 'GET / HTTP/9.9\r\n\r\n'],
  ['no host', 'GET / HTTP/1.1\r\n\r\n'],
  ['a bare line feed', 'GET / HTTP/1.1\nHost: a\n\n\n'],
  ['a zero byte in a header', 'GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n'],
  ['a header without a name', 'GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n'],
  ['a folded header', 'GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n'],
  ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
  [
    'a length and chunks',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  ['a negative length', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n'],
  ['a chunk of a wrong size', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n'],
] as const) {
  test(`${name}: 400 or nothing, and the connection is closed`, async () => {
    await using venue = await openVenue();
    const caller = await venue.caller();
    caller.write(bytes);
    await caller.end();
    assert.ok(caller.answer === undefined || caller.answer.status === 400, JSON.stringify(caller.answer));
    await assertStillServes(venue);
  });
}

test('an upgrade to h2c is no upgrade: the request is answered as it is', async () => {
  await using venue = await openVenue();
  const headers = {
    Upgrade: 'h2c',
    Connection: 'Upgrade, HTTP2-Settings',
    'HTTP2-Settings': 'AAMAAABkAAQCAAAAAAIAAAAA',
  };
  const caller = await venue.caller();
  caller.write(handshake(undefined, { path: '/healthz', headers }));
  assert.equal((await caller.answered()).status, 200);
});

test('an Upgrade header without Connection is no upgrade', async () => {
  await using venue = await openVenue();
  const token = await venue.token();
  assert.equal(await statusOf(venue, handshake(token, { path: '/healthz', headers: { Connection: undefined } })), 200);
  assert.equal(await statusOf(venue, handshake(token)), 101);
});

test('half a handshake, however often, keeps nobody', async () => {
  await using venue = await openVenue();
  const half = handshake(await venue.token()).slice(0, 60);
  for (let count = 0; count < 300; count++) (await venue.caller()).write(half);
  await assertStillServes(venue);
});

test('handshakes that are dropped before their answer leave nothing behind', async () => {
  await using venue = await openVenue({ flags: { limits: 'off' } });
  for (let count = 0; count < 100; count++) {
    const caller = await venue.caller();
    caller.write(handshake(await venue.token()));
    if (count % 2 === 0) caller.socket.destroy();
    else caller.socket.resetAndDestroy();
  }
  await assertStillServes(venue);
  assert.equal(await venue.metric('parlor_handshakes_waiting'), 0);
  await eventually(async () => (await venue.metric('ivschat_concurrent_chat_connections')) === 0);
});

test('thousands of handshakes with garbage for tokens are refused, all of them', async () => {
  await using venue = await openVenue();
  const real = await venue.token();
  const garbage = [
    () => randomBytes(300).toString('base64url'),
    () => `${real.slice(0, -1)}${real.endsWith('A') ? 'B' : 'A'}`,
    () => `${real}.`,
    (round: number) => real.slice(0, 1 + round),
    () => real.split('.').reverse().join('.'),
    () => `${randomBytes(40).toString('base64url')}..${randomBytes(12).toString('base64url')}.AA.AA`,
    () => `${Buffer.from('{"alg":"none"}').toString('base64url')}....`,
    () => '.'.repeat(4),
  ];
  const statuses = new Map<number | undefined, number>();
  for (let round = 0; round < 40; round++) {
    const peers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => venue.shakeHands(garbage[index % garbage.length]?.(round))),
    );
    for (const { answer, socket } of peers) {
      statuses.set(answer?.status, (statuses.get(answer?.status) ?? 0) + 1);
      socket.destroy();
    }
  }
  assert.deepEqual([...statuses], [[401, 2000]]);
  assert.equal((await venue.shakeHands(real)).answer?.status, 101);
});

for (const [name, bytes] of [
  ['garbage', 'garbage\r\n\r\n'],
  ['headers too large', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}`],
  ['a handshake that is refused', handshake('garbage')],
] as const) {
  test(`who sends ${name} and does not hang up is hung up on`, async () => {
    await using venue = await openVenue();
    const sockets = () => process.getActiveResourcesInfo().filter((type) => type === 'TCPSocketWrap').length;
    const before = sockets();
    const caller = await venue.caller();
    caller.clinging = true;
    caller.write(bytes);
    await caller.answered();
    await eventually(() => sockets() === before + 1, 'the server to let go of its end');
  });
}

test('what follows a refused handshake is not read', async () => {
  await using venue = await openVenue();
  const caller = await venue.caller();
  caller.write(`${handshake('garbage')}GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n`);
  assert.equal((await caller.answered()).status, 401);
  await caller.end();
  await assertStillServes(venue);
});

test('a refused handshake shows nothing of its token', async () => {
  await using venue = await openVenue();
  const { answer } = await venue.shakeHands('a-very-secret-token');
  assert.doesNotMatch(JSON.stringify([...(answer?.headers ?? []), answer?.body]), /a-very-secret-token/);
  assert.doesNotMatch(venue.server.log.join(''), /a-very-secret-token/);
});
