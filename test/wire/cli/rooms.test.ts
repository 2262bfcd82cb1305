/** `parlor room` and `parlor token`. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { CreateRoomCommand, GetRoomCommand, ListRoomsCommand } from '@aws-sdk/client-ivschat';
import { startServer, type TestServer } from '../support/server.ts';
import { complaint, printed } from './command-line.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server[Symbol.asyncDispose]());

async function createRoom(name = ''): Promise<{ arn: string; id: string }> {
  const { arn = '', id = '' } = await server.client.send(new CreateRoomCommand({ name }));
  return { arn, id };
}

test('room create makes the room and prints its ARN alone', async () => {
  const settings = ['--name', 'lobby', '--maximum-message-length', '80', '--maximum-message-rate-per-second', '3'];
  const stdout = await printed(server, 'room', 'create', ...settings, '--tag', 'team=a=b', '--tag', 'floor=1');
  assert.match(stdout, /^arn:aws:ivschat:us-east-1:000000000000:room\/[a-zA-Z0-9]{12}\n$/);
  const room = await server.client.send(new GetRoomCommand({ identifier: stdout.trim() }));
  assert.equal(room.name, 'lobby');
  assert.equal(room.maximumMessageLength, 80);
  assert.equal(room.maximumMessageRatePerSecond, 3);
  assert.deepEqual(room.tags, { team: 'a=b', floor: '1' });
});

test('room list prints one line for each room, however many pages there are', async () => {
  await using crowded = await startServer();
  const names = Array.from({ length: 51 }, (_, i) => `room-${i}`);
  for (const name of names) await crowded.client.send(new CreateRoomCommand({ name }));
  const lines = (await printed(crowded, 'room', 'list')).trimEnd().split('\n');
  assert.deepEqual(lines.map((line) => line.split('\t')[1]).sort(), names.sort());
  assert.ok(lines.every((line) => line.startsWith('arn:aws:ivschat:us-east-1:000000000000:room/')));
});

test('room list --json prints what the server tells', async () => {
  await using quiet = await startServer();
  await quiet.client.send(new CreateRoomCommand({ name: 'one', tags: { a: 'b' } }));
  const { rooms = [] } = await quiet.client.send(new ListRoomsCommand());
  const reply = JSON.parse(await printed(quiet, 'room', 'list', '--json'));
  assert.equal(reply.rooms.length, 1);
  assert.deepEqual(reply.rooms[0].tags, { a: 'b' });
  assert.equal(reply.rooms[0].createTime, rooms[0]?.createTime?.toISOString());
});

test('room delete takes an ARN or an id, and prints nothing', async () => {
  for (const name of ['arn', 'id'] as const) {
    const room = await createRoom();
    assert.equal(await printed(server, 'room', 'delete', room[name]), '');
    await assert.rejects(server.client.send(new GetRoomCommand({ identifier: room.arn })), {
      name: 'ResourceNotFoundException',
    });
  }
});

test('a room that does not exist is answered with the name of the error', async () => {
  await createRoom();
  const line = await complaint(server, 'room', 'delete', 'abcdefghijkl');
  assert.equal(line, 'ResourceNotFoundException: The room abcdefghijkl does not exist.');
});

test('what cannot name a room is not asked for', async () => {
  assert.match(await complaint(server, 'room', 'delete', 'my room'), /^"my room" is neither the ARN nor the id/);
});

test('token create prints a token alone, which opens a connection with what it was given', async () => {
  const { id } = await createRoom();
  const who = ['--user', 'ada', '--attribute', 'role=author', '--session-minutes', '5'];
  const stdout = await printed(server, 'token', 'create', '--room', id, ...who, '--capability', 'SEND_MESSAGE');
  assert.match(stdout, /^[\w.-]+\n$/);
  const socket = new WebSocket(server.socketUrl, stdout.trim());
  await once(socket, 'open');
  socket.send(JSON.stringify({ Action: 'SEND_MESSAGE', Content: 'hello' }));
  const [{ data }] = await once(socket, 'message');
  socket.close();
  const { Content, Sender } = JSON.parse(data);
  assert.deepEqual(
    { Content, Sender },
    { Content: 'hello', Sender: { UserId: 'ada', Attributes: { role: 'author' } } },
  );
});

test('several capabilities follow one --capability', async () => {
  const { arn } = await createRoom();
  const args = ['--room', arn, '--capability', 'DELETE_MESSAGE', 'DISCONNECT_USER', '--user', 'moderator'];
  assert.match(await printed(server, 'token', 'create', ...args), /^[\w.-]+\n$/);
});
