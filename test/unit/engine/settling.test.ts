/** A session reads which topics it is to be on while joins and leaves go on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localBus } from '../../../src/bus/local.ts';
import { house } from './support/house.ts';

test('a settled session is on its topics', async () => {
  const { enter, hub, tell, settleDown, ticking } = house();
  const { peer, session } = await enter('ann');
  hub.settle(session);
  await ticking(hub.settled(session, ['room', 'hall']));
  tell('room', 'one');
  tell('hall', 'two');
  settleDown();
  assert.deepEqual(peer.texts, ['one', 'two']);
});

test('a topic that was left meanwhile is not joined', async () => {
  const { affect, enter, hub, tell, settleDown, ticking } = house();
  const { peer, session } = await enter('ann');
  hub.settle(session);
  affect('room', { kind: 'leave', subject: 'ann' });
  affect('hall', { kind: 'leave', subject: 'bob' });
  affect('attic', { kind: 'leave' });
  await ticking(hub.settled(session, ['room', 'hall', 'attic']));
  for (const topic of ['room', 'hall', 'attic']) tell(topic, `in the ${topic}`);
  settleDown();
  assert.deepEqual(peer.texts, ['in the hall']);
});

test('a topic that was joined and left meanwhile is not joined again', async () => {
  const { affect, enter, hub, tell, settleDown, ticking } = house();
  const { peer, session } = await enter('ann');
  hub.settle(session);
  affect('ann', { kind: 'join', topic: 'room' });
  tell('room', 'one');
  tell('room', 'out', { kind: 'leave', subject: 'ann' });
  await ticking(hub.settled(session, ['room']));
  tell('room', 'two');
  settleDown();
  assert.deepEqual(peer.texts, ['one', 'out']);
});

test('a topic that was left and joined meanwhile is kept, though it was not read', async () => {
  const { affect, enter, hub, tell, settleDown, ticking } = house();
  const { peer, session } = await enter('ann');
  hub.settle(session);
  affect('room', { kind: 'leave', subject: 'ann' });
  affect('ann', { kind: 'join', topic: 'room' });
  tell('room', 'one');
  await ticking(hub.settled(session, []));
  tell('room', 'two');
  settleDown();
  assert.deepEqual(peer.texts, ['one', 'two']);
});

test('a leave counts while the topics are being joined, and not after', async () => {
  const { affect, enter, hub, settleDown, tell, ticking } = house();
  const { peer, session } = await enter('ann');
  hub.settle(session);
  const settled = hub.settled(session, ['room', 'hall']);
  affect('room', { kind: 'leave', subject: 'ann' });
  await ticking(settled);
  affect('ann', { kind: 'join', topic: 'room' });
  tell('room', 'one');
  settleDown();
  assert.deepEqual(peer.texts, ['one']);
});

test('thousands of topics are joined in several ticks', async () => {
  const bus = localBus();
  const names = Array.from({ length: 5000 }, (_, index) => `room ${index}`);
  const { clock, enter, hub, tell, settleDown, ticking } = house({
    bus: {
      ...bus,
      subscribe(topic) {
        clock.spend(0.01);
        return bus.subscribe(topic);
      },
    },
  });
  const { peer, session } = await enter('ann');
  const startedMs = clock.monotonic();
  hub.settle(session);
  const settled = hub.settled(session, names);
  await new Promise(setImmediate);
  assert.equal(session.topics.size, 1, 'the first slice waits for the end of the tick');
  clock.endTick();
  await new Promise(setImmediate);
  assert.ok(clock.monotonic() - startedMs < 10, 'a slice ends in time');
  await ticking(settled);
  assert.equal(session.topics.size, 5001);
  tell('room 4999', 'one');
  settleDown();
  assert.deepEqual(peer.texts, ['one']);
});

test('a session that ends while it settles is on nothing', async () => {
  const { affect, enter, hub, ticking } = house();
  const { session } = await enter('ann');
  hub.settle(session);
  const settled = hub.settled(session, ['room']);
  affect('ann', { kind: 'end', subject: 'ann', code: 1000, reason: '' });
  await ticking(settled);
  assert.equal(session.topics.size, 0);
  assert.equal(hub.audience('room'), 0);
});

test('settling fails when a topic cannot be subscribed', async () => {
  const bus = localBus();
  const subscribe = async (topic: string) => {
    if (topic === 'room') throw new Error('The bus is gone.');
    return bus.subscribe(topic);
  };
  const { enter, hub, ticking } = house({ bus: { ...bus, subscribe } });
  const { session } = await enter('ann');
  hub.settle(session);
  await assert.rejects(ticking(hub.settled(session, ['hall', 'room'])), /The bus is gone/);
});

test('a session that cannot join by an effect is reset', async () => {
  const bus = localBus();
  const subscribe = async (topic: string) => {
    if (topic === 'room') throw new Error('The bus is gone.');
    return bus.subscribe(topic);
  };
  const { affect, enter, settleDown } = house({ bus: { ...bus, subscribe } });
  const { peer } = await enter('ann');
  affect('ann', { kind: 'join', topic: 'room' });
  await new Promise(setImmediate);
  settleDown();
  assert.equal(peer.ended, 'reset');
});

test('a session to which too much happens while it settles begins anew', async () => {
  const { affect, enter, hub, settleDown } = house();
  const { peer, session } = await enter('ann');
  hub.settle(session);
  for (let room = 0; room <= 10_000; room++) affect(`room ${room}`, { kind: 'leave', subject: 'ann' });
  settleDown();
  assert.equal(peer.ended, 'reset');
});
