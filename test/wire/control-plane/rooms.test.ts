import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import {
  CreateLoggingConfigurationCommand,
  CreateRoomCommand,
  type CreateRoomCommandInput,
  DeleteRoomCommand,
  GetRoomCommand,
  UpdateRoomCommand,
} from '@aws-sdk/client-ivschat';
import { invalid, refused, tickingClock } from '../support/expect.ts';
import { startServer } from '../support/server.ts';

const server = await startServer({}, tickingClock());
after(() => server[Symbol.asyncDispose]());
const { client } = server;

const LAMBDA = 'arn:aws:lambda:us-east-1:000000000000:function:review';
const MISSING = 'arn:aws:ivschat:us-east-1:000000000000:room/AAAAAAAAAAAA';
const MISSING_LOGGING = 'arn:aws:ivschat:us-east-1:000000000000:logging-configuration/AAAAAAAAAAAA';

async function create(input: CreateRoomCommandInput = {}) {
  const { $metadata, ...room } = await client.send(new CreateRoomCommand(input));
  return { ...room, arn: room.arn ?? '' };
}

async function get(identifier: string) {
  const { $metadata, ...room } = await client.send(new GetRoomCommand({ identifier }));
  return room;
}

const logging = await Promise.all(
  ['one', 'two', 'three', 'four'].map(async (bucketName) => {
    const destinationConfiguration = { s3: { bucketName } };
    const { arn = '' } = await client.send(new CreateLoggingConfigurationCommand({ destinationConfiguration }));
    return arn;
  }),
);
const [first = '', second = '', third = ''] = logging;

describe('CreateRoom', () => {
  test('fills in what is not said', async () => {
    const { arn, id, createTime, updateTime, ...rest } = await create();
    assert.match(id ?? '', /^[a-zA-Z0-9]{12}$/);
    assert.equal(arn, `arn:aws:ivschat:us-east-1:000000000000:room/${id}`);
    assert.ok(createTime instanceof Date);
    assert.deepEqual(updateTime, createTime);
    assert.deepEqual(rest, {
      name: '',
      maximumMessageLength: 500,
      maximumMessageRatePerSecond: 10,
      loggingConfigurationIdentifiers: [],
      tags: {},
    });
  });

  test('keeps what is said', async () => {
    const settings = {
      name: 'test-room_1',
      maximumMessageLength: 1,
      maximumMessageRatePerSecond: 100,
      messageReviewHandler: { uri: LAMBDA, fallbackResult: 'DENY' as const },
      loggingConfigurationIdentifiers: [third, first, second],
      tags: { key: 'value', 'k e/y': '', ['k'.repeat(128)]: 'v'.repeat(256) },
    };
    const created = await create(settings);
    assert.partialDeepStrictEqual(created, settings);
    assert.deepEqual(await get(created.arn), created);
  });

  test('allows a name twice', async () => {
    const rooms = [await create({ name: 'twice' }), await create({ name: 'twice' })];
    assert.notEqual(rooms[0]?.arn, rooms[1]?.arn);
  });

  test('takes a review handler without fallback as ALLOW, and a URL as a handler', async () => {
    const { messageReviewHandler } = await create({ messageReviewHandler: { uri: 'http://localhost:9000/review' } });
    assert.deepEqual(messageReviewHandler, { uri: 'http://localhost:9000/review', fallbackResult: 'ALLOW' });
  });

  test('associates a logging configuration once', async () => {
    const { loggingConfigurationIdentifiers } = await create({ loggingConfigurationIdentifiers: [first, first] });
    assert.deepEqual(loggingConfigurationIdentifiers, [first]);
  });

  test('refuses what is out of bounds, naming each member', async () => {
    await invalid(create({ name: 'a b' }), 'name');
    await invalid(create({ name: 'n'.repeat(129) }), 'name');
    await invalid(
      create({ maximumMessageLength: 501, maximumMessageRatePerSecond: 0 }),
      'maximumMessageLength',
      'maximumMessageRatePerSecond',
    );
    await invalid(
      create({ messageReviewHandler: { uri: 'arn:aws:sqs:us-east-1:000000000000:q' } }),
      'messageReviewHandler.uri',
    );
    await invalid(create({ loggingConfigurationIdentifiers: logging }), 'loggingConfigurationIdentifiers');
    await invalid(create({ loggingConfigurationIdentifiers: [first, 'x'] }), 'loggingConfigurationIdentifiers[1]');
    await invalid(create({ tags: { 'aws:mine': 'x' } }), 'tags');
    await invalid(create({ tags: { ['k'.repeat(129)]: 'x' } }), 'tags (key)');
    await invalid(create({ tags: { k: 'v'.repeat(257) } }), 'tags.k');
    await invalid(create({ tags: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, ''])) }), 'tags');
  });

  test('says what is wrong in the words of the service', () =>
    refused(create({ maximumMessageLength: 0 }), 'ValidationException', {
      message: 'Request member: maximumMessageLength failed to satisfy the constraints: must be between 1 and 500',
      fieldList: [{ name: 'maximumMessageLength', message: 'must be between 1 and 500' }],
    }));

  test('needs its logging configurations to exist', () =>
    refused(create({ loggingConfigurationIdentifiers: [first, MISSING_LOGGING] }), 'ResourceNotFoundException', {
      $metadata: { httpStatusCode: 404 },
      resourceId: 'AAAAAAAAAAAA',
      resourceType: 'LOGGING_CONFIGURATION',
    }));
});

