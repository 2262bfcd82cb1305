/** SEND_MESSAGE and MESSAGE with the official client (spec/ivs-chat 2.3, 2.6). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chatter, createRoom, eventually, SendMessageRequest } from '../support/chat.ts';
import { startServer } from '../support/server.ts';

test('a message reaches everybody in the room, its sender included', async () => {
  await using server = await startServer();
  const room = await createRoom(server.client);
  using alice = await chatter(server.url, server.client, room, { userId: 'alice', attributes: { name: 'Alice' } });
  using bob = await chatter(server.url, server.client, room, { userId: 'bob' });

  const sent = await alice.room.sendMessage(new SendMessageRequest('hello', { mood: 'fine' }));
  await eventually(() => bob.messages.length === 1 && alice.messages.length === 1);

  const [received] = bob.messages;
  assert.equal(received?.content, 'hello');
  assert.deepEqual(received?.attributes, { mood: 'fine' });
  assert.deepEqual(received?.sender, { userId: 'alice', attributes: { name: 'Alice' } });
  assert.equal(received?.id, sent.id);
  assert.match(sent.id, /^[a-zA-Z0-9]{12}$/);
});
