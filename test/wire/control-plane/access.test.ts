import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  CreateChatTokenCommand,
  CreateRoomCommand,
  GetRoomCommand,
  IvschatClient,
  TagResourceCommand,
} from '@aws-sdk/client-ivschat';
import { refused } from '../support/expect.ts';
import { clientOf, ROOT_KEY, startServer } from '../support/server.ts';

const server = await startServer();
after(() => server[Symbol.asyncDispose]());
const { client, url } = server;

const OTHER_ACCOUNT = 'arn:aws:ivschat:us-east-1:123456789012:room/AAAAAAAAAAAA';
const OTHER_REGION = 'arn:aws:ivschat:eu-west-1:000000000000:room/AAAAAAAAAAAA';

test('a resource of another account is denied, naming who, what and on which', async () => {
  const denied = (action: string) => ({
    $metadata: { httpStatusCode: 403 },
    message:
      `User: arn:aws:iam::000000000000:root is not authorized to perform: ${action} ` +
      `on resource: ${OTHER_ACCOUNT} because no resource-based policy allows the ${action} action`,
  });
  const get = new GetRoomCommand({ identifier: OTHER_ACCOUNT });
  await refused(client.send(get), 'AccessDeniedException', denied('ivschat:GetRoom'));
  const create = new CreateChatTokenCommand({ roomIdentifier: OTHER_ACCOUNT, userId: 'alice' });
  await refused(client.send(create), 'AccessDeniedException', denied('ivschat:CreateChatToken'));
  const tag = new TagResourceCommand({ resourceArn: OTHER_ACCOUNT, tags: {} });
  await refused(client.send(tag), 'AccessDeniedException', denied('ivschat:TagResource'));
});

test('a resource of another region is not found', async () => {
  const expected = { $metadata: { httpStatusCode: 404 }, resourceId: 'AAAAAAAAAAAA', resourceType: 'ROOM' };
  await refused(client.send(new GetRoomCommand({ identifier: OTHER_REGION })), 'ResourceNotFoundException', expected);
});

test('a logging configuration of another account or region is not found', async () => {
  for (const place of ['us-east-1:123456789012', 'eu-west-1:000000000000']) {
    const arn = `arn:aws:ivschat:${place}:logging-configuration/AAAAAAAAAAAA`;
    const create = new CreateRoomCommand({ loggingConfigurationIdentifiers: [arn] });
    await refused(client.send(create), 'ResourceNotFoundException', { resourceType: 'LOGGING_CONFIGURATION' });
  }
});

test('region and account are settings', async () => {
  await using other = await startServer({ region: 'eu-west-1', 'account-id': '123456789012' });
  const there = new IvschatClient({ endpoint: other.url, region: 'eu-west-1', credentials: ROOT_KEY });
  const { arn } = await there.send(new CreateRoomCommand({}));
  assert.match(arn ?? '', /^arn:aws:ivschat:eu-west-1:123456789012:room\/\w{12}$/);
  await there.send(new GetRoomCommand({ identifier: arn }));
  there.destroy();
});

test('unknown keys and wrong secrets are refused', async () => {
  const unknown = clientOf(url, { ...ROOT_KEY, accessKeyId: 'AKIAUNKNOWNUNKNOWN00' });
  await refused(unknown.send(new CreateRoomCommand({})), 'UnrecognizedClientException', {
    $metadata: { httpStatusCode: 403 },
  });
  const wrong = clientOf(url, { ...ROOT_KEY, secretAccessKey: 'wrong' });
  await refused(wrong.send(new CreateRoomCommand({})), 'InvalidSignatureException', {
    $metadata: { httpStatusCode: 403 },
  });
  unknown.destroy();
  wrong.destroy();
});
