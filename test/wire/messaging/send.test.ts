/** SEND_MESSAGE and MESSAGE with the official client (spec/ivs-chat 2.3, 2.6). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRoom, eventually, SendMessageRequest } from '../support/chat.ts';
import { openVenue } from '../support/venue.ts';

test('a message reaches everybody in the room, its sender included', async () => {
  await using venue = await openVenue();
  const alice = await venue.chatter('alice', { attributes: { name: 'Alice' } });
  const bob = await venue.chatter('bob');

  const sent = await alice.room.sendMessage(new SendMessageRequest('hello', { mood: 'fine' }));
  await eventually(() => bob.messages.length === 1 && alice.messages.length === 1);

  const [received] = bob.messages;
  assert.equal(received?.content, 'hello');
  assert.deepEqual(received?.attributes, { mood: 'fine' });
  assert.deepEqual(received?.sender, { userId: 'alice', attributes: { name: 'Alice' } });
  assert.equal(received?.id, sent.id);
  assert.match(sent.id, /^[a-zA-Z0-9]{12}$/);
  assert.deepEqual(alice.messages, bob.messages);
});

test('sendMessage resolves with the broadcast that answers it', async () => {
  await using venue = await openVenue();
  const alice = await venue.chatter('alice');
  const request = new SendMessageRequest('hello');
  const sent = await alice.room.sendMessage(request);
  assert.equal(sent.requestId, request.requestId);
  assert.equal(sent.content, 'hello');
  assert.ok(Math.abs(Number(sent.sendTime) - Date.now()) < 60_000);
});

test('requests under way at once each resolve with their own message', async () => {
  await using venue = await openVenue();
  const alice = await venue.chatter('alice');
  const contents = ['one', 'two', 'three', 'four', 'five'];
  const sent = await Promise.all(contents.map((content) => alice.room.sendMessage(new SendMessageRequest(content))));
  assert.deepEqual(
    sent.map(({ content }) => content),
    contents,
  );
});

test('a message without attributes has none', async () => {
  await using venue = await openVenue();
  const alice = await venue.chatter('alice');
  const sent = await alice.room.sendMessage(new SendMessageRequest('hello'));
  assert.equal(sent.attributes, undefined);
});

test('a message with empty attributes has an empty map', async () => {
  await using venue = await openVenue();
  const alice = await venue.chatter('alice');
  const sent = await alice.room.sendMessage(new SendMessageRequest('hello', {}));
  assert.deepEqual(sent.attributes, {});
});

test('a sender without attributes has an empty map', async () => {
  await using venue = await openVenue();
  const alice = await venue.chatter('alice');
  const { sender } = await alice.room.sendMessage(new SendMessageRequest('hello'));
  assert.deepEqual(sender, { userId: 'alice', attributes: {} });
});

test('attributes may be called as object members are', async () => {
  await using venue = await openVenue();
  const alice = await venue.chatter('alice');
  const attributes = JSON.parse('{"__proto__":"a","constructor":"b","toString":"c","":"d"}');
  const sent = await alice.room.sendMessage(new SendMessageRequest('hello', attributes));
  assert.deepEqual(Object.entries(sent.attributes ?? {}).sort(), Object.entries(attributes).sort());
});

for (const content of [
  '"quotes" and \\ and \u2028 and \u0000',
  'tabs\tand\r\nlines',
  '  ',
  'é 你好 العربية',
  '👩‍👩‍👧‍👦🇪🇺',
  '<b>&amp;</b>',
]) {
  test(`the content ${JSON.stringify(content)} arrives as it was sent`, async () => {
    await using venue = await openVenue();
    const alice = await venue.chatter('alice');
    const sent = await alice.room.sendMessage(new SendMessageRequest(content, { [content]: content }));
    assert.equal(sent.content, content);
    assert.deepEqual(sent.attributes, { [content]: content });
  });
}

test('half a surrogate pair, which no UTF-8 can hold, arrives as a replacement character', async () => {
  await using venue = await openVenue();
  const alice = await venue.chatter('alice');
  const half = '\ud83d';
  const sent = await alice.room.sendMessage(new SendMessageRequest(`a${half}b`, { [half]: half }));
  assert.equal(sent.content, 'a\ufffdb');
  assert.deepEqual(sent.attributes, { '\ufffd': '\ufffd' });
});

test('the length of a message is counted in code points', async () => {
  await using venue = await openVenue({ room: { maximumMessageLength: 5 } });
  const alice = await venue.chatter('alice');
  const longest = '😀'.repeat(5);
  assert.equal((await alice.room.sendMessage(new SendMessageRequest(longest))).content, longest);
  await assert.rejects(alice.room.sendMessage(new SendMessageRequest('123456')), { errorCode: 400 });
});

test('a message of 500 code points of four bytes each goes through', async () => {
  await using venue = await openVenue();
  const alice = await venue.chatter('alice');
  const content = '😀'.repeat(500);
  assert.equal((await alice.room.sendMessage(new SendMessageRequest(content))).content, content);
});

test('rooms hear nothing of each other', async () => {
  await using venue = await openVenue();
  const other = await createRoom(venue.client);
  const [here, there] = [await venue.peer('alice'), await venue.peer('alice', {}, other)];
  await here.ask({ Action: 'SEND_MESSAGE', Content: 'here' });
  const { Content } = await there.ask({ Action: 'SEND_MESSAGE', Content: 'there' });
  assert.equal(Content, 'there');
  assert.equal(here.texts.length, 1);
});

test('a new connection is told nothing of what was before it', async () => {
  await using venue = await openVenue();
  const alice = await venue.peer('alice');
  await alice.ask({ Action: 'SEND_MESSAGE', Content: 'before' });
  const bob = await venue.peer('bob');
  alice.send({ Action: 'SEND_MESSAGE', Content: 'after' });
  assert.equal((await bob.next()).Content, 'after');
});

test('a message is counted once as a request and once for each connection as a delivery', async () => {
  await using venue = await openVenue();
  const alice = await venue.peer('alice');
  await venue.peer('bob');
  await alice.ask({ Action: 'SEND_MESSAGE', Content: 'hello' });
  assert.equal(await venue.metric('ivschat_requests_total{action="SEND_MESSAGE"}'), 1);
  assert.equal(await venue.metric('ivschat_deliveries_total{action="SEND_MESSAGE"}'), 2);
  assert.equal(await venue.metric('ivschat_concurrent_chat_connections'), 2);
});
