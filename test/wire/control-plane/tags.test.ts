import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import {
  CreateLoggingConfigurationCommand,
  CreateRoomCommand,
  GetLoggingConfigurationCommand,
  GetRoomCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-ivschat';
import { invalid, refused } from '../support/expect.ts';
import { startServer } from '../support/server.ts';

const server = await startServer();
after(() => server[Symbol.asyncDispose]());
const { client } = server;

const ACCOUNT = 'arn:aws:ivschat:us-east-1:000000000000';

async function createRoom(tags: Record<string, string> = {}): Promise<string> {
  const { arn = '' } = await client.send(new CreateRoomCommand({ tags }));
  return arn;
}

async function tagsOf(resourceArn: string) {
  const { tags } = await client.send(new ListTagsForResourceCommand({ resourceArn }));
  return tags;
}

const tag = (resourceArn: string, tags: Record<string, string>) =>
  client.send(new TagResourceCommand({ resourceArn, tags }));
const untag = (resourceArn: string, tagKeys: string[]) =>
  client.send(new UntagResourceCommand({ resourceArn, tagKeys }));
const numbered = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 'v']));

describe('a room', () => {
  test('has the tags it was created with', async () => {
    assert.deepEqual(await tagsOf(await createRoom({ a: '1' })), { a: '1' });
  });

  test('is given tags beside those it has, which replace those of the same key', async () => {
    const arn = await createRoom({ a: '1', b: '2' });
    await tag(arn, { b: '3', c: '4' });
    assert.deepEqual(await tagsOf(arn), { a: '1', b: '3', c: '4' });
  });

  test('shows them wherever it is shown, at once', async () => {
    const arn = await createRoom();
    await client.send(new GetRoomCommand({ identifier: arn }));
    await tag(arn, { a: '1' });
    assert.deepEqual((await client.send(new GetRoomCommand({ identifier: arn }))).tags, { a: '1' });
  });

  test('loses the tags named, and those it does not have without complaint', async () => {
    const arn = await createRoom({ a: '1', 'b c': '2', 'd&e=f+g': '3', é: '4' });
    await untag(arn, ['b c', 'd&e=f+g', 'none']);
    assert.deepEqual(await tagsOf(arn), { a: '1', é: '4' });
    await untag(arn, ['é']);
    await untag(arn, ['a']);
    await untag(arn, ['a']);
    assert.deepEqual(await tagsOf(arn), {});
  });

  test('is not updated by it', async () => {
    const arn = await createRoom();
    const before = await client.send(new GetRoomCommand({ identifier: arn }));
    await tag(arn, { a: '1' });
    assert.deepEqual((await client.send(new GetRoomCommand({ identifier: arn }))).updateTime, before.updateTime);
  });

  test('has at most 50', async () => {
    const arn = await createRoom(numbered(50));
    await tag(arn, { k0: 'other' });
    await invalid(tag(arn, { k50: 'one more' }), 'tags');
    await untag(arn, ['k0']);
    await tag(arn, { k50: 'now' });
    assert.equal(Object.keys((await tagsOf(arn)) ?? {}).length, 50);
  });

  test('takes keys that every object has for any other', async () => {
    const arn = await createRoom({ constructor: 'c' });
    await tag(arn, { prototype: 'p' });
    assert.deepEqual(await tagsOf(arn), { constructor: 'c', prototype: 'p' });
    await untag(arn, ['toString', 'constructor']);
    assert.deepEqual(await tagsOf(arn), { prototype: 'p' });
  });

  test('takes tags from many at the same time', async () => {
    const arn = await createRoom();
    await Promise.all(Object.entries(numbered(20)).map(([key, value]) => tag(arn, { [key]: value })));
    assert.deepEqual(await tagsOf(arn), numbered(20));
  });
});

test('a logging configuration has tags too', async () => {
  const destinationConfiguration = { s3: { bucketName: 'bucket' } };
  const { arn = '' } = await client.send(
    new CreateLoggingConfigurationCommand({ destinationConfiguration, tags: { a: '1' } }),
  );
  await tag(arn, { b: '2' });
  await untag(arn, ['a']);
  assert.deepEqual(await tagsOf(arn), { b: '2' });
  assert.deepEqual((await client.send(new GetLoggingConfigurationCommand({ identifier: arn }))).tags, { b: '2' });
});

describe('is refused', () => {
  test('what is out of bounds', async () => {
    const arn = await createRoom();
    await invalid(tag(arn, numbered(51)), 'tags');
    await invalid(tag(arn, { '': 'v' }), 'tags (key)');
    await invalid(tag(arn, { ['k'.repeat(129)]: 'v' }), 'tags (key)');
    await invalid(tag(arn, { k: 'v'.repeat(257) }), 'tags.k');
    await invalid(tag(arn, { 'aws:k': 'v' }), 'tags');
    await invalid(tag(arn, { 'AWS:k': 'v' }), 'tags');
    await invalid(untag(arn, Object.keys(numbered(51))), 'tagKeys');
    await invalid(untag(arn, ['k'.repeat(129)]), 'tagKeys[0]');
    await invalid(untag(arn, []), 'tagKeys');
  });

  test('what is no ARN of ours', async () => {
    for (const wrong of [
      'x',
      'arn:aws:chime:us-east-1:000000000000:room/a',
      `${ACCOUNT}:room/`,
      `${ACCOUNT}:room/a/b`,
    ]) {
      await invalid(tagsOf(wrong), 'resourceArn');
    }
  });

  test('what does not exist', async () => {
    const room = { resourceId: 'AAAAAAAAAAAA', resourceType: 'ROOM' };
    for (const call of [tagsOf, (arn: string) => tag(arn, {}), (arn: string) => untag(arn, ['a'])]) {
      await refused(call(`${ACCOUNT}:room/AAAAAAAAAAAA`), 'ResourceNotFoundException', room);
    }
    await refused(tagsOf(`${ACCOUNT}:logging-configuration/AAAAAAAAAAAA`), 'ResourceNotFoundException', {
      resourceType: 'LOGGING_CONFIGURATION',
    });
    await refused(tagsOf(`${ACCOUNT}:stage/AAAAAAAAAAAA`), 'ResourceNotFoundException');
  });
});
