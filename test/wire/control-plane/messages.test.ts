/** The bounds of what the API sends to rooms; what arrives there is in ../messaging. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import {
  CreateRoomCommand,
  DeleteMessageCommand,
  DisconnectUserCommand,
  SendEventCommand,
} from '@aws-sdk/client-ivschat';
import { invalid, refused } from '../support/expect.ts';
import { startServer } from '../support/server.ts';

const server = await startServer();
after(() => server[Symbol.asyncDispose]());
const { client } = server;

const { arn: room = '' } = await client.send(new CreateRoomCommand({}));
const MISSING = 'arn:aws:ivschat:us-east-1:000000000000:room/AAAAAAAAAAAA';
const NOT_THERE = { $metadata: { httpStatusCode: 404 }, resourceId: 'AAAAAAAAAAAA', resourceType: 'ROOM' };

describe('SendEvent', () => {
  const sendEvent = (input: object) =>
    client.send(new SendEventCommand({ roomIdentifier: room, eventName: 'app:event', ...input }));

  test('answers the id of the event', async () => {
    const { id, $metadata } = await sendEvent({ attributes: { a: '1' } });
    assert.match(id ?? '', /^[a-zA-Z0-9]{12}$/);
    assert.equal($metadata.httpStatusCode, 200);
  });

  test('has an event name of 1 to 100 code points', async () => {
    await sendEvent({ eventName: '👍'.repeat(100) });
    await invalid(sendEvent({ eventName: '' }), 'eventName');
    await invalid(sendEvent({ eventName: 'e'.repeat(101) }), 'eventName');
    await invalid(sendEvent({ eventName: undefined }), 'eventName');
  });

  test('has attributes of 4 KB of UTF-8 at most, keys and values together', async () => {
    await sendEvent({ attributes: { k: 'v'.repeat(4095) } });
    await invalid(sendEvent({ attributes: { k: 'v'.repeat(4096) } }), 'attributes');
    await invalid(sendEvent({ attributes: { k: 'é'.repeat(2048) } }), 'attributes');
  });

  test('needs a room', () => refused(sendEvent({ roomIdentifier: MISSING }), 'ResourceNotFoundException', NOT_THERE));
});

describe('DeleteMessage', () => {
  const deleteMessage = (input: object) =>
    client.send(new DeleteMessageCommand({ roomIdentifier: room, id: 'M2YcHkgffEvU', ...input }));

  test('answers the id of the event, not that of the message, which need not exist', async () => {
    const { id } = await deleteMessage({});
    assert.match(id ?? '', /^[a-zA-Z0-9]{12}$/);
    assert.notEqual(id, 'M2YcHkgffEvU');
  });

  test('has an id of 12 letters and digits, and a reason of 1 to 256 code points', async () => {
    for (const id of ['', 'M2YcHkgffEv', 'M2YcHkgffEvUU', 'M2YcHkgffEv-', undefined])
      await invalid(deleteMessage({ id }), 'id');
    await deleteMessage({ reason: '👍'.repeat(256) });
    await invalid(deleteMessage({ reason: '' }), 'reason');
    await invalid(deleteMessage({ reason: 'r'.repeat(257) }), 'reason');
  });

  test('needs a room', () =>
    refused(deleteMessage({ roomIdentifier: MISSING }), 'ResourceNotFoundException', NOT_THERE));
});

describe('DisconnectUser', () => {
  const disconnect = (input: object) =>
    client.send(new DisconnectUserCommand({ roomIdentifier: room, userId: 'alice', ...input }));

  test('answers nothing, whether or not the user is connected', async () => {
    const { $metadata, ...reply } = await disconnect({ reason: 'spam' });
    assert.equal($metadata.httpStatusCode, 200);
    assert.deepEqual(reply, {});
  });

  test('has a user id of 1 to 128 code points, and a reason of 1 to 256', async () => {
    await disconnect({ userId: '👍'.repeat(128) });
    await invalid(disconnect({ userId: '' }), 'userId');
    await invalid(disconnect({ userId: 'u'.repeat(129) }), 'userId');
    await invalid(disconnect({ reason: '' }), 'reason');
    await invalid(disconnect({ reason: 'r'.repeat(257) }), 'reason');
  });

  test('needs a room', () => refused(disconnect({ roomIdentifier: MISSING }), 'ResourceNotFoundException', NOT_THERE));
});
