/** How large a frame may be, and of which kind (spec/ivs-chat 1.8). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frame, handshake } from '../support/peer.ts';
import { openVenue } from '../support/venue.ts';

const KIB = 1024;

/** A request of exactly that many bytes, most of them in a member that nobody knows. */
function request(bytes: number): string {
  const rest = { Action: 'SEND_MESSAGE', RequestId: 'r-1', Content: 'hello', padding: '' };
  return JSON.stringify({ ...rest, padding: 'x'.repeat(bytes - JSON.stringify(rest).length) });
}

test('a frame of 16 KiB is a request like any other', async () => {
  await using venue = await openVenue();
  const alice = await venue.peer('alice');
  assert.equal((await alice.ask(request(16 * KIB))).Type, 'MESSAGE');
});

for (const bytes of [16 * KIB + 1, 64 * KIB]) {
  test(`a frame of ${bytes} bytes is answered 413 with its RequestId`, async () => {
    await using venue = await openVenue();
    const alice = await venue.peer('alice');
    const { ErrorCode, RequestId } = await alice.ask(request(bytes));
    assert.deepEqual([ErrorCode, RequestId], [413, 'r-1']);
    assert.equal((await alice.ask(request(100))).Type, 'MESSAGE');
  });
}

test('bytes are counted, not characters', async () => {
  await using venue = await openVenue();
  const alice = await venue.peer('alice');
  const { ErrorCode } = await alice.ask({ Action: 'SEND_MESSAGE', Content: 'hello', padding: 'ü'.repeat(9 * KIB) });
  assert.equal(ErrorCode, 413);
});

test('a frame above 64 KiB closes the connection with 1009', async () => {
  await using venue = await openVenue();
  const alice = await venue.peer('alice');
  alice.send(request(64 * KIB + 1));
  const ended = await alice.end();
  assert.ok(typeof ended === 'object');
  assert.equal(ended.code, 1009);
});

test('a message of several fragments counts as a whole', async () => {
  await using venue = await openVenue();
  const alice = await venue.peer('alice');
  const half = Buffer.alloc(40 * KIB, 'x');
  alice.write(frame(half, { final: false }));
  alice.write(frame(half, { opcode: 0 }));
  const ended = await alice.end();
  assert.ok(typeof ended === 'object');
  assert.equal(ended.code, 1009);
});

test('--limit frame-bytes sets the size', async () => {
  await using venue = await openVenue({ flags: { limit: ['frame-bytes=200'] } });
  const alice = await venue.peer('alice');
  assert.equal((await alice.ask(request(200))).Type, 'MESSAGE');
  assert.equal((await alice.ask(request(201))).ErrorCode, 413);
});

test('a binary frame is answered 400, and the connection stays', async () => {
  await using venue = await openVenue();
  const alice = await venue.peer('alice');
  alice.write(frame(request(100), { opcode: 2 }));
  const { ErrorCode, RequestId } = await alice.next();
  assert.deepEqual([ErrorCode, RequestId], [400, '']);
  assert.equal((await alice.ask(request(100))).Type, 'MESSAGE');
});

test('a request may come in fragments, pings between them', async () => {
  await using venue = await openVenue();
  const alice = await venue.peer('alice');
  const text = request(200);
  alice.write(frame(text.slice(0, 50), { final: false }));
  assert.equal(await alice.ping('between'), 'between');
  alice.write(frame(text.slice(50, 51), { opcode: 0, final: false }));
  alice.write(frame('', { opcode: 0, final: false }));
  alice.write(frame(text.slice(51), { opcode: 0 }));
  assert.equal((await alice.next()).Content, 'hello');
});

test('a request may come byte by byte', async () => {
  await using venue = await openVenue();
  const alice = await venue.peer('alice');
  for (const byte of frame(request(100))) alice.write(Buffer.of(byte));
  assert.equal((await alice.next()).Content, 'hello');
});

test('requests that come right behind the handshake are carried out', async () => {
  await using venue = await openVenue();
  const caller = await venue.caller();
  caller.write(Buffer.concat([Buffer.from(handshake(await venue.token())), frame(request(100)), frame(request(120))]));
  assert.equal((await caller.next()).Content, 'hello');
  assert.equal((await caller.next()).Content, 'hello');
});
