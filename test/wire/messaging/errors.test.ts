/** ERROR: its codes and texts, who receives it, and the order of the checks behind it (spec/ivs-chat 2.8, 2.9). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeleteRoomCommand } from '@aws-sdk/client-ivschat';
import { DeleteMessageRequest, DisconnectUserRequest, SendMessageRequest } from '../support/chat.ts';
import { stoppedClock } from '../support/clock.ts';
import { openVenue } from '../support/venue.ts';

const SEND = { Action: 'SEND_MESSAGE', RequestId: 'r-1', Content: 'hello' };
const DELETE = { Action: 'DELETE_MESSAGE', RequestId: 'r-1', Id: 'AAAAbbbb1234' };
const DISCONNECT = { Action: 'DISCONNECT_USER', RequestId: 'r-1', UserId: 'nobody' };

test('an error goes to the requester alone and leaves its connection open', async () => {
  await using venue = await openVenue();
  const [alice, bob] = [await venue.peer('alice'), await venue.peer('bob')];
  assert.equal((await alice.ask({ ...SEND, Content: '' })).ErrorCode, 400);
  assert.equal((await alice.ask(SEND)).Type, 'MESSAGE');
  assert.equal((await bob.next()).Type, 'MESSAGE');
});

test('an error rejects the request that it answers', async () => {
  await using venue = await openVenue({ room: { maximumMessageLength: 3 } });
  const alice = await venue.chatter('alice');
  const request = new SendMessageRequest('too long');
  await assert.rejects(alice.room.sendMessage(request), {
    requestId: request.requestId,
    errorCode: 400,
    errorMessage: 'Message exceeds maximum length',
  });
});

test('RequestId is echoed, Id is new', async () => {
  await using venue = await openVenue();
  const alice = await venue.peer('alice');
  const errors = [await alice.ask({ ...SEND, Content: '' }), await alice.ask({ ...SEND, Content: '' })];
  for (const { RequestId, Id } of errors) {
    assert.equal(RequestId, 'r-1');
    assert.match(Id, /^[a-zA-Z0-9]{12}$/);
  }
  assert.notEqual(errors[0]?.Id, errors[1]?.Id);
});

test('a request without RequestId is answered with an empty one', async () => {
  await using venue = await openVenue();
  const alice = await venue.peer('alice');
  assert.equal((await alice.ask({ Action: 'SEND_MESSAGE' })).RequestId, '');
});

for (const [text, name] of [
  ['', 'nothing'],
  ['hello', 'no JSON'],
  ['{"Action":', 'half an object'],
  ['null', 'null'],
  ['[]', 'an array'],
  ['"SEND_MESSAGE"', 'a string'],
  ['42', 'a number'],
  ['\ufeff{}', 'a byte order mark'],
] as const) {
  test(`${name} is answered 400 with an empty RequestId`, async () => {
    await using venue = await openVenue();
    const alice = await venue.peer('alice');
    const { ErrorCode, RequestId } = await alice.ask(text);
    assert.deepEqual([ErrorCode, RequestId], [400, '']);
    assert.equal((await alice.ask(SEND)).Type, 'MESSAGE');
  });
}

for (const Action of [
  undefined,
  null,
  1,
  '',
  'send_message',
  'SEND_MESSAGE ',
  'SEND_EVENT',
  'constructor',
  '__proto__',
  'toString',
]) {
  test(`the action ${JSON.stringify(Action)} is answered 400`, async () => {
    await using venue = await openVenue();
    const alice = await venue.peer('alice');
    const { ErrorCode, RequestId } = await alice.ask({ ...SEND, Action });
    assert.deepEqual([ErrorCode, RequestId], [400, 'r-1']);
  });
}

test('each action needs its capability: 403', async () => {
  await using venue = await openVenue();
  const viewer = await venue.chatter('viewer', { capabilities: [] });
  const refused = { errorCode: 403 };
  await assert.rejects(viewer.room.sendMessage(new SendMessageRequest('hello')), refused);
  await assert.rejects(viewer.room.deleteMessage(new DeleteMessageRequest('AAAAbbbb1234')), refused);
  await assert.rejects(viewer.room.disconnectUser(new DisconnectUserRequest('bob')), refused);
});

test('a capability gives its own action and no other', async () => {
  await using venue = await openVenue();
  const requests = { SEND_MESSAGE: SEND, DELETE_MESSAGE: DELETE, DISCONNECT_USER: DISCONNECT } as const;
  for (const capability of ['SEND_MESSAGE', 'DELETE_MESSAGE', 'DISCONNECT_USER'] as const) {
    const peer = await venue.peer('alice', { capabilities: [capability] });
    for (const request of Object.values(requests)) {
      assert.equal((await peer.ask(request)).ErrorCode, request === requests[capability] ? undefined : 403);
    }
    peer.socket.destroy();
  }
});

test('a viewer without any capability sees everything', async () => {
  await using venue = await openVenue();
  const [alice, viewer] = [await venue.peer('alice'), await venue.peer('viewer', { capabilities: [] })];
  for (const request of [SEND, DELETE, DISCONNECT]) await alice.ask(request);
  assert.deepEqual((await viewer.upTo(({ EventName }) => EventName === 'aws:DISCONNECT_USER')).length, 3);
});

test('the capability is looked at before the fields', async () => {
  await using venue = await openVenue();
  const viewer = await venue.peer('viewer', { capabilities: [] });
  assert.equal((await viewer.ask({ Action: 'SEND_MESSAGE', RequestId: 'r-1' })).ErrorCode, 403);
});

test('the rate of the connection is looked at after the capability and before the fields', async () => {
  await using venue = await openVenue({ clock: stoppedClock() });
  const alice = await venue.peer('alice', { capabilities: ['SEND_MESSAGE'] });
  for (let count = 0; count < 10; count++) await alice.ask({ ...SEND, Content: '' });
  assert.equal((await alice.ask(DELETE)).ErrorCode, 403);
  assert.equal((await alice.ask({ ...SEND, Content: '' })).ErrorCode, 429);
});

test('the fields are looked at before the room', async () => {
  await using venue = await openVenue();
  const alice = await venue.peer('alice');
  await venue.client.send(new DeleteRoomCommand({ identifier: venue.room }));
  assert.equal((await alice.ask({ ...SEND, Content: '' })).ErrorCode, 400);
  assert.equal((await alice.ask({ ...DELETE, Reason: 'x'.repeat(257) })).ErrorCode, 413);
  assert.equal((await alice.ask(SEND)).ErrorCode, 404);
});

test("the room's rate is looked at before the review", async () => {
  const messageReviewHandler = { uri: 'https://review.example.com/', fallbackResult: 'DENY' as const };
  const room = { messageReviewHandler, maximumMessageRatePerSecond: 1 };
  await using venue = await openVenue({ room, clock: stoppedClock() });
  const alice = await venue.peer('alice');
  assert.equal((await alice.ask(SEND)).ErrorCode, 406);
  assert.equal((await alice.ask(SEND)).ErrorCode, 429);
});

test('each request is answered once, in the order of the requests', async () => {
  await using venue = await openVenue({ flags: { limits: 'off' } });
  const alice = await venue.peer('alice');
  const wrong = [{ Content: 5 }, { Action: 'NOTHING' }, { Attributes: { a: 1 } }, {}];
  for (let index = 0; index < 400; index++) alice.send({ ...SEND, ...wrong[index % 4], RequestId: `${index}` });
  const answers = await alice.upTo(({ RequestId }) => RequestId === '399');
  assert.deepEqual(
    answers.map(({ RequestId }) => RequestId),
    Array.from({ length: 400 }, (_, index) => `${index}`),
  );
});

test('errors are counted by code', async () => {
  await using venue = await openVenue();
  const alice = await venue.peer('alice');
  await alice.ask('garbage');
  await alice.ask({ ...SEND, Content: '' });
  assert.equal(await venue.metric('parlor_chat_errors_total{code="400"}'), 2);
});
