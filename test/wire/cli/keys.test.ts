/** Whose keys a command takes, and `parlor root-key`. */
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readRootKey } from '../../../src/iam/root-key.ts';
import { ROOT_KEY, type ServerProcess, spawnServer, temporaryDirectory } from '../support/server.ts';
import { complaint, parlor, printed } from './command-line.ts';

const directory = temporaryDirectory();
const OWN_KEY = { PARLOR_ACCESS_KEY_ID: '', PARLOR_SECRET_ACCESS_KEY: '' };
let server: ServerProcess;
before(async () => {
  server = await spawnServer(['--data-dir', directory.path], OWN_KEY);
});
after(async () => {
  await server[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
});

test('without other keys, the root key in the data directory is taken', async () => {
  const env = { PARLOR_ENDPOINT: server.url, PARLOR_DATA_DIR: directory.path };
  assert.match(await printed({ env }, 'room', 'create'), /^arn:/);
});

test('--data-dir comes before keys in the environment', async () => {
  assert.match(await printed(server, 'room', 'create', '--data-dir', directory.path), /^arn:/);
});

test('keys that the server does not know are named with the place they come from', async () => {
  assert.equal(
    await complaint(server, 'room', 'list'),
    'UnrecognizedClientException: The security token included in the request is invalid. ' +
      '(Signed with AWS_ACCESS_KEY_ID, for the region us-east-1.)',
  );
});

test('a foreign region is named with the answer', async () => {
  const args = ['--data-dir', directory.path, '--region', 'eu-west-1'];
  assert.match(await complaint(server, 'room', 'list', ...args), /Exception: .* for the region eu-west-1\.\)$/);
});

test('without any key, it is said where one may be', async () => {
  const line = await complaint({ env: { PARLOR_ENDPOINT: server.url } }, 'room', 'list');
  assert.match(line, /^There is no root key in \.\/data, and no other key: set AWS_ACCESS_KEY_ID/);
});

test('root-key show prints the key as variables', async () => {
  const key = readRootKey(directory.path);
  assert.equal(
    await printed({}, 'root-key', 'show', '--data-dir', directory.path),
    `AWS_ACCESS_KEY_ID=${key?.accessKeyId}\nAWS_SECRET_ACCESS_KEY=${key?.secretAccessKey}\n`,
  );
});

test('root-key rotate replaces the key, for the next start of the server', async () => {
  using fresh = temporaryDirectory();
  const args = ['--data-dir', fresh.path];
  const old = await spawnServer(args, OWN_KEY);
  const env = Object.fromEntries((await printed({}, 'root-key', 'show', ...args)).trim().split('\n').map(pair));
  const { code, stdout, stderr } = await parlor({}, 'root-key', 'rotate', ...args);
  assert.equal(code, 0);
  assert.match(stderr, /^parlor: A server that is running goes on with the old key/);
  assert.equal(await printed({}, 'root-key', 'show', ...args), stdout);
  assert.equal(statSync(join(fresh.path, 'root-key.json')).mode & 0o777, 0o600);
  assert.equal(await printed({ url: old.url, keys: undefined, env }, 'room', 'list'), '');
  await old[Symbol.asyncDispose]();

  await using again = await spawnServer(args, OWN_KEY);
  assert.equal(await printed(again, 'room', 'list', ...args), '');
  assert.match(
    await complaint({ url: again.url, keys: undefined, env }, 'room', 'list'),
    /^UnrecognizedClientException/,
  );
});

function pair(line: string): [string, string] {
  const [name = '', value = ''] = line.split('=');
  return [name, value];
}

test('root-key without a key says who makes it', async () => {
  using empty = temporaryDirectory();
  for (const command of ['show', 'rotate']) {
    assert.equal(
      await complaint({}, 'root-key', command, '--data-dir', empty.path),
      `There is no root key in ${empty.path}: the first start of a server makes it.`,
    );
  }
});

test('keys of the environment are those of the server that is given them', async () => {
  using other = temporaryDirectory();
  await using given = await spawnServer(['--data-dir', other.path]);
  const env = { PARLOR_ACCESS_KEY_ID: ROOT_KEY.accessKeyId, PARLOR_SECRET_ACCESS_KEY: ROOT_KEY.secretAccessKey };
  assert.match(await printed({ url: given.url, keys: undefined, env }, 'room', 'create'), /^arn:/);
});
