/** What a session does by itself: pings, expiry, and resets of peers that do not read. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localBus } from '../../../src/bus/local.ts';
import type { ResetCause } from '../../../src/engine/backlog.ts';
import { textFrame } from '../../../src/engine/frame.ts';
import { Hub } from '../../../src/engine/hub.ts';
import { SimulatedClock, SimulatedPeer } from '../../sim/support/world.ts';

const LIMITS = { sessionBytes: 1000, ageMs: 10_000, processBytes: 2500 };

function world() {
  const clock = new SimulatedClock();
  const resets: ResetCause[] = [];
  const observer = { fannedOut: () => undefined, sessionReset: (cause: ResetCause) => resets.push(cause) };
  const hub = new Hub({ bus: localBus(), clock, observer, backlog: LIMITS });
  const expired: number[] = [];
  const open = (reads = true, expiresAtMs = Number.POSITIVE_INFINITY) => {
    const peer = new SimulatedPeer(reads, () => undefined);
    const owner = { expired: () => expired.push(clock.now()) };
    return { peer, session: hub.open(peer, { subject: 'ann', owner, expiresAtMs }) };
  };
  return { clock, hub, open, resets, expired };
}

const frameOf = (bytes: number) => textFrame('x'.repeat(bytes - 4));

test('a peer is pinged every 30 seconds and stays while it answers', () => {
  const { clock, open } = world();
  const { peer, session } = open();
  for (let minute = 0; minute < 10; minute++) {
    clock.pass(30_000);
    session.heard();
  }
  assert.ok(peer.pings >= 9 && peer.pings <= 10);
  assert.equal(peer.ended, undefined);
});

test('a peer that misses two pings is reset', () => {
  const { clock, open } = world();
  const { peer } = open();
  clock.pass(95_000);
  assert.equal(peer.pings, 2);
  assert.equal(peer.ended, 'reset');
});

test('the owner is told once when the time is up', () => {
  const { clock, open, expired } = world();
  const deadline = clock.now() + 12_000;
  open(true, deadline);
  clock.pass(25_000);
  assert.equal(expired.length, 1);
  assert.ok((expired[0] ?? 0) >= deadline);
});

test('a session with more than its budget unread is reset', () => {
  const { clock, open, resets } = world();
  const { peer, session } = open(false);
  session.send(frameOf(600));
  clock.endTick();
  assert.equal(peer.ended, undefined);
  session.send(frameOf(600));
  clock.endTick();
  assert.equal(peer.ended, 'reset');
  clock.pass(2000);
  assert.deepEqual(resets, ['budget'], 'told once');
});

test('a session opened with a budget of its own has that one', () => {
  const { clock, hub, resets } = world();
  const peer = new SimulatedPeer(false, () => undefined);
  const owner = { expired: () => undefined };
  const expiresAtMs = Number.POSITIVE_INFINITY;
  const session = hub.open(peer, { subject: 'ann', owner, expiresAtMs, unreadBytesMax: 2000 });
  session.send(frameOf(1600));
  clock.endTick();
  assert.equal(peer.ended, undefined);
  session.send(frameOf(600));
  clock.endTick();
  assert.equal(peer.ended, 'reset');
  assert.deepEqual(resets, ['budget']);
});

test('a byte that stays unread for longer than its age resets the session', () => {
  const { clock, open, resets } = world();
  const { peer, session } = open(false);
  session.send(frameOf(100));
  clock.pass(9000);
  assert.equal(peer.ended, undefined);
  clock.pass(3000);
  assert.equal(peer.ended, 'reset');
  assert.deepEqual(resets, ['age']);
});

test('a peer that is always behind but keeps reading is left alone', () => {
  const { clock, open, resets } = world();
  const { peer, session } = open(false);
  for (let second = 0; second < 60; second++) {
    session.send(frameOf(100));
    clock.endTick();
    peer.unsent = 100; // it has read all but the newest frame
    clock.pass(1000);
  }
  assert.deepEqual(resets, []);
});

test('when all sessions together hold too much, the largest go first', () => {
  const { clock, open, resets } = world();
  const sizes = [400, 900, 500, 800];
  const peers = sizes.map((size) => {
    const { peer, session } = open(false);
    session.send(frameOf(size));
    return peer;
  });
  clock.endTick();
  assert.deepEqual(resets, ['process']);
  assert.deepEqual(
    peers.map(({ ended }) => ended),
    [undefined, 'reset', undefined, undefined],
  );
});

test('an end overtakes nothing that was published before it', async () => {
  const { clock, hub, open } = world();
  const { peer, session } = open();
  await hub.join(session, 'room');
  hub.publish({ topic: 'room', frame: textFrame('one') });
  session.end({ code: 1000, reason: '' });
  hub.publish({ topic: 'room', frame: textFrame('two') });
  clock.endTick();
  assert.deepEqual(peer.texts, ['one']);
  assert.equal(peer.ended, 1000);
});

test('all receivers of a batch are handed the very same bytes', async () => {
  const { clock, hub, open } = world();
  const members = [open(), open(), open()];
  for (const { session } of members) await hub.join(session, 'room');
  hub.publish({ topic: 'room', frame: textFrame('one') });
  hub.publish({ topic: 'room', frame: textFrame('two') });
  clock.endTick();
  const [first] = members.map(({ peer }) => peer.written);
  for (const { peer } of members) {
    assert.equal(peer.written.length, 1);
    assert.equal(peer.written[0], first?.[0]);
    assert.equal(peer.writes, 1);
  }
});

test('a topic takes no more once half a megabyte waits behind a batch', async () => {
  const { hub, open } = world();
  const { session } = open();
  await hub.join(session, 'room');
  assert.equal(hub.congested('room'), false);
  hub.publish({ topic: 'room', frame: Buffer.alloc(600_000) });
  assert.equal(hub.congested('room'), true);
});
