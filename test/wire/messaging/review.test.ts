/** Rooms with a message review handler, which nothing calls yet: as if every call failed (spec/ivs-chat 5). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SendEventCommand } from '@aws-sdk/client-ivschat';
import { SendMessageRequest } from '../support/chat.ts';
import { openVenue } from '../support/venue.ts';

const URI = 'arn:aws:lambda:us-east-1:000000000000:function:review';
const deny = { messageReviewHandler: { uri: URI, fallbackResult: 'DENY' as const } };

test('fallbackResult ALLOW delivers the message as it was sent', async () => {
  await using venue = await openVenue({ room: { messageReviewHandler: { uri: URI, fallbackResult: 'ALLOW' } } });
  const alice = await venue.chatter('alice');
  const sent = await alice.room.sendMessage(new SendMessageRequest('hello', { a: 'b' }));
  assert.deepEqual([sent.content, sent.attributes], ['hello', { a: 'b' }]);
});

test('without a fallbackResult it is ALLOW', async () => {
  await using venue = await openVenue({ room: { messageReviewHandler: { uri: URI } } });
  const alice = await venue.chatter('alice');
  assert.equal((await alice.room.sendMessage(new SendMessageRequest('hello'))).content, 'hello');
});

test('fallbackResult DENY answers the sender 406, and nobody sees the message', async () => {
  await using venue = await openVenue({ room: deny });
  const [alice, bob] = [await venue.chatter('alice'), await venue.peer('bob')];
  await assert.rejects(alice.room.sendMessage(new SendMessageRequest('hello')), { errorCode: 406 });
  await bob.ask({ Action: 'DELETE_MESSAGE', Id: 'AAAAbbbb1234' });
  assert.equal(bob.texts.length, 1);
});

test('deletions, disconnections and events are not reviewed', async () => {
  await using venue = await openVenue({ room: deny });
  const alice = await venue.peer('alice');
  assert.equal((await alice.ask({ Action: 'DELETE_MESSAGE', Id: 'AAAAbbbb1234' })).Type, 'EVENT');
  assert.equal((await alice.ask({ Action: 'DISCONNECT_USER', UserId: 'nobody' })).Type, 'EVENT');
  await venue.client.send(new SendEventCommand({ roomIdentifier: venue.room, eventName: 'app:hello' }));
  assert.equal((await alice.next()).EventName, 'app:hello');
});

test('a handler with an empty uri is none, whatever its fallbackResult', async () => {
  await using venue = await openVenue({ room: { messageReviewHandler: { uri: '', fallbackResult: 'DENY' } } });
  const alice = await venue.chatter('alice');
  assert.equal((await alice.room.sendMessage(new SendMessageRequest('hello'))).content, 'hello');
});
