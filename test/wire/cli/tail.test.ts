/** `parlor tail`: what is sent to a room, one frame a line. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import {
  CreateChatTokenCommand,
  CreateRoomCommand,
  type IvschatClient,
  SendEventCommand,
} from '@aws-sdk/client-ivschat';
import { clientOf, ROOT_KEY, startServer, type TestServer, temporaryDirectory } from '../support/server.ts';
import { complaint, startParlor } from './command-line.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server[Symbol.asyncDispose]());

async function createRoom(client: IvschatClient): Promise<string> {
  const { arn = '' } = await client.send(new CreateRoomCommand());
  return arn;
}

async function sendEvent(client: IvschatClient, room: string, eventName: string): Promise<void> {
  await client.send(new SendEventCommand({ roomIdentifier: room, eventName }));
}

test('frames are printed as they came, in order', async () => {
  const room = await createRoom(server.client);
  const { token = '' } = await server.client.send(new CreateChatTokenCommand({ roomIdentifier: room, userId: 'ada' }));
  const socket = new WebSocket(server.socketUrl, token);
  const frames: string[] = [];
  socket.addEventListener('message', ({ data }) => frames.push(String(data)));
  await once(socket, 'open');
  await using tail = startParlor(server, 'tail', room);
  await tail.noted(/Connected/);
  for (const name of ['one', 'two', 'three']) await sendEvent(server.client, room, name);
  const lines = [await tail.nextLine(), await tail.nextLine(), await tail.nextLine()];
  while (frames.length < 3) await once(socket, 'message');
  assert.deepEqual(lines, frames);
  socket.close();
});

test('a room may be named by its id, and the user chosen', async () => {
  const room = await createRoom(server.client);
  await using tail = startParlor(server, 'tail', room.replace(/.*\//, ''), '--user', 'watcher');
  await tail.noted(/Connected/);
  const moderator = { roomIdentifier: room, userId: 'moderator', capabilities: ['DISCONNECT_USER' as const] };
  const { token = '' } = await server.client.send(new CreateChatTokenCommand(moderator));
  const socket = new WebSocket(server.socketUrl, token);
  await once(socket, 'open');
  socket.send(JSON.stringify({ Action: 'DISCONNECT_USER', UserId: 'watcher' }));
  assert.equal(JSON.parse(await tail.nextLine()).EventName, 'aws:DISCONNECT_USER');
  await tail.noted(/The connection has ended; connecting again/);
  socket.close();
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} ends it cleanly`, async () => {
    await using tail = startParlor(server, 'tail', await createRoom(server.client));
    await tail.noted(/Connected/);
    tail.child.kill(signal);
    assert.equal(await tail.ended, 0);
  });
}

test('a reader that goes away ends it without a word', async () => {
  const room = await createRoom(server.client);
  await using tail = startParlor(server, 'tail', room);
  await tail.noted(/Connected/);
  await sendEvent(server.client, room, 'one');
  await tail.nextLine();
  tail.child.stdout?.destroy();
  await sendEvent(server.client, room, 'two');
  assert.equal(await tail.ended, 0);
  await assert.rejects(tail.noted(/./));
});

test('it comes back with a new token when the server does', async () => {
  using directory = temporaryDirectory();
  const env = { PARLOR_ACCESS_KEY_ID: ROOT_KEY.accessKeyId, PARLOR_SECRET_ACCESS_KEY: ROOT_KEY.secretAccessKey };
  const serve = (port: string) => startParlor({ env }, 'serve', '--data-dir', directory.path, '--port', port);
  await using first = serve('0');
  const url = (await first.nextLine()).replace('Parlor listening on ', '');
  const client = clientOf(url, ROOT_KEY, 5);
  const room = await createRoom(client);
  await using tail = startParlor({ url }, 'tail', room);
  await tail.noted(/Connected/);
  first.child.kill('SIGKILL');
  await tail.noted(/The connection has ended/);
  await using _second = serve(new URL(url).port);
  await tail.noted(/Connected/);
  await sendEvent(client, room, 'again');
  assert.equal(JSON.parse(await tail.nextLine()).EventName, 'again');
  client.destroy();
});

test('a room that does not exist is not waited for', async () => {
  const room = (await createRoom(server.client)).replace(/[^/]*$/, 'abcdefghijkl');
  assert.match(await complaint(server, 'tail', room), /^ResourceNotFoundException: /);
});
