/** Everything is served over TLS as well, to real clients that trust the CA. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { ListRoomsCommand } from '@aws-sdk/client-ivschat';
import { WebSocket } from 'ws';
import { chatter, eventually, SendMessageRequest } from '../support/chat.ts';
import { Peer } from '../support/peer.ts';
import { clientOf } from '../support/server.ts';
import { openVenue } from '../support/venue.ts';

const secure = { secure: true };

test('fetch gets the page and the state of the server', async () => {
  await using venue = await openVenue(secure);
  assert.equal((await fetch(`${venue.url}/healthz`)).status, 200);
  assert.match(await (await fetch(venue.url)).text(), /<title>/);
});

test('the AWS SDK calls operations', async () => {
  await using venue = await openVenue(secure);
  const client = clientOf(venue.url);
  const { rooms } = await client.send(new ListRoomsCommand({}));
  assert.deepEqual(
    rooms?.map(({ arn }) => arn),
    [venue.room],
  );
  client.destroy();
});

test('official clients chat, over TLS and without, in one room', async () => {
  await using venue = await openVenue(secure);
  const alice = await venue.chatter('alice');
  using bob = await chatter(venue.server.url, venue.client, venue.room, { userId: 'bob' });
  await alice.room.sendMessage(new SendMessageRequest('hello'));
  await eventually(() => bob.messages.length > 0);
  assert.equal(bob.messages[0]?.content, 'hello');
});

test('the ws client connects by name and by address', async () => {
  await using venue = await openVenue(secure);
  for (const host of ['localhost', '127.0.0.1']) {
    const url = new URL(venue.url.replace('https', 'wss'));
    url.hostname = host;
    const socket = new WebSocket(url, [await venue.token()]);
    await once(socket, 'open');
    socket.close();
    await once(socket, 'close');
  }
});

test('who does not trust the CA gets no connection', async () => {
  await using venue = await openVenue(secure);
  const socket = connect({ port: Number(new URL(venue.url).port), host: '127.0.0.1', ca: [] });
  const [error] = await once(socket, 'error');
  assert.equal(error.code, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
});

test('TLS 1.1 is refused, HTTP/1.1 is what ALPN agrees on', async () => {
  await using venue = await openVenue(secure);
  const port = Number(new URL(venue.url).port);
  const old = connect({ port, host: '127.0.0.1', minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' });
  await once(old, 'error');
  const modern: TLSSocket = connect({ port, host: '127.0.0.1', ALPNProtocols: ['h2', 'http/1.1'] });
  await once(modern, 'secureConnect');
  assert.equal(modern.alpnProtocol, 'http/1.1');
  modern.destroy();
});

test('plain HTTP on the TLS port is hung up on', async () => {
  await using venue = await openVenue(secure);
  await assert.rejects(fetch(venue.url.replace('https', 'http')), { message: 'fetch failed' });
});

test('a close frame has its code, and what was sent before it arrives before it', async () => {
  await using venue = await openVenue(secure);
  const [alice, bob] = [await venue.peer('alice'), await venue.peer('bob')];
  alice.send({ Action: 'SEND_MESSAGE', Content: 'last words' });
  alice.send({ Action: 'DISCONNECT_USER', UserId: 'bob', Reason: 'enough' });
  assert.equal((await bob.next()).Content, 'last words');
  assert.equal((await bob.next()).EventName, 'aws:DISCONNECT_USER');
  assert.equal(typeof (await bob.end()), 'object');
});

test('a server that stops ends connections in the midst of their TLS handshake', async () => {
  const venue = await openVenue(secure);
  const silent = await Peer.connect(venue.url.replace('https', 'http'));
  await venue[Symbol.asyncDispose]();
  await silent.end();
});
