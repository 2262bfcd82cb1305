/** A topic's frames are kept back from a session until something that goes before them is ready. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textFrame } from '../../../src/engine/frame.ts';
import { HELD_BYTES_MAX } from '../../../src/engine/holds.ts';
import { house } from './support/house.ts';

test('what is told while a topic is held follows what goes first', async () => {
  const { enter, hub, tell, settleDown } = house();
  const ann = await enter('ann', 'room');
  const bob = await enter('bob', 'room');
  hub.hold(ann.session, 'room');
  tell('room', 'one');
  settleDown();
  hub.publish({ topic: 'room', frame: textFrame('two'), audience: ['ann'] });
  tell('room', 'three');
  settleDown();
  assert.deepEqual(ann.peer.texts, []);
  hub.release(ann.session, 'room', textFrame('zero'));
  tell('room', 'four');
  settleDown();
  assert.deepEqual(ann.peer.texts, ['zero', 'one', 'two', 'three', 'four']);
  assert.deepEqual(bob.peer.texts, ['one', 'three', 'four']);
});

test('what was told in the same tick before and after the release comes once and in order', async () => {
  const { enter, hub, tell, settleDown } = house();
  const { peer, session } = await enter('ann', 'room');
  hub.hold(session, 'room');
  tell('room', 'one');
  session.send(textFrame('direct'));
  tell('room', 'two');
  hub.release(session, 'room', textFrame('zero'));
  tell('room', 'three');
  settleDown();
  assert.deepEqual(peer.texts, ['direct', 'zero', 'one', 'two', 'three']);
});

test('topics are held one by one', async () => {
  const { enter, hub, tell, settleDown } = house();
  const { peer, session } = await enter('ann', 'room', 'hall', 'attic');
  hub.hold(session, 'room');
  hub.hold(session, 'hall');
  for (const topic of ['room', 'hall', 'attic']) tell(topic, topic);
  settleDown();
  assert.deepEqual(peer.texts, ['attic']);
  hub.release(session, 'hall');
  settleDown();
  assert.deepEqual(peer.texts, ['attic', 'hall']);
  hub.release(session, 'room');
  settleDown();
  assert.deepEqual(peer.texts, ['attic', 'hall', 'room']);
  assert.equal(session.holds, undefined);
});

test('a topic can be held before it is joined', async () => {
  const { enter, hub, tell, settleDown, ticking } = house();
  const { peer, session } = await enter('ann');
  hub.settle(session);
  hub.hold(session, 'room');
  await ticking(hub.settled(session, ['room']));
  tell('room', 'one');
  settleDown();
  hub.release(session, 'room', textFrame('zero'));
  settleDown();
  assert.deepEqual(peer.texts, ['zero', 'one']);
});

test('who leaves a topic that it holds gets what was held; what should have gone first is dropped', async () => {
  const { enter, hub, tell, settleDown } = house();
  const { peer, session } = await enter('ann', 'room');
  hub.hold(session, 'room');
  tell('room', 'one');
  settleDown();
  tell('room', 'two');
  tell('room', 'out', { kind: 'leave', subject: 'ann' });
  tell('room', 'three');
  hub.release(session, 'room', textFrame('zero'));
  settleDown();
  assert.deepEqual(peer.texts, ['one', 'two', 'out']);
});

test('who is made to leave a topic before it has joined it holds it no more', async () => {
  const { affect, enter, hub, settleDown, ticking } = house();
  const { peer, session } = await enter('ann');
  hub.settle(session);
  hub.hold(session, 'room');
  affect('room', { kind: 'leave', subject: 'ann' });
  await ticking(hub.settled(session, ['room']));
  hub.release(session, 'room', textFrame('zero'));
  settleDown();
  assert.deepEqual(peer.texts, []);
});

test('a session that ends is given what it holds first', async () => {
  const { enter, hub, tell, settleDown } = house();
  const { peer, session } = await enter('ann', 'room', 'hall');
  hub.hold(session, 'room');
  hub.hold(session, 'hall');
  tell('room', 'one');
  tell('hall', 'two');
  settleDown();
  tell('room', 'three');
  session.end({ code: 1000, reason: '' });
  settleDown();
  assert.deepEqual(peer.texts, ['one', 'two', 'three']);
  assert.equal(peer.ended, 1000);
});

test('a session that holds more than it may is reset', async () => {
  const { enter, hub, resets, settleDown } = house();
  const { peer, session } = await enter('ann', 'room');
  const bob = await enter('bob', 'room');
  hub.hold(session, 'room');
  const frame = Buffer.alloc(HELD_BYTES_MAX / 2);
  for (let count = 0; count < 3; count++) {
    assert.equal(peer.ended, undefined);
    hub.publish({ topic: 'room', frame });
    settleDown();
  }
  assert.equal(peer.ended, 'reset');
  assert.deepEqual(resets, ['held']);
  assert.deepEqual(peer.written, []);
  assert.equal(bob.peer.written.length, 3);
  assert.equal(hub.audience('room'), 1);
});

test('what was released does not count any more', async () => {
  const { enter, hub, resets, settleDown } = house();
  const { session } = await enter('ann', 'room');
  for (let count = 0; count < 5; count++) {
    hub.hold(session, 'room');
    hub.publish({ topic: 'room', frame: Buffer.alloc(HELD_BYTES_MAX / 2) });
    settleDown();
    hub.release(session, 'room');
  }
  assert.deepEqual(resets, []);
});

test('too much to hold is noticed while a direct frame is sent', async () => {
  const { enter, hub, resets, settleDown } = house();
  const { peer, session } = await enter('ann', 'room');
  hub.hold(session, 'room');
  hub.publish({ topic: 'room', frame: Buffer.alloc(HELD_BYTES_MAX + 1) });
  session.send(textFrame('direct'));
  settleDown();
  assert.equal(peer.ended, 'reset');
  assert.deepEqual(resets, ['held']);
});
