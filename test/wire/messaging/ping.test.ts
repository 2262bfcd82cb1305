/** Pings in both directions (spec/ivs-chat 1.8). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../support/chat.ts';
import { stoppedClock } from '../support/clock.ts';
import { frame } from '../support/peer.ts';
import { openVenue } from '../support/venue.ts';

/** 30 seconds, and what a timer of the server may be late. */
const PING_MS = 30_200;

test("a client's ping is answered with its own payload", async () => {
  await using venue = await openVenue();
  const alice = await venue.peer('alice');
  assert.equal(await alice.ping('abc'), 'abc');
  assert.equal(await alice.ping(''), '');
  assert.equal(await alice.ping('x'.repeat(125)), 'x'.repeat(125));
});

test('the server pings every 30 seconds; who answers stays', async () => {
  const clock = stoppedClock();
  await using venue = await openVenue({ clock });
  const alice = await venue.peer('alice');
  for (let round = 1; round <= 5; round++) {
    clock.advance(PING_MS);
    await eventually(() => alice.pings === round);
  }
  assert.equal((await alice.ask({ Action: 'SEND_MESSAGE', Content: 'still here' })).Type, 'MESSAGE');
});

test('who misses two pings is reset', async () => {
  const clock = stoppedClock();
  await using venue = await openVenue({ clock });
  const alice = await venue.peer('alice');
  alice.mute = true;
  for (let round = 1; round <= 2; round++) {
    clock.advance(PING_MS);
    await eventually(() => alice.pings === round);
  }
  clock.advance(PING_MS);
  assert.equal(await alice.end(), 'reset');
});

test('pongs that nobody asked for are ignored', async () => {
  await using venue = await openVenue();
  const alice = await venue.peer('alice');
  for (let count = 0; count < 100; count++) alice.write(frame('unasked', { opcode: 10 }));
  assert.equal((await alice.ask({ Action: 'SEND_MESSAGE', Content: 'hello' })).Type, 'MESSAGE');
});
