import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import {
  CreateLoggingConfigurationCommand,
  CreateRoomCommand,
  type CreateRoomCommandInput,
  DeleteRoomCommand,
  ListLoggingConfigurationsCommand,
  ListRoomsCommand,
  type ListRoomsCommandInput,
  paginateListRooms,
  UpdateRoomCommand,
} from '@aws-sdk/client-ivschat';
import { invalid, refused, tickingClock } from '../support/expect.ts';
import { startServer } from '../support/server.ts';

const server = await startServer({}, tickingClock());
after(() => server[Symbol.asyncDispose]());
const { client } = server;

const LAMBDA = 'arn:aws:lambda:us-east-1:000000000000:function:review';

async function create(input: CreateRoomCommandInput): Promise<string> {
  const { arn = '' } = await client.send(new CreateRoomCommand(input));
  return arn;
}

async function list(input: ListRoomsCommandInput = {}) {
  const { rooms = [], nextToken } = await client.send(new ListRoomsCommand(input));
  return { arns: rooms.map(({ arn }) => arn), rooms, nextToken };
}

/** Oldest first: the reverse of the listing. */
const arns: string[] = [];
const destinationConfiguration = { firehose: { deliveryStreamName: 'stream' } };
const { arn: logging = '' } = await client.send(new CreateLoggingConfigurationCommand({ destinationConfiguration }));
for (let i = 0; i < 60; i++) {
  arns.push(
    await create({
      name: i % 2 === 0 ? 'even' : 'odd',
      ...(i % 3 === 0 && { messageReviewHandler: { uri: LAMBDA } }),
      ...(i % 5 === 0 && { loggingConfigurationIdentifiers: [logging] }),
      tags: { i: String(i) },
    }),
  );
}
const newestFirst = arns.toReversed();
const those = (wanted: (i: number) => boolean) => arns.filter((_, i) => wanted(i)).reverse();

describe('ListRooms', () => {
  test('shows a room without its two maxima', async () => {
    const { rooms } = await list({ maxResults: 1 });
    const [room] = rooms;
    assert.deepEqual(Object.keys(room ?? {}).sort(), [
      'arn',
      'createTime',
      'id',
      'loggingConfigurationIdentifiers',
      'name',
      'tags',
      'updateTime',
    ]);
    assert.deepEqual(room?.tags, { i: '59' });
  });

  test('gives 50 at most, the last updated first, and a token for the others', async () => {
    const page = await list();
    assert.deepEqual(page.arns, newestFirst.slice(0, 50));
    const rest = await list({ nextToken: page.nextToken });
    assert.deepEqual(rest.arns, newestFirst.slice(50));
    assert.equal(rest.nextToken, undefined);
  });

  test('leaves the token out when the last page is full', async () => {
    const page = await list({ maxResults: 30 });
    const rest = await list({ maxResults: 30, nextToken: page.nextToken });
    assert.equal(rest.arns.length, 30);
    assert.equal(rest.nextToken, undefined);
  });

  test('is paged by the SDK', async () => {
    const found: (string | undefined)[] = [];
    for await (const { rooms = [] } of paginateListRooms({ client, pageSize: 7 }, {})) {
      found.push(...rooms.map(({ arn }) => arn));
    }
    assert.deepEqual(found, newestFirst);
  });

  test('takes an empty token as the start', async () => {
    assert.deepEqual((await list({ nextToken: '' })).arns, newestFirst.slice(0, 50));
  });

  test('filters by name', async () => {
    assert.deepEqual(
      (await list({ name: 'even' })).arns,
      those((i) => i % 2 === 0),
    );
    assert.deepEqual((await list({ name: 'eve' })).arns, []);
  });

  test('filters by review handler', async () => {
    assert.deepEqual(
      (await list({ messageReviewHandlerUri: LAMBDA })).arns,
      those((i) => i % 3 === 0),
    );
  });

  test('filters by logging configuration', async () => {
    const page = await list({ loggingConfigurationIdentifier: logging });
    assert.deepEqual(
      page.arns,
      those((i) => i % 5 === 0),
    );
  });

  test('applies all filters together, page by page', async () => {
    const filters = { name: 'odd', messageReviewHandlerUri: LAMBDA, loggingConfigurationIdentifier: logging };
    const page = await list({ ...filters, maxResults: 1 });
    const rest = await list({ ...filters, nextToken: page.nextToken });
    assert.deepEqual(
      [...page.arns, ...rest.arns],
      those((i) => i % 30 === 15),
    );
  });

  test('does not find a logging configuration that is not there', () =>
    refused(
      list({ loggingConfigurationIdentifier: `${logging.slice(0, -12)}AAAAAAAAAAAA` }),
      'ResourceNotFoundException',
      {
        resourceType: 'LOGGING_CONFIGURATION',
      },
    ));

  test('refuses a token that is foreign, altered, or of other filters', async () => {
    const { nextToken = '' } = await list({ maxResults: 1 });
    const altered = nextToken.slice(0, -1) + (nextToken.endsWith('A') ? 'B' : 'A');
    for (const wrong of ['x', altered, 'x'.repeat(1025)]) await invalid(list({ nextToken: wrong }), 'nextToken');
    await invalid(list({ nextToken, name: 'even' }), 'nextToken');
    const { nextToken: ofFilter } = await list({ maxResults: 1, name: 'even' });
    await invalid(list({ nextToken: ofFilter }), 'nextToken');
    await invalid(client.send(new ListLoggingConfigurationsCommand({ nextToken })) as Promise<unknown>, 'nextToken');
  });

  test('allows another page size with a token', async () => {
    const { nextToken } = await list({ maxResults: 1 });
    assert.deepEqual((await list({ nextToken, maxResults: 2 })).arns, newestFirst.slice(1, 3));
  });

  test('has bounds', async () => {
    for (const maxResults of [0, 51, 1.5]) await invalid(list({ maxResults }), 'maxResults');
    await invalid(list({ name: 'a b', loggingConfigurationIdentifier: 'x' }), 'name', 'loggingConfigurationIdentifier');
  });

  test('neither repeats nor skips a room while others come, change and go', async () => {
    const page = await list({ maxResults: 20 });
    const [changed = '', deleted = ''] = newestFirst;
    await client.send(new UpdateRoomCommand({ identifier: changed }));
    await client.send(new DeleteRoomCommand({ identifier: deleted }));
    const added = await create({ name: 'new' });
    const rest = await list({ nextToken: page.nextToken });
    assert.deepEqual(rest.arns, newestFirst.slice(20));
    assert.deepEqual((await list({ maxResults: 3 })).arns, [added, changed, newestFirst[2]]);
  });
});
