import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  CreateLoggingConfigurationCommand,
  CreateRoomCommand,
  DeleteMessageCommand,
  DeleteRoomCommand,
  DisconnectUserCommand,
  GetRoomCommand,
  type IvschatClient,
  SendEventCommand,
} from '@aws-sdk/client-ivschat';
import { systemClock } from '../../../src/engine/clock.ts';
import type { Clock } from '../../../src/engine/ports.ts';
import { eventually } from '../support/chat.ts';
import { refused } from '../support/expect.ts';
import { clientOf, ROOT_KEY, startServer } from '../support/server.ts';

const ACCOUNT = '000000000000';

/** A clock whose monotonic time stands until it is moved, so that rates are counted exactly. */
function standingClock(): Clock & { advance(ms: number): void } {
  let now = 0;
  return {
    ...systemClock(),
    monotonic: () => now,
    advance(ms) {
      now += ms;
    },
  };
}

async function createRoom(client: IvschatClient): Promise<string> {
  const { arn = '' } = await client.send(new CreateRoomCommand({}));
  return arn;
}

describe('ServiceQuotaExceededException', () => {
  test('is for the room beyond those of the account', async () => {
    await using server = await startServer({ limit: ['rooms=2'] });
    const [first] = [await createRoom(server.client), await createRoom(server.client)];
    await refused(createRoom(server.client), 'ServiceQuotaExceededException', {
      $metadata: { httpStatusCode: 402 },
      resourceId: ACCOUNT,
      resourceType: 'ROOM',
      limit: 2,
    });
    await server.client.send(new DeleteRoomCommand({ identifier: first }));
    await createRoom(server.client);
  });

  test('leaves no more rooms than allowed when many are created at the same time', async () => {
    await using server = await startServer({ limit: ['rooms=3'] });
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => createRoom(server.client)));
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 3);
  });

  test('is for the eleventh logging configuration', async () => {
    await using server = await startServer({ limits: 'off' });
    const create = () =>
      server.client.send(
        new CreateLoggingConfigurationCommand({ destinationConfiguration: { s3: { bucketName: 'bucket' } } }),
      );
    for (let i = 0; i < 10; i++) await create();
    await refused(create(), 'ServiceQuotaExceededException', {
      $metadata: { httpStatusCode: 402 },
      resourceId: ACCOUNT,
      resourceType: 'LOGGING_CONFIGURATION',
      limit: 10,
    });
  });
});

describe('ThrottlingException', () => {
  test('is for the call beyond the rate of the operation', async () => {
    const clock = standingClock();
    await using server = await startServer({ limits: 'aws' }, clock);
    const room = await createRoom(server.client);
    const get = () => server.client.send(new GetRoomCommand({ identifier: room }));
    for (let i = 0; i < 5; i++) await get();
    await refused(get(), 'ThrottlingException', {
      $metadata: { httpStatusCode: 429 },
      message: 'Rate exceeded: 5 calls of GetRoom a second.',
      resourceId: ACCOUNT,
      resourceType: 'ROOM',
      limit: 5,
    });
    await createRoom(server.client);
    clock.advance(200);
    await get();
    await refused(get(), 'ThrottlingException');
  });

  test('is retried by the SDK', async () => {
    const clock = standingClock();
    await using server = await startServer({ limits: 'aws', limit: ['get-room-calls-per-second=1'] }, clock);
    const room = await createRoom(server.client);
    const client = clientOf(server.url, ROOT_KEY, 10);
    const get = () => client.send(new GetRoomCommand({ identifier: room }));
    await get();
    const retried = get();
    await eventually(() => server.log.some((line) => line.includes('ThrottlingException')));
    clock.advance(1000);
    const { $metadata } = await retried;
    assert.ok(($metadata.attempts ?? 0) > 1);
    client.destroy();
  });

  test('is for the event beyond the rate of SendEvent', async () => {
    await using server = await startServer(
      { limits: 'aws', limit: ['send-event-calls-per-second=2'] },
      standingClock(),
    );
    const room = await createRoom(server.client);
    const sendEvent = () => server.client.send(new SendEventCommand({ roomIdentifier: room, eventName: 'e' }));
    await sendEvent();
    await sendEvent();
    await refused(sendEvent(), 'ThrottlingException', { $metadata: { httpStatusCode: 429 }, limit: 2 });
  });

  test('names the room when its requests from API and socket together are too many', async () => {
    const limit = ['delete-message-requests-per-second=1', 'disconnect-user-requests-per-second=1'];
    await using server = await startServer({ limit }, standingClock());
    const roomIdentifier = await createRoom(server.client);
    const throttled = {
      $metadata: { httpStatusCode: 429 },
      resourceId: roomIdentifier.slice(-12),
      resourceType: 'ROOM',
      limit: 1,
    };
    const remove = () => server.client.send(new DeleteMessageCommand({ roomIdentifier, id: 'AAAAAAAAAAAA' }));
    await remove();
    await refused(remove(), 'ThrottlingException', throttled);
    const disconnect = () => server.client.send(new DisconnectUserCommand({ roomIdentifier, userId: 'alice' }));
    await disconnect();
    await refused(disconnect(), 'ThrottlingException', throttled);
  });

  test('is for no call of an account unless asked for', async () => {
    await using server = await startServer({}, standingClock());
    const room = await createRoom(server.client);
    for (let i = 0; i < 20; i++) await server.client.send(new GetRoomCommand({ identifier: room }));
  });
});
