/** What an event does to the sessions of its topic besides being told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textFrame } from '../../../src/engine/frame.ts';
import { house } from './support/house.ts';

test('who leaves gets the event of the leaving and nothing after it', async () => {
  const { enter, tell, settleDown } = house();
  const ann = await enter('ann', 'room');
  const bob = await enter('bob', 'room');
  tell('room', 'one');
  tell('room', 'ann is out', { kind: 'leave', subject: 'ann' });
  tell('room', 'two');
  settleDown();
  assert.deepEqual(ann.peer.texts, ['one', 'ann is out']);
  assert.deepEqual(bob.peer.texts, ['one', 'ann is out', 'two']);
  assert.equal(ann.peer.ended, undefined);
});

test('all sessions of a subject leave, and stay on their other topics', async () => {
  const { enter, tell, settleDown } = house();
  const [first, second] = [await enter('ann', 'room', 'hall'), await enter('ann', 'room', 'hall')];
  tell('room', 'out', { kind: 'leave', subject: 'ann' });
  tell('room', 'two');
  tell('hall', 'three');
  settleDown();
  assert.deepEqual(first?.peer.texts, ['out', 'three']);
  assert.deepEqual(second?.peer.texts, ['out', 'three']);
});

test('a leave of nobody in particular is for all', async () => {
  const { enter, hub, tell, settleDown } = house();
  const members = [await enter('ann', 'room'), await enter('bob', 'room')];
  tell('room', 'closed', { kind: 'leave' });
  tell('room', 'two');
  settleDown();
  for (const { peer } of members) assert.deepEqual(peer.texts, ['closed']);
  assert.equal(hub.audience('room'), 0);
});

test('who leaves while a fan-out takes several slices gets all of it', async () => {
  const { clock, enter, tell, settleDown } = house({ writeMs: 0.1 });
  const crowd = await Promise.all(Array.from({ length: 1000 }, (_, index) => enter(`user ${index}`, 'room')));
  tell('room', 'one');
  clock.endTick();
  tell('room', 'two');
  tell('room', 'out', { kind: 'leave', subject: 'user 0' });
  tell('room', 'out too', { kind: 'leave', subject: 'user 999' });
  tell('room', 'three');
  settleDown();
  assert.deepEqual(crowd[0]?.peer.texts, ['one', 'two', 'out']);
  assert.deepEqual(crowd[999]?.peer.texts, ['one', 'two', 'out', 'out too']);
  assert.deepEqual(crowd[500]?.peer.texts, ['one', 'two', 'out', 'out too', 'three']);
});

test('when a crowd leaves at once, its writes are spread over several ticks', async () => {
  const { clock, enter, tell, settleDown } = house({ writeMs: 0.1 });
  const crowd = await Promise.all(Array.from({ length: 1000 }, (_, index) => enter(`user ${index}`, 'room')));
  tell('room', 'closed', { kind: 'leave' });
  clock.endTick();
  assert.deepEqual(crowd.at(-1)?.peer.texts, []);
  settleDown();
  for (const { peer } of crowd) assert.deepEqual(peer.texts, ['closed']);
});

test('who joins gets what is told afterwards, and nothing earlier', async () => {
  const { affect, enter, tell, settleDown } = house();
  const ann = await enter('ann', 'room');
  const bob = await enter('bob');
  tell('room', 'one');
  affect('bob', { kind: 'join', topic: 'room' });
  tell('room', 'two');
  settleDown();
  assert.deepEqual(ann.peer.texts, ['one', 'two']);
  assert.deepEqual(bob.peer.texts, ['two']);
});

test('who joins while others are still being given earlier events does not get those', async () => {
  const { affect, clock, enter, tell, settleDown } = house({ writeMs: 0.1 });
  const crowd = await Promise.all(Array.from({ length: 1000 }, () => enter('ann', 'room')));
  const bob = await enter('bob');
  tell('room', 'one');
  clock.endTick();
  assert.deepEqual(crowd.at(-1)?.peer.texts, [], 'the fan-out is cut into slices');
  tell('room', 'two');
  affect('bob', { kind: 'join', topic: 'room' });
  tell('room', 'three');
  settleDown();
  assert.deepEqual(bob.peer.texts, ['three']);
  assert.deepEqual(crowd.at(-1)?.peer.texts, ['one', 'two', 'three']);
});

test('all sessions of the user join, once', async () => {
  const { enter, tell, settleDown } = house();
  const [first, second] = [await enter('ann', 'room'), await enter('ann')];
  tell('ann', 'welcome', { kind: 'join', topic: 'room' });
  tell('room', 'one');
  settleDown();
  assert.deepEqual(first?.peer.texts.toSorted(), ['one', 'welcome']);
  assert.deepEqual(second?.peer.texts.toSorted(), ['one', 'welcome']);
});

test('who leaves and joins again in one tick gets everything once', async () => {
  const { affect, enter, tell, settleDown } = house();
  const ann = await enter('ann', 'room');
  tell('room', 'one');
  tell('room', 'out', { kind: 'leave', subject: 'ann' });
  tell('room', 'two');
  affect('ann', { kind: 'join', topic: 'room' });
  tell('room', 'three');
  settleDown();
  assert.deepEqual(ann.peer.texts, ['one', 'out', 'three']);
});

test('an event may be its effect alone', async () => {
  const { affect, enter, settleDown } = house();
  const ann = await enter('ann', 'room');
  affect('room', { kind: 'end', subject: 'ann', code: 4001, reason: 'Enough' });
  settleDown();
  assert.deepEqual(ann.peer.texts, []);
  assert.equal(ann.peer.ended, 4001);
});

test('a frame for an audience keeps its place among those for all', async () => {
  const { enter, hub, tell, settleDown } = house();
  const ann = await enter('ann', 'room');
  const bob = await enter('bob', 'room');
  tell('room', 'one');
  const leave = { kind: 'leave', subject: 'ann' } as const;
  hub.publish({ topic: 'room', frame: textFrame('out'), audience: ['ann'], effect: leave });
  tell('room', 'two');
  settleDown();
  assert.deepEqual(ann.peer.texts, ['one', 'out']);
  assert.deepEqual(bob.peer.texts, ['one', 'two']);
});
