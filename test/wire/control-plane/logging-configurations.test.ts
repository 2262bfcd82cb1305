import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import {
  CreateLoggingConfigurationCommand,
  type CreateLoggingConfigurationCommandInput,
  CreateRoomCommand,
  DeleteLoggingConfigurationCommand,
  DeleteRoomCommand,
  type DestinationConfiguration,
  GetLoggingConfigurationCommand,
  ListLoggingConfigurationsCommand,
  UpdateLoggingConfigurationCommand,
  UpdateRoomCommand,
} from '@aws-sdk/client-ivschat';
import { invalid, refused, tickingClock } from '../support/expect.ts';
import { startServer } from '../support/server.ts';

const server = await startServer({ limit: ['logging-configurations=100'] }, tickingClock());
after(() => server[Symbol.asyncDispose]());
const { client } = server;

const MISSING = 'arn:aws:ivschat:us-east-1:000000000000:logging-configuration/AAAAAAAAAAAA';
const S3: DestinationConfiguration = { s3: { bucketName: 'demo-logging-bucket' } };

async function create(input: Partial<CreateLoggingConfigurationCommandInput> = {}) {
  const { $metadata, ...configuration } = await client.send(
    new CreateLoggingConfigurationCommand({ destinationConfiguration: S3, ...input }),
  );
  return { ...configuration, arn: configuration.arn ?? '' };
}

async function get(identifier: string) {
  const { $metadata, ...configuration } = await client.send(new GetLoggingConfigurationCommand({ identifier }));
  return configuration;
}

const remove = (identifier: string) => client.send(new DeleteLoggingConfigurationCommand({ identifier }));

describe('CreateLoggingConfiguration', () => {
  test('is active at once', async () => {
    const { arn, id, createTime, updateTime, ...rest } = await create();
    assert.match(id ?? '', /^[a-zA-Z0-9]{12}$/);
    assert.equal(arn, `arn:aws:ivschat:us-east-1:000000000000:logging-configuration/${id}`);
    assert.deepEqual(updateTime, createTime);
    assert.deepEqual(rest, { name: '', destinationConfiguration: S3, state: 'ACTIVE', tags: {} });
  });

  test('takes each kind of destination', async () => {
    const destinations: DestinationConfiguration[] = [
      S3,
      { cloudWatchLogs: { logGroupName: '/aws/ivs.chat_#1' } },
      { firehose: { deliveryStreamName: 'stream_1.a' } },
    ];
    for (const destinationConfiguration of destinations) {
      const created = await create({ name: 'test-logging-config', destinationConfiguration, tags: { k: 'v' } });
      assert.partialDeepStrictEqual(created, {
        name: 'test-logging-config',
        destinationConfiguration,
        tags: { k: 'v' },
      });
      assert.deepEqual(await get(created.arn), created);
    }
  });

  test('refuses what is out of bounds', async () => {
    const destination = (destinationConfiguration: object) =>
      create({ destinationConfiguration: destinationConfiguration as DestinationConfiguration });
    await invalid(create({ name: 'a b' }), 'name');
    await invalid(create({ tags: { 'aws:k': '' } }), 'tags');
    await invalid(destination({ s3: { bucketName: 'ab' } }), 'destinationConfiguration.s3.bucketName');
    await invalid(destination({ s3: { bucketName: 'UPPER' } }), 'destinationConfiguration.s3.bucketName');
    await invalid(
      destination({ cloudWatchLogs: { logGroupName: 'l'.repeat(513) } }),
      'destinationConfiguration.cloudWatchLogs.logGroupName',
    );
    await invalid(
      destination({ firehose: { deliveryStreamName: 'a/b' } }),
      'destinationConfiguration.firehose.deliveryStreamName',
    );
    await invalid(destination({ s3: {} }), 'destinationConfiguration.s3.bucketName');
    await invalid(destination({}), 'destinationConfiguration');
  });
});

describe('GetLoggingConfiguration', () => {
  test('does not find what is not there', () =>
    refused(get(MISSING), 'ResourceNotFoundException', {
      $metadata: { httpStatusCode: 404 },
      resourceId: 'AAAAAAAAAAAA',
      resourceType: 'LOGGING_CONFIGURATION',
    }));

  test('needs an ARN of a logging configuration', () => invalid(get('AAAAAAAAAAAA'), 'identifier'));
});

describe('UpdateLoggingConfiguration', () => {
  async function update(identifier: string, changes: Partial<CreateLoggingConfigurationCommandInput>) {
    const { $metadata, ...configuration } = await client.send(
      new UpdateLoggingConfigurationCommand({ identifier, ...changes }),
    );
    return configuration;
  }

  test('changes what is said, and the time of the update', async () => {
    const before = await create({ name: 'before', tags: { k: 'v' } });
    const destinationConfiguration: DestinationConfiguration = { cloudWatchLogs: { logGroupName: 'group' } };
    const after = await update(before.arn, { destinationConfiguration });
    assert.ok((after.updateTime ?? 0) > (before.updateTime ?? 0));
    assert.deepEqual(after, { ...before, destinationConfiguration, updateTime: after.updateTime });
    const renamed = await update(before.arn, { name: 'after' });
    assert.deepEqual(renamed, { ...after, name: 'after', updateTime: renamed.updateTime });
    assert.deepEqual(await get(before.arn), renamed);
  });

  test('does not find what is not there', () =>
    refused(update(MISSING, { name: 'n' }), 'ResourceNotFoundException', { resourceType: 'LOGGING_CONFIGURATION' }));
});

describe('DeleteLoggingConfiguration', () => {
  test('answers 204, and the configuration is gone', async () => {
    const { arn } = await create();
    assert.equal((await remove(arn)).$metadata.httpStatusCode, 204);
    await refused(get(arn), 'ResourceNotFoundException');
    await refused(remove(arn), 'ResourceNotFoundException');
  });

  test('conflicts with a room that uses it', async () => {
    const { arn, id } = await create();
    const { arn: room } = await client.send(new CreateRoomCommand({ loggingConfigurationIdentifiers: [arn] }));
    const conflict = () =>
      refused(remove(arn), 'ConflictException', {
        $metadata: { httpStatusCode: 409 },
        resourceId: id,
        resourceType: 'LOGGING_CONFIGURATION',
      });
    await conflict();
    await client.send(new UpdateRoomCommand({ identifier: room, loggingConfigurationIdentifiers: [] }));
    const { arn: other } = await client.send(new CreateRoomCommand({ loggingConfigurationIdentifiers: [arn] }));
    await conflict();
    await client.send(new DeleteRoomCommand({ identifier: other }));
    await remove(arn);
  });
});

describe('ListLoggingConfigurations', () => {
  test('gives the last updated first, page by page', async () => {
    const created = [];
    for (let i = 0; i < 3; i++) created.push(await create());
    const [oldest, middle, newest] = created;
    const page = await client.send(new ListLoggingConfigurationsCommand({ maxResults: 2 }));
    assert.deepEqual(page.loggingConfigurations, [newest, middle]);
    const rest = await client.send(new ListLoggingConfigurationsCommand({ maxResults: 1, nextToken: page.nextToken }));
    assert.deepEqual(rest.loggingConfigurations, [oldest]);
  });

  test('has bounds', () =>
    invalid(client.send(new ListLoggingConfigurationsCommand({ maxResults: 51 })), 'maxResults'));
});
