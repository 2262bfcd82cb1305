/** `parlor call`: any operation by its AWS name. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CreateRoomCommand } from '@aws-sdk/client-ivschat';
import { services } from '../../../src/operations.ts';
import { startServer, type TestServer, temporaryDirectory } from '../support/server.ts';
import { complaint, printed } from './command-line.ts';

let server: TestServer;
let arn = '';
before(async () => {
  server = await startServer();
  ({ arn = '' } = await server.client.send(new CreateRoomCommand({ name: 'hall', tags: { floor: '1' } })));
});
after(() => server[Symbol.asyncDispose]());

const call = (operation: string, input: unknown) => printed(server, 'call', operation, '--json', JSON.stringify(input));

test('the reply is printed as JSON', async () => {
  const room = JSON.parse(await call('GetRoom', { identifier: arn }));
  assert.equal(room.arn, arn);
  assert.equal(room.name, 'hall');
});

test('an operation without input needs none', async () => {
  assert.deepEqual(JSON.parse(await printed(server, 'call', 'ListLoggingConfigurations')), {
    loggingConfigurations: [],
  });
});

test('a reply without a body prints nothing', async () => {
  const { arn: identifier } = await server.client.send(new CreateRoomCommand());
  assert.equal(await call('DeleteRoom', { identifier }), '');
});

test('members travel in the path and the query where the operation has them there', async () => {
  const { arn: resourceArn } = await server.client.send(new CreateRoomCommand());
  assert.equal(await call('TagResource', { resourceArn, tags: { 'a b': '1', 'c&d': '2', e: '3' } }), '{}\n');
  assert.equal(await call('UntagResource', { resourceArn, tagKeys: ['a b', 'c&d'] }), '{}\n');
  assert.deepEqual(JSON.parse(await call('ListTagsForResource', { resourceArn })), { tags: { e: '3' } });
});

test('where services have operations of the same name, those of Chime are named with it', async () => {
  const { AppInstanceArn: ResourceARN } = JSON.parse(await call('CreateAppInstance', { Name: 'demo' }));
  const Tags = [{ Key: 'floor', Value: '1' }];
  assert.equal(await call('chime:TagResource', { ResourceARN, Tags }), '');
  assert.deepEqual(JSON.parse(await call('chime:ListTagsForResource', { ResourceARN })), { Tags });
});

test('the bearer travels in a header', async () => {
  const { AppInstanceArn } = JSON.parse(await call('CreateAppInstance', { Name: 'demo' }));
  const ada = { AppInstanceArn, AppInstanceUserId: 'ada', Name: 'Ada' };
  const { AppInstanceUserArn: ChimeBearer } = JSON.parse(await call('CreateAppInstanceUser', ada));
  const { ChannelArn } = JSON.parse(await call('CreateChannel', { ChimeBearer, AppInstanceArn, Name: 'hall' }));
  const { Channel } = JSON.parse(await call('DescribeChannel', { ChimeBearer, ChannelArn }));
  assert.equal(Channel.CreatedBy.Arn, ChimeBearer);
});

test('a member of the path that is missing is named', async () => {
  assert.match(await complaint(server, 'call', 'ListTagsForResource'), /^resourceArn is required/);
});

test('the input may stand in a file', async () => {
  using directory = temporaryDirectory();
  const file = join(directory.path, 'input.json');
  writeFileSync(file, JSON.stringify({ identifier: arn }));
  assert.match(await printed(server, 'call', 'GetRoom', '--json', `@${file}`), /"name": "hall"/);
});

test('the input may come from the standard input', async () => {
  const setting = { url: server.url, stdin: JSON.stringify({ identifier: arn }) };
  assert.match(await printed(setting, 'call', 'GetRoom', '--json', '-'), /"name": "hall"/);
});

test('input that is no JSON object is refused before anything is sent', async () => {
  assert.match(await complaint(server, 'call', 'GetRoom', '--json', '{'), /^--json cannot be read: /);
  assert.match(await complaint(server, 'call', 'GetRoom', '--json', '[]'), /^--json must be a JSON object/);
  assert.match(
    await complaint(server, 'call', 'GetRoom', '--json', '@/no/such/file'),
    /^--json cannot be read: ENOENT/,
  );
});

test("an error prints AWS's name for it and the message", async () => {
  const line = await complaint(server, 'call', 'CreateRoom', '--json', '{"maximumMessageLength":501}');
  assert.match(line, /^ValidationException: Request member: maximumMessageLength failed to satisfy the constraints: /);
});

test('an unknown operation is answered with those of like names', async () => {
  assert.equal(
    await complaint(server, 'call', 'CreatRooms'),
    "unknown operation 'CreatRooms' (Did you mean CreateRoom?)",
  );
});

test('the help lists every operation', async () => {
  const help = await printed({}, 'help', 'call');
  for (const operations of [services.ivschat, services.iam, services.sts]) {
    for (const name of Object.keys(operations)) assert.match(help, new RegExp(`^  ${name} `, 'm'));
  }
  for (const name of Object.keys(services.chime)) assert.match(help, new RegExp(`^  (?:chime:)?${name} `, 'm'));
});

test("an operation's help tells its input", async () => {
  const help = await printed({}, 'call', 'CreateChatToken', '--help');
  assert.match(help, /^ {2}userId +required string, 1 to 128$/m);
  assert.match(help, /^ {2}sessionDurationInMinutes +integer, 1 to 180$/m);
});
