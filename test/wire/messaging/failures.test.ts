/** Failures inside the server: 500, which says nothing of them, and the next request is served (spec/ivs-chat 2.8). */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { UpdateRoomCommand } from '@aws-sdk/client-ivschat';
import { createRoom, createToken } from '../support/chat.ts';
import { type HandshakeParts, Peer } from '../support/peer.ts';
import { startServer, temporaryDirectory } from '../support/server.ts';

const SEND = { Action: 'SEND_MESSAGE', RequestId: 'r-1', Content: 'hello' };

/** A server with a room that can be made unreadable behind its back. */
async function fragileServer() {
  await using resources = new AsyncDisposableStack();
  const directory = resources.use(temporaryDirectory());
  const { client, url, log } = resources.use(await startServer({ 'data-dir': directory.path }));
  const database = resources.adopt(new DatabaseSync(join(directory.path, 'parlor.db')), (each) => each.close());
  const room = await createRoom(client);
  const running = resources.move();
  return {
    log,
    token: async () => (await createToken(client, room)).token,
    shakeHands: async (token: string, parts?: HandshakeParts) => running.use(await Peer.shakeHands(url, token, parts)),
    /** Nothing is known of the room any more, and nothing can be read. */
    async breakDown() {
      await client.send(new UpdateRoomCommand({ identifier: room, name: 'changed' }));
      database.exec('ALTER TABLE ivs_room RENAME TO ivs_room_away');
    },
    mend: () => database.exec('ALTER TABLE ivs_room_away RENAME TO ivs_room'),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

test('a request that fails inside is answered 500 with its RequestId; once all is well the connection goes on', async () => {
  await using server = await fragileServer();
  const alice = await server.shakeHands(await server.token());
  await server.breakDown();
  const { ErrorCode, RequestId, ErrorMessage } = await alice.ask(SEND);
  assert.deepEqual([ErrorCode, RequestId], [500, 'r-1']);
  assert.doesNotMatch(ErrorMessage ?? '', /sql|table|room/i);
  server.mend();
  assert.equal((await alice.ask(SEND)).Content, 'hello');
});

test('requests behind one that fails are answered in their order', async () => {
  await using server = await fragileServer();
  const alice = await server.shakeHands(await server.token());
  await server.breakDown();
  for (const RequestId of ['1', '2', '3']) alice.send({ ...SEND, RequestId });
  const answers = await alice.take(3);
  assert.deepEqual(
    answers.map(({ RequestId, ErrorCode }) => [RequestId, ErrorCode]),
    [
      ['1', 500],
      ['2', 500],
      ['3', 500],
    ],
  );
});

test('a handshake that fails inside is refused with 500, and its token is not spent', async () => {
  await using server = await fragileServer();
  const token = await server.token();
  await server.breakDown();
  assert.equal((await server.shakeHands(token)).answer?.status, 500);
  server.mend();
  assert.equal((await server.shakeHands(token)).answer?.status, 101);
});

test('each failure is logged, without token or content', async () => {
  await using server = await fragileServer();
  const token = await server.token();
  const alice = await server.shakeHands(token);
  await server.breakDown();
  await alice.ask({ ...SEND, Content: 'a private word' });
  const log = server.log.join('');
  assert.match(log, /internal failure/);
  assert.ok(!log.includes(token) && !log.includes('a private word'));
});
