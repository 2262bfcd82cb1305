/** Every reply is what its operation declares, and says how it ended to those who watch. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, test } from 'node:test';
import { GetRoomCommand, ListTagsForResourceCommand } from '@aws-sdk/client-ivschat';
import type { Problem, Shape } from '../../../src/aws/shape.ts';
import { ivsOperations } from '../../../src/ivs/service.ts';
import { refused } from '../support/expect.ts';
import { type RawResponse, sendSigned } from '../support/raw-http.ts';
import { startServer, temporaryDirectory } from '../support/server.ts';

const server = await startServer();
after(() => server[Symbol.asyncDispose]());

type Name = keyof typeof ivsOperations;

/** Calls an operation by name and checks its reply against its declaration. */
async function call(name: Name, input: Record<string, unknown> = {}): Promise<RawResponse> {
  const operation = ivsOperations[name];
  const [method = '', path = '', status] = operation.http.split(' ');
  const { resourceArn = '', tagKeys, ...body } = input;
  const query = tagKeys ? `?tagKeys=${tagKeys}` : '';
  const target = path.replace('{resourceArn}', encodeURIComponent(String(resourceArn))) + query;
  const response = await sendSigned(server.url, {
    method,
    target,
    ...(method !== 'GET' && { body: JSON.stringify(body) }),
  });
  assert.equal(response.status, Number(status), response.text);
  assert.match(String(response.headers['x-amzn-requestid']), /^[0-9a-f-]{36}$/);
  assert.ok(response.headers['date']);
  const output: Shape<unknown> | undefined = 'output' in operation ? operation.output : undefined;
  if (output === undefined) {
    assert.equal(response.text, '');
    return response;
  }
  const problems: Problem[] = [];
  // Shapes leave out what they do not know: being equal, the reply has nothing else.
  const read = output.read(response.json, '', problems);
  assert.deepEqual(problems, []);
  assert.deepEqual(JSON.parse(JSON.stringify(read)), response.json);
  return response;
}

const arnOf = ({ json }: RawResponse) => (json as { arn: string }).arn;

test('every operation answers what it declares', async () => {
  const destinationConfiguration = { s3: { bucketName: 'bucket' } };
  const logging = arnOf(
    await call('CreateLoggingConfiguration', { name: 'n', destinationConfiguration, tags: { a: 'b' } }),
  );
  await call('GetLoggingConfiguration', { identifier: logging });
  await call('UpdateLoggingConfiguration', { identifier: logging, name: 'other' });
  await call('ListLoggingConfigurations');
  const messageReviewHandler = { uri: 'http://localhost/review' };
  const loggingConfigurationIdentifiers = [logging];
  const room = arnOf(await call('CreateRoom', { name: 'r', messageReviewHandler, loggingConfigurationIdentifiers }));
  await call('CreateRoom');
  await call('GetRoom', { identifier: room });
  await call('ListRooms', { maxResults: 1 });
  await call('ListRooms');
  await call('TagResource', { resourceArn: room, tags: { a: 'b' } });
  await call('ListTagsForResource', { resourceArn: room });
  await call('UntagResource', { resourceArn: room, tagKeys: 'a' });
  await call('CreateChatToken', { roomIdentifier: room, userId: 'alice' });
  await call('SendEvent', { roomIdentifier: room, eventName: 'e' });
  await call('DeleteMessage', { roomIdentifier: room, id: 'AAAAAAAAAAAA' });
  await call('DisconnectUser', { roomIdentifier: room, userId: 'alice' });
  await call('UpdateRoom', { identifier: room, loggingConfigurationIdentifiers: [] });
  await call('DeleteRoom', { identifier: room });
  await call('DeleteLoggingConfiguration', { identifier: logging });
});

describe('a failure inside', () => {
  test('is answered InternalServerException, which says nothing of it, and is logged with its stage', async () => {
    using directory = temporaryDirectory();
    await using broken = await startServer({ 'data-dir': directory.path });
    const database = new DatabaseSync(join(directory.path, 'parlor.db'));
    database.exec('DROP TABLE ivs_room');
    database.close();
    const room = 'arn:aws:ivschat:us-east-1:000000000000:room/AAAAAAAAAAAA';
    const expected = {
      $metadata: { httpStatusCode: 500 },
      message: 'The server encountered an error and could not complete the request.',
    };
    await refused(
      broken.client.send(new ListTagsForResourceCommand({ resourceArn: room })),
      'InternalServerException',
      expected,
    );
    await refused(broken.client.send(new GetRoomCommand({ identifier: room })), 'InternalServerException', expected);
    const line = broken.log.find((each) => each.includes('no such table'));
    assert.partialDeepStrictEqual(JSON.parse(line ?? '{}'), { stage: 'handle', operation: 'ListTagsForResource' });
  });
});
