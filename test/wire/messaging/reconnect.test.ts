/** Connections that are lost or renewed (spec/ivs-chat 1.5). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chatter, eventually, SendMessageRequest } from '../support/chat.ts';
import { relayTo } from '../support/relay.ts';
import { openVenue, type Venue } from '../support/venue.ts';

test('a client whose connection breaks comes back at once with a new token', async () => {
  await using venue = await openVenue();
  await using relay = await relayTo(venue.url);
  using alice = new Chatter(relay.url, async () => ({ token: await venue.token() }));
  await alice.connect();
  relay.cut();
  await eventually(() => alice.connects === 2);
  assert.deepEqual([alice.tokens, alice.disconnects], [2, []]);
  assert.equal((await alice.room.sendMessage(new SendMessageRequest('back'))).content, 'back');
});

test('what is left of a broken connection gets nothing and counts no more', async () => {
  await using venue = await openVenue();
  await using relay = await relayTo(venue.url);
  using bob = new Chatter(relay.url, async () => ({ token: await venue.token({ userId: 'bob' }) }));
  await bob.connect();
  const alice = await venue.chatter('alice');
  relay.cut();
  await eventually(() => bob.connects === 2);
  await alice.room.sendMessage(new SendMessageRequest('hello'));
  await eventually(() => bob.messages.length === 1);
  await eventually(async () => (await venue.metric('ivschat_concurrent_chat_connections')) === 2);
});

/** A client that renews its connection after some 20 ms, again and again, as often as told. */
function renewing(venue: Venue, renewals: number): Chatter {
  let left = renewals;
  return new Chatter(venue.url, async () => {
    const token = await venue.token({ userId: 'viewer' });
    // The client renews a short-lived token 30 seconds before it ends.
    return left-- > 0 ? { token, tokenExpirationTime: new Date(Date.now() + 30_020) } : { token };
  });
}

test('a client that knows when its token expires renews its connection before, and the old one leaves', async () => {
  await using venue = await openVenue();
  using viewer = renewing(venue, 1);
  await viewer.connect();
  await eventually(() => viewer.tokens === 2);
  await eventually(async () => (await venue.metric('ivschat_concurrent_chat_connections')) === 1);
  assert.deepEqual([viewer.connects, viewer.disconnects], [1, []]);
});

test('while connections are renewed no message is lost or shown twice', async () => {
  await using venue = await openVenue({ flags: { limits: 'off' } });
  using viewer = renewing(venue, 20);
  await viewer.connect();
  const speaker = await venue.peer('speaker');
  let sent = 0;
  while (viewer.tokens < 21) {
    for (let burst = 0; burst < 5; burst++) speaker.send({ Action: 'SEND_MESSAGE', Content: `${sent++}` });
    await speaker.take(5);
  }
  await eventually(() => viewer.messages.at(-1)?.content === `${sent - 1}`);
  assert.deepEqual(
    viewer.messages.map(({ content }) => content),
    Array.from({ length: sent }, (_, index) => `${index}`),
  );
});

test('a refused renewal makes the client give up, its old connection included', async () => {
  await using venue = await openVenue();
  const tokens = [await venue.token(), 'garbage'];
  const expires = () => new Date(Date.now() + 30_100);
  using viewer = new Chatter(venue.url, async () => ({
    token: tokens.length > 1 ? (tokens.shift() ?? '') : 'garbage',
    tokenExpirationTime: expires(),
  }));
  await viewer.connect();
  await eventually(() => viewer.disconnects.length > 0);
  assert.deepEqual(viewer.disconnects, ['socketError']);
  assert.equal(viewer.tokens, 5);
});

test('disconnect() leaves with a clean close', async () => {
  await using venue = await openVenue();
  const alice = await venue.chatter('alice');
  alice.room.disconnect();
  assert.deepEqual(alice.disconnects, ['clientDisconnect']);
  await eventually(async () => (await venue.metric('ivschat_concurrent_chat_connections')) === 0);
});
