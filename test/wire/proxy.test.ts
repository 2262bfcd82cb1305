/** Behind a proxy as docs/deployment.md has it: Host kept, the target passed on as it came, addresses appended. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import { test } from 'node:test';
import { chatter, createRoom, SendMessageRequest } from './support/chat.ts';
import { send } from './support/raw-http.ts';
import { clientOf, startServer } from './support/server.ts';

/** A proxy that appends the peer's address, which a test may give, as nginx's $proxy_add_x_forwarded_for does. */
async function startProxy(upstream: string, peer: string): Promise<AsyncDisposable & { readonly url: string }> {
  const { hostname, port } = new URL(upstream);
  const forward = ({ method, url, headers }: IncomingMessage) => {
    const path = [headers['x-forwarded-for'] ?? [], peer].flat().join(', ');
    const all = { ...headers, 'x-forwarded-for': path, 'x-forwarded-proto': 'https' };
    return request({ hostname, port, method, path: url, headers: all, agent: false });
  };
  const server = createServer((incoming, outgoing) => {
    const passed = forward(incoming).on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(passed);
  });
  server.on('upgrade', (incoming, socket) => {
    const passed = forward(incoming).on('upgrade', (answer, beyond) => {
      const lines = answer.rawHeaders.map((each, index) => (index % 2 === 0 ? `${each}: ` : `${each}\r\n`));
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('')}\r\n`);
      socket.pipe(beyond).pipe(socket);
      socket.on('close', () => beyond.destroy()).on('error', () => beyond.destroy());
      beyond.on('close', () => socket.destroy()).on('error', () => socket.destroy());
    });
    passed.end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The addresses of the calls in a server's log. */
const addresses = (log: readonly string[]) =>
  log.map((line) => JSON.parse(line)).flatMap(({ msg, address }) => (msg === 'call' ? [address] : []));

test('the AWS SDK and official clients work through it, and the address is theirs', async () => {
  await using server = await startServer({ 'trusted-proxy': ['127.0.0.0/8'] });
  await using proxy = await startProxy(server.url, '203.0.113.5');
  const client = clientOf(proxy.url);
  const room = await createRoom(client);
  using alice = await chatter(proxy.url, client, room);
  assert.equal((await alice.room.sendMessage(new SendMessageRequest('hello'))).content, 'hello');
  assert.deepEqual(addresses(server.log), ['203.0.113.5', '203.0.113.5']);
  client.destroy();
});

test('what the client itself claims does not count', async () => {
  await using server = await startServer({ 'trusted-proxy': ['127.0.0.1'] });
  await using proxy = await startProxy(server.url, '203.0.113.5');
  await send(proxy.url, { target: '/ListRooms', headers: { 'x-forwarded-for': '198.51.100.1' } });
  assert.deepEqual(addresses(server.log), ['203.0.113.5']);
});

test('without --trusted-proxy the address is that of the peer', async () => {
  await using server = await startServer();
  await using proxy = await startProxy(server.url, '203.0.113.5');
  await send(proxy.url, { target: '/ListRooms' });
  assert.deepEqual(addresses(server.log), ['127.0.0.1']);
});
