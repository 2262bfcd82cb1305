/** Frames that no client should send: the protocol's own error, and nothing else happens (RFC 6455; spec/ivs-chat 1.8). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type FrameParts, frame, type Peer } from '../support/peer.ts';
import { openVenue, type Venue } from '../support/venue.ts';

const SEND = JSON.stringify({ Action: 'SEND_MESSAGE', Content: 'hello' });

async function assertStillServes(venue: Venue): Promise<void> {
  const peer = await venue.peer('witness');
  assert.equal((await peer.ask(SEND)).Content, 'hello');
  peer.socket.destroy();
}

async function closeCode(peer: Peer): Promise<number> {
  const ended = await peer.end();
  assert.ok(typeof ended === 'object', `ended with ${ended}`);
  return ended.code;
}

const utf8 = (...bytes: number[]) => Buffer.from([0x7b, ...bytes, 0x7d]);
const head = (...bytes: number[]) => Buffer.from(bytes);

const WRONG: readonly (readonly [name: string, code: number, bytes: readonly Buffer[]])[] = [
  ['a frame without a mask', 1002, [frame(SEND, { masked: false })]],
  ...[1, 2, 4, 7].map((reserved) => [`the reserved bits ${reserved}`, 1002, [frame(SEND, { reserved })]] as const),
  ...[3, 7, 11, 15].map((opcode) => [`the unknown opcode ${opcode}`, 1002, [frame('', { opcode })]] as const),
  ['a ping in fragments', 1002, [frame('a', { opcode: 9, final: false })]],
  ['a ping of more than 125 bytes', 1002, [frame('x'.repeat(126), { opcode: 9 })]],
  ['a continuation of nothing', 1002, [frame(SEND, { opcode: 0 })]],
  ['a new text within a fragmented one', 1002, [frame('{', { final: false }), frame(SEND)]],
  ['a close code that must not be sent', 1002, [frame(head(0x03, 0xed), { opcode: 8 })]],
  ['half a close code', 1002, [frame(head(0x03), { opcode: 8 })]],
  ['a close reason that is no UTF-8', 1007, [frame(head(0x03, 0xe8, 0xff), { opcode: 8 })]],
  ['a length of 2^63', 1009, [head(0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0)]],
  ['a length of 2^53', 1009, [head(0x81, 0xff, 0, 0x20, 0, 0, 0, 0, 0, 0)]],
  ['a length of 4 GiB', 1009, [head(0x81, 0xff, 0, 0, 0, 1, 0, 0, 0, 0)]],
  ['a stray continuation byte', 1007, [frame(utf8(0x80))]],
  ['an overlong encoding', 1007, [frame(utf8(0xc0, 0xaf))]],
  ['an encoded surrogate', 1007, [frame(utf8(0xed, 0xa0, 0x80))]],
  ['a code point above U+10FFFF', 1007, [frame(utf8(0xf4, 0x90, 0x80, 0x80))]],
  ['a truncated character', 1007, [frame(head(0x7b, 0xe2, 0x82))]],
  [
    'a character broken by the end of fragments',
    1007,
    [frame(head(0xe2), { final: false }), frame('x', { opcode: 0 })],
  ],
];
for (const [name, code, bytes] of WRONG) {
  test(`${name} closes the connection with ${code}`, async () => {
    await using venue = await openVenue();
    const peer = await venue.peer('mallory');
    for (const each of bytes) peer.write(each);
    assert.equal(await closeCode(peer), code);
    await assertStillServes(venue);
  });
}

test('a character split over two fragments is whole', async () => {
  await using venue = await openVenue();
  const peer = await venue.peer('alice');
  const bytes = Buffer.from(JSON.stringify({ Action: 'SEND_MESSAGE', Content: '€' }));
  const middle = bytes.indexOf(0xe2) + 1;
  peer.write(frame(bytes.subarray(0, middle), { final: false }));
  peer.write(frame(bytes.subarray(middle), { opcode: 0 }));
  assert.equal((await peer.next()).Content, '€');
});

test('fragments without end end the connection', async () => {
  await using venue = await openVenue();
  const peer = await venue.peer('mallory');
  peer.write(frame('{', { final: false }));
  const more = Buffer.concat(Array.from({ length: 1000 }, () => frame('', { opcode: 0, final: false })));
  while (!peer.socket.destroyed && peer.ended === undefined) {
    peer.write(more);
    await new Promise(setImmediate);
  }
  await assertStillServes(venue);
});

test('pings without end, their pongs unread, end the connection', async () => {
  await using venue = await openVenue();
  const peer = await venue.peer('mallory');
  peer.socket.pause();
  const more = Buffer.concat(Array.from({ length: 50 }, () => frame('x'.repeat(125), { opcode: 9 })));
  while (!peer.socket.destroyed) {
    peer.write(more);
    await new Promise(setImmediate);
  }
  await assertStillServes(venue);
});

for (const [name, text] of [
  ['arrays', '['.repeat(60_000)],
  ['closed arrays', '['.repeat(30_000) + ']'.repeat(30_000)],
  ['objects', '{"a":'.repeat(12_000)],
  ['arrays in a known member', `{"Action":"SEND_MESSAGE","Content":${'['.repeat(8000)}${']'.repeat(8000)}}`],
  [
    'objects in attributes',
    `{"Action":"SEND_MESSAGE","Content":"a","Attributes":${'{"a":'.repeat(2600)}1${'}'.repeat(2600)}}`,
  ],
  ['arrays in an unknown member', `{"deep":${'['.repeat(30_000)}${']'.repeat(30_000)}}`],
] as const) {
  test(`JSON of deeply nested ${name} is answered with an error`, async () => {
    await using venue = await openVenue();
    const peer = await venue.peer('mallory');
    const { Type, ErrorCode } = await peer.ask(text);
    assert.equal(Type, 'ERROR');
    assert.ok(ErrorCode === 400 || ErrorCode === 413);
    assert.equal((await peer.ask(SEND)).Content, 'hello');
  });
}

test('a request of hundreds of members is a request like any other', async () => {
  await using venue = await openVenue();
  const peer = await venue.peer('mallory');
  const junk = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`member-${index}`, index]));
  assert.equal((await peer.ask({ ...junk, Action: 'SEND_MESSAGE', Content: 'hello' })).Content, 'hello');
});

test('a connection that ends in the middle of a frame leaves nothing behind', async () => {
  await using venue = await openVenue();
  const peer = await venue.peer('mallory');
  peer.write(frame(SEND).subarray(0, 20));
  peer.socket.end();
  await peer.end();
  await assertStillServes(venue);
});

test('whatever frames come, they are answered or the connection is closed, and the server goes on', async () => {
  await using venue = await openVenue({ flags: { limits: 'off' } });
  const anyFrame = fc.record({
    payload: fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((text) => Buffer.from(text)),
    ),
    opcode: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(0, 1, 2, 9, 10) }, fc.integer({ min: 0, max: 15 })),
    final: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.boolean()),
    masked: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, fc.boolean()),
    reserved: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 7 })),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(anyFrame, { minLength: 1, maxLength: 10 }), async (frames) => {
      const peer = await venue.peer('mallory');
      for (const { payload, ...parts } of frames) peer.write(frame(Buffer.from(payload), parts satisfies FrameParts));
      peer.write(frame('', { opcode: 8 }));
      await peer.end();
      for (const text of peer.texts) assert.equal(JSON.parse(text).Type, 'ERROR');
    }),
    { numRuns: 100 },
  );
  await assertStillServes(venue);
});
