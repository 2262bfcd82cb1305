import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  CreateChatTokenCommand,
  type CreateChatTokenCommandInput,
  CreateRoomCommand,
  DeleteRoomCommand,
} from '@aws-sdk/client-ivschat';
import { invalid, refused } from '../support/expect.ts';
import { startServer } from '../support/server.ts';

const server = await startServer();
after(() => server[Symbol.asyncDispose]());
const { client } = server;

const { arn: room = '' } = await client.send(new CreateRoomCommand({}));

function create(input: Partial<CreateChatTokenCommandInput> = {}) {
  return client.send(new CreateChatTokenCommand({ roomIdentifier: room, userId: 'alice', ...input }));
}

/** Seconds from when the call was made to what it answered; calls take a part of a second. */
const secondsAfter = (before: number, time: Date | undefined) => Math.floor(((time?.getTime() ?? 0) - before) / 1000);

test('a token is valid for 60 seconds and its session for 60 minutes', async () => {
  const before = Date.now();
  const { token, tokenExpirationTime, sessionExpirationTime } = await create();
  const later = Date.now();
  assert.match(token ?? '', /^[A-Za-z0-9_.-]+$/);
  assert.ok(secondsAfter(before, tokenExpirationTime) >= 60 && secondsAfter(later, tokenExpirationTime) <= 60);
  assert.ok(secondsAfter(before, sessionExpirationTime) >= 3600 && secondsAfter(later, sessionExpirationTime) <= 3600);
});

test('the length of the session is for the caller to say', async () => {
  const { tokenExpirationTime, sessionExpirationTime } = await create({ sessionDurationInMinutes: 180 });
  assert.equal(Number(sessionExpirationTime) - Number(tokenExpirationTime), 179 * 60_000);
});

test('the lifetime of tokens is a setting, within the session', async () => {
  await using other = await startServer({ 'token-seconds': '180' });
  const { arn } = await other.client.send(new CreateRoomCommand({}));
  const input = { roomIdentifier: arn, userId: 'alice' };
  const usual = await other.client.send(new CreateChatTokenCommand(input));
  assert.equal(Number(usual.sessionExpirationTime) - Number(usual.tokenExpirationTime), (3600 - 180) * 1000);
  const short = await other.client.send(new CreateChatTokenCommand({ ...input, sessionDurationInMinutes: 1 }));
  assert.deepEqual(short.tokenExpirationTime, short.sessionExpirationTime);
});

test('no two tokens are alike', async () => {
  const tokens = await Promise.all(Array.from({ length: 10 }, () => create()));
  assert.equal(new Set(tokens.map(({ token }) => token)).size, 10);
});

test('any user id of up to 128 code points will do', async () => {
  for (const userId of ['a', '👍'.repeat(128), 'a b\n"\\', '用户']) await create({ userId });
});

test('capabilities are the three there are', async () => {
  await create({ capabilities: [] });
  await create({ capabilities: ['DELETE_MESSAGE', 'SEND_MESSAGE', 'DISCONNECT_USER', 'SEND_MESSAGE'] });
  await invalid(create({ capabilities: ['SEND_MESSAGE', 'VIEW_MESSAGE' as 'SEND_MESSAGE'] }), 'capabilities[1]');
});

test('attributes are 1 KB of UTF-8 at most, keys and values together', async () => {
  await create({ attributes: { k: 'v'.repeat(1023) } });
  await create({ attributes: { é: 'é'.repeat(511) } });
  await invalid(create({ attributes: { k: 'v'.repeat(1024) } }), 'attributes');
  await invalid(create({ attributes: { é: 'é'.repeat(512) } }), 'attributes');
});

test('what is out of bounds is refused', async () => {
  await invalid(create({ userId: '' }), 'userId');
  await invalid(create({ userId: '👍'.repeat(129) }), 'userId');
  await invalid(create({ sessionDurationInMinutes: 0 }), 'sessionDurationInMinutes');
  await invalid(create({ sessionDurationInMinutes: 181 }), 'sessionDurationInMinutes');
  await invalid(create({ roomIdentifier: 'AAAAAAAAAAAA' }), 'roomIdentifier');
  await invalid(create({ roomIdentifier: undefined, userId: undefined }), 'roomIdentifier', 'userId');
});

test('the room must exist, and be no room that was deleted just now', async () => {
  const { arn } = await client.send(new CreateRoomCommand({}));
  await create({ roomIdentifier: arn });
  await client.send(new DeleteRoomCommand({ identifier: arn }));
  await refused(create({ roomIdentifier: arn }), 'ResourceNotFoundException', {
    $metadata: { httpStatusCode: 404 },
    resourceType: 'ROOM',
  });
});
