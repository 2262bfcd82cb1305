/** SendEvent, DeleteMessage and DisconnectUser over HTTP reach the room's sockets (spec/ivs-chat 2.7, 3.4). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeleteMessageCommand, DisconnectUserCommand, SendEventCommand } from '@aws-sdk/client-ivschat';
import { eventually } from '../support/chat.ts';
import { openVenue } from '../support/venue.ts';

test('SendEvent reaches everybody in the room under the id it returned', async () => {
  await using venue = await openVenue();
  const [alice, bob] = [await venue.chatter('alice'), await venue.chatter('bob')];
  const { id } = await venue.client.send(
    new SendEventCommand({ roomIdentifier: venue.room, eventName: 'app:poll', attributes: { question: 'tea?' } }),
  );
  await eventually(() => alice.events.length === 1 && bob.events.length === 1);
  const [event] = bob.events;
  assert.equal(event?.id, id);
  assert.equal(event?.eventName, 'app:poll');
  assert.deepEqual(event?.attributes, { question: 'tea?' });
  assert.equal(event?.requestId, '');
});

test('an event without attributes has none', async () => {
  await using venue = await openVenue();
  const alice = await venue.peer('alice');
  await venue.client.send(new SendEventCommand({ roomIdentifier: venue.room, eventName: 'app:ping' }));
  assert.equal((await alice.next()).Attributes, null);
});

test('an event of 4096 bytes of attributes reaches the sockets', async () => {
  await using venue = await openVenue();
  const alice = await venue.peer('alice');
  const attributes = { text: 'ü'.repeat(2046) };
  await venue.client.send(new SendEventCommand({ roomIdentifier: venue.room, eventName: 'app:long', attributes }));
  assert.deepEqual((await alice.next()).Attributes, attributes);
});

test('DeleteMessage reaches messageDelete; it returns the id of the event', async () => {
  await using venue = await openVenue();
  const alice = await venue.chatter('alice');
  const { id } = await venue.client.send(
    new DeleteMessageCommand({ roomIdentifier: venue.room, id: 'AAAAbbbb1234', reason: 'spam' }),
  );
  await eventually(() => alice.deleted.length === 1);
  const [deleted] = alice.deleted;
  assert.deepEqual([deleted?.id, deleted?.messageId, deleted?.reason], [id, 'AAAAbbbb1234', 'spam']);
  assert.equal(deleted?.requestId, '');
});

test('DisconnectUser tells everybody, then disconnects the user', async () => {
  await using venue = await openVenue();
  const [alice, bob] = [await venue.chatter('alice'), await venue.chatter('bob')];
  await venue.client.send(new DisconnectUserCommand({ roomIdentifier: venue.room, userId: 'bob', reason: 'rules' }));
  await eventually(() => bob.disconnects.length === 1 && alice.disconnected.length === 1);
  assert.deepEqual(bob.disconnects, ['serverDisconnect']);
  assert.deepEqual(bob.disconnected, alice.disconnected);
  const [event] = alice.disconnected;
  assert.deepEqual([event?.userId, event?.reason, event?.requestId], ['bob', 'rules', '']);
});

test('calls and requests share one order', async () => {
  await using venue = await openVenue();
  const [alice, bob] = [await venue.peer('alice'), await venue.peer('bob')];
  for (let round = 0; round < 4; round++) {
    await alice.ask({ Action: 'SEND_MESSAGE', Content: `${round}` });
    await venue.client.send(new SendEventCommand({ roomIdentifier: venue.room, eventName: `app:${round}` }));
    await alice.next();
  }
  assert.equal((await bob.upTo(({ EventName }) => EventName === 'app:3')).length, 8);
  assert.deepEqual(bob.texts, alice.texts);
});