describe('GetRoom', () => {
  test('omits the review handler of a room that never had one', async () => {
    const { arn } = await create();
    assert.equal(Object.hasOwn(await get(arn), 'messageReviewHandler'), false);
  });

  test('does not find what is not there', () =>
    refused(get(MISSING), 'ResourceNotFoundException', {
      $metadata: { httpStatusCode: 404 },
      message: 'The room AAAAAAAAAAAA does not exist.',
      resourceId: 'AAAAAAAAAAAA',
      resourceType: 'ROOM',
    }));

  test('needs an ARN of a room', async () => {
    for (const wrong of ['', 'AAAAAAAAAAAA', first, `${MISSING} `, `${MISSING}/a`, `${MISSING}${'a'.repeat(128)}`]) {
      await invalid(get(wrong), 'identifier');
    }
  });
});

describe('UpdateRoom', () => {
  async function update(identifier: string, changes: Omit<CreateRoomCommandInput, 'tags'>) {
    const { $metadata, ...room } = await client.send(new UpdateRoomCommand({ identifier, ...changes }));
    return room;
  }

  test('changes what is said, and the time of the update', async () => {
    const before = await create({ name: 'before', tags: { k: 'v' }, loggingConfigurationIdentifiers: [first] });
    const changes = { name: 'after', maximumMessageLength: 10, maximumMessageRatePerSecond: 20 };
    const room = await update(before.arn, changes);
    assert.ok((room.updateTime ?? 0) > (before.updateTime ?? 0));
    assert.deepEqual(room, { ...before, ...changes, updateTime: room.updateTime });
    assert.deepEqual(await get(before.arn), room);
  });

  test('leaves alone what is not said', async () => {
    const before = await create({ name: 'n', messageReviewHandler: { uri: LAMBDA, fallbackResult: 'DENY' } });
    const room = await update(before.arn, {});
    assert.deepEqual(room, { ...before, updateTime: room.updateTime });
  });

  test('clears a name', async () => {
    const { arn } = await create({ name: 'n' });
    assert.equal((await update(arn, { name: '' })).name, '');
  });

  test('replaces all logging configurations; an empty list clears them', async () => {
    const { arn } = await create({ loggingConfigurationIdentifiers: [first, second] });
    const replaced = await update(arn, { loggingConfigurationIdentifiers: [third, second] });
    assert.deepEqual(replaced.loggingConfigurationIdentifiers, [third, second]);
    const cleared = await update(arn, { loggingConfigurationIdentifiers: [] });
    assert.deepEqual(cleared.loggingConfigurationIdentifiers, []);
    assert.deepEqual((await get(arn)).loggingConfigurationIdentifiers, []);
  });

  test('dissociates a review handler by an empty uri', async () => {
    const { arn } = await create({ messageReviewHandler: { uri: LAMBDA } });
    await update(arn, { messageReviewHandler: { uri: '' } });
    assert.deepEqual((await get(arn)).messageReviewHandler, { uri: '', fallbackResult: 'ALLOW' });
  });

  test('changes the fallback of a review handler alone', async () => {
    const { arn } = await create({ messageReviewHandler: { uri: LAMBDA } });
    const { messageReviewHandler } = await update(arn, { messageReviewHandler: { fallbackResult: 'DENY' } });
    assert.deepEqual(messageReviewHandler, { uri: LAMBDA, fallbackResult: 'DENY' });
  });

  test('changes nothing when a logging configuration does not exist', async () => {
    const { arn } = await create({ name: 'before' });
    const changes = { name: 'after', loggingConfigurationIdentifiers: [MISSING_LOGGING] };
    await refused(update(arn, changes), 'ResourceNotFoundException', { resourceType: 'LOGGING_CONFIGURATION' });
    assert.equal((await get(arn)).name, 'before');
  });

  test('does not find what is not there', () =>
    refused(update(MISSING, {}), 'ResourceNotFoundException', { resourceType: 'ROOM' }));

  test('has the bounds of CreateRoom', async () => {
    const { arn } = await create();
    await invalid(update(arn, { maximumMessageLength: 501, name: 'a b' }), 'name', 'maximumMessageLength');
  });
});

describe('DeleteRoom', () => {
  const remove = (identifier: string) => client.send(new DeleteRoomCommand({ identifier }));

  test('answers 204, and the room is gone', async () => {
    const { arn } = await create({ loggingConfigurationIdentifiers: [first] });
    assert.equal((await remove(arn)).$metadata.httpStatusCode, 204);
    await refused(get(arn), 'ResourceNotFoundException');
    await refused(remove(arn), 'ResourceNotFoundException', { resourceType: 'ROOM' });
  });
});
