import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ListRoomsCommand } from '@aws-sdk/client-ivschat';
import { temporaryDirectory } from '../support/server.ts';
import { allow, openAccount } from './support/account.ts';

test('a key that was never used says so', async () => {
  await using account = await openAccount();
  const { credentials } = await account.user('idle');
  const { accessKeyId: AccessKeyId } = credentials;
  const { UserName, AccessKeyLastUsed } = await account.iam.getAccessKeyLastUsed({ AccessKeyId });
  assert.equal(UserName, 'idle');
  assert.deepEqual(AccessKeyLastUsed, { ServiceName: 'N/A', Region: 'N/A' });
});

test('the last use of a key is known at once, whether or not it was allowed', async () => {
  await using account = await openAccount();
  const { credentials, chat, iam } = await account.user('busy', allow('ivschat:ListRooms'));
  const { accessKeyId: AccessKeyId } = credentials;
  await chat.send(new ListRoomsCommand({}));
  const first = (await account.iam.getAccessKeyLastUsed({ AccessKeyId })).AccessKeyLastUsed;
  assert.equal(first?.ServiceName, 'ivschat');
  assert.equal(first.Region, 'us-east-1');
  assert.ok(first.LastUsedDate instanceof Date);
  await assert.rejects(iam.listUsers());
  const { AccessKeyLastUsed: second } = await account.iam.getAccessKeyLastUsed({ AccessKeyId });
  assert.equal(second?.ServiceName, 'iam');
});

test('a wrong signature is no use', async () => {
  await using account = await openAccount();
  const { credentials } = await account.user('careful');
  const { accessKeyId: AccessKeyId } = credentials;
  await assert.rejects(account.iamOf({ ...credentials, secretAccessKey: 'guessed' }).listUsers());
  const { AccessKeyLastUsed } = await account.iam.getAccessKeyLastUsed({ AccessKeyId });
  assert.equal(AccessKeyLastUsed?.ServiceName, 'N/A');
});

test('the last use outlives the server', async () => {
  using directory = temporaryDirectory();
  const flags = { 'data-dir': directory.path };
  let AccessKeyId = '';
  {
    await using account = await openAccount(flags);
    const { credentials, chat } = await account.user('busy', allow('ivschat:ListRooms'));
    AccessKeyId = credentials.accessKeyId;
    await chat.send(new ListRoomsCommand({}));
  }
  await using account = await openAccount(flags);
  const { AccessKeyLastUsed } = await account.iam.getAccessKeyLastUsed({ AccessKeyId });
  assert.equal(AccessKeyLastUsed?.ServiceName, 'ivschat');
});
