/** DISCONNECT_USER: the event first, to everybody, then a clean close (spec/ivs-chat 2.5, 2.7). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRoom, DisconnectUserRequest, eventually, SendMessageRequest } from '../support/chat.ts';
import { openVenue } from '../support/venue.ts';

test('everybody hears of it, the victim included, who is then disconnected and stays away', async () => {
  await using venue = await openVenue();
  const [alice, bob, carol] = [await venue.chatter('alice'), await venue.chatter('bob'), await venue.chatter('carol')];
  const request = new DisconnectUserRequest('bob', 'kicked');
  const event = await alice.room.disconnectUser(request);
  await eventually(() => bob.disconnects.length === 1 && carol.disconnected.length === 1);

  assert.deepEqual(bob.disconnects, ['serverDisconnect']);
  for (const { disconnected } of [alice, bob, carol]) assert.deepEqual(disconnected, [event]);
  assert.deepEqual([event.userId, event.reason, event.requestId], ['bob', 'kicked', request.requestId]);
  await alice.room.sendMessage(new SendMessageRequest('gone'));
  assert.deepEqual([bob.connects, bob.tokens], [1, 1]);
});

test('the victim hears what was before its end, then the event, then a close frame with 1000, and nothing after', async () => {
  await using venue = await openVenue();
  const [alice, bob] = [await venue.peer('alice'), await venue.peer('bob')];
  alice.send({ Action: 'SEND_MESSAGE', Content: 'before' });
  alice.send({ Action: 'DISCONNECT_USER', UserId: 'bob' });
  alice.send({ Action: 'SEND_MESSAGE', Content: 'after' });
  await alice.upTo(({ Content }) => Content === 'after');
  assert.equal((await bob.next()).Content, 'before');
  assert.equal((await bob.next()).EventName, 'aws:DISCONNECT_USER');
  const ended = await bob.end();
  assert.ok(typeof ended === 'object');
  assert.equal(ended.code, 1000);
  assert.equal(bob.texts.length, 2);
});

test('all connections of the user to the room are closed', async () => {
  await using venue = await openVenue();
  const alice = await venue.chatter('alice');
  const bobs = [await venue.chatter('bob'), await venue.chatter('bob'), await venue.chatter('bob')];
  await alice.room.disconnectUser(new DisconnectUserRequest('bob'));
  await eventually(() => bobs.every(({ disconnects }) => disconnects.length === 1));
  for (const { disconnects, disconnected } of bobs) {
    assert.deepEqual(disconnects, ['serverDisconnect']);
    assert.equal(disconnected.length, 1);
  }
});

test('connections of the user to other rooms stay', async () => {
  await using venue = await openVenue();
  const other = await createRoom(venue.client);
  const [alice, bob] = [await venue.peer('alice'), await venue.peer('bob', {}, other)];
  await alice.ask({ Action: 'DISCONNECT_USER', UserId: 'bob' });
  assert.equal((await bob.ask({ Action: 'SEND_MESSAGE', Content: 'still here' })).Content, 'still here');
});

test('a user may disconnect itself', async () => {
  await using venue = await openVenue();
  const alice = await venue.chatter('alice');
  const { userId } = await alice.room.disconnectUser(new DisconnectUserRequest('alice', 'bye'));
  assert.equal(userId, 'alice');
  await eventually(() => alice.disconnects.length === 1);
  assert.deepEqual(alice.disconnects, ['serverDisconnect']);
});

test('disconnecting a user who is not there resolves all the same', async () => {
  await using venue = await openVenue();
  const alice = await venue.chatter('alice');
  const { userId, reason } = await alice.room.disconnectUser(new DisconnectUserRequest('nobody'));
  assert.deepEqual([userId, reason], ['nobody', '']);
  assert.deepEqual(alice.disconnects, []);
});

test('user ids are compared exactly', async () => {
  await using venue = await openVenue();
  const [alice, bob] = [await venue.peer('alice'), await venue.peer('bob')];
  for (const UserId of ['Bob', 'bob ', 'bo', '*']) await alice.ask({ Action: 'DISCONNECT_USER', UserId });
  await alice.ask({ Action: 'SEND_MESSAGE', Content: 'still there?' });
  assert.equal((await bob.upTo(({ Type }) => Type === 'MESSAGE')).at(-1)?.Content, 'still there?');
});

test('it is no ban: the user comes back with a new token, also one minted before', async () => {
  await using venue = await openVenue();
  const [alice, bob] = [await venue.peer('alice'), await venue.peer('bob')];
  const unused = await venue.token({ userId: 'bob' });
  await alice.ask({ Action: 'DISCONNECT_USER', UserId: 'bob' });
  await bob.end();
  assert.equal((await venue.shakeHands(unused)).answer?.status, 101);
});

test('what the victim sends behind its end is not carried out', async () => {
  await using venue = await openVenue();
  const [alice, bob] = [await venue.peer('alice'), await venue.peer('bob')];
  bob.send({ Action: 'DISCONNECT_USER', UserId: 'bob' });
  bob.send({ Action: 'SEND_MESSAGE', Content: 'too late' });
  await bob.end();
  assert.equal((await alice.next()).EventName, 'aws:DISCONNECT_USER');
  assert.equal((await alice.ask({ Action: 'SEND_MESSAGE', Content: 'next' })).Content, 'next');
});

test('a victim that does not read its close frame gets nothing more all the same', async () => {
  await using venue = await openVenue();
  const [alice, bob] = [await venue.peer('alice'), await venue.peer('bob')];
  bob.socket.pause();
  await alice.ask({ Action: 'DISCONNECT_USER', UserId: 'bob' });
  assert.equal((await alice.ask({ Action: 'SEND_MESSAGE', Content: 'next' })).Content, 'next');
  assert.equal(await venue.metric('ivschat_deliveries_total{action="SEND_MESSAGE"}'), 1);
});
