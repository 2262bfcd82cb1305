/** DELETE_MESSAGE and its event (spec/ivs-chat 2.4, 2.7). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeleteMessageRequest, eventually, SendMessageRequest } from '../support/chat.ts';
import { openVenue } from '../support/venue.ts';

test('a deletion reaches messageDelete of everybody in the room', async () => {
  await using venue = await openVenue();
  const [alice, bob] = [await venue.chatter('alice'), await venue.chatter('bob')];
  const { id } = await bob.room.sendMessage(new SendMessageRequest('spam'));
  await alice.room.deleteMessage(new DeleteMessageRequest(id, 'no spam'));
  await eventually(() => bob.deleted.length === 1 && alice.deleted.length === 1);
  assert.equal(bob.deleted[0]?.messageId, id);
  assert.equal(bob.deleted[0]?.reason, 'no spam');
  assert.deepEqual(bob.events, []);
});

test('deleteMessage resolves with the event that answers it', async () => {
  await using venue = await openVenue();
  const alice = await venue.chatter('alice');
  const request = new DeleteMessageRequest('AAAAbbbb1234');
  const deleted = await alice.room.deleteMessage(request);
  assert.equal(deleted.requestId, request.requestId);
  assert.equal(deleted.messageId, 'AAAAbbbb1234');
  assert.notEqual(deleted.id, deleted.messageId);
});

test('the event carries the message under both spellings, and a reason even when none was given', async () => {
  await using venue = await openVenue();
  const alice = await venue.peer('alice');
  const { EventName, Attributes } = await alice.ask({ Action: 'DELETE_MESSAGE', Id: 'AAAAbbbb1234' });
  assert.equal(EventName, 'aws:DELETE_MESSAGE');
  assert.deepEqual(Attributes, { MessageID: 'AAAAbbbb1234', MessageId: 'AAAAbbbb1234', Reason: '' });
});

test('whether such a message was ever sent does not matter: nothing is stored', async () => {
  await using venue = await openVenue();
  const alice = await venue.peer('alice');
  const { Id } = await alice.ask({ Action: 'DELETE_MESSAGE', Id: 'neverWas1234' });
  const again = await alice.ask({ Action: 'DELETE_MESSAGE', Id });
  assert.equal(again.Attributes?.['MessageId'], Id);
});
