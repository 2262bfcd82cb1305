/** Who gets what when a fan-out takes several slices, and sessions come and go in between. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localBus } from '../../../src/bus/local.ts';
import { textFrame } from '../../../src/engine/frame.ts';
import { Hub } from '../../../src/engine/hub.ts';
import { SimulatedClock, SimulatedPeer } from '../../sim/support/world.ts';

/** A hub with a room. Each write takes `writeMs`, so that a fan-out of many is cut into slices. */
function room(writeMs: number) {
  const clock = new SimulatedClock();
  const observer = { fannedOut: () => undefined, sessionReset: () => undefined };
  const hub = new Hub({ bus: localBus(), clock, observer });
  const owner = { expired: () => undefined };
  const enter = async (subject = 'ann') => {
    const peer = new SimulatedPeer(true, () => clock.spend(writeMs));
    const session = hub.open(peer, { subject, owner, expiresAtMs: Number.POSITIVE_INFINITY });
    await hub.join(session, 'room');
    return { peer, session };
  };
  const tell = (text: string) => hub.publish({ topic: 'room', frame: textFrame(text) });
  return { clock, enter, tell };
}

test('a newcomer gets what was told earlier in the same tick', async () => {
  const { clock, enter, tell } = room(0);
  await enter();
  tell('one');
  const { peer } = await enter();
  tell('two');
  clock.endTick();
  assert.deepEqual(peer.texts, ['one', 'two']);
});

test('a newcomer gets what others are still being given, in order and once', async () => {
  const { clock, enter, tell } = room(0.1);
  const crowd = await Promise.all(Array.from({ length: 1000 }, () => enter()));
  tell('one');
  clock.endTick();
  assert.deepEqual(crowd.at(-1)?.peer.texts, [], 'the fan-out is cut into slices');
  tell('two');
  const { peer } = await enter();
  tell('three');
  for (let tick = 0; tick < 100; tick++) clock.endTick();
  assert.deepEqual(peer.texts, ['one', 'two', 'three']);
  assert.deepEqual(crowd.at(-1)?.peer.texts, ['one', 'two', 'three']);
});

test('a newcomer gets nothing that everybody has', async () => {
  const { clock, enter, tell } = room(0);
  await enter();
  tell('one');
  clock.endTick();
  const { peer } = await enter();
  clock.endTick();
  assert.deepEqual(peer.texts, []);
});

test('who leaves while a batch is given out keeps nobody from it', async () => {
  const { clock, enter, tell } = room(0.1);
  const crowd = await Promise.all(Array.from({ length: 1000 }, () => enter()));
  tell('one');
  clock.endTick();
  for (const { session } of crowd.slice(0, 500)) session.end('reset');
  tell('two');
  for (let tick = 0; tick < 100; tick++) clock.endTick();
  for (const { peer } of crowd.slice(500)) assert.deepEqual(peer.texts, ['one', 'two']);
});
