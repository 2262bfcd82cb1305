/** The log of a server, as a person reads it in a terminal. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROOT_KEY, temporaryDirectory } from '../support/server.ts';
import { complaint, startParlor } from './command-line.ts';

test('a line has nothing that terminals obey, and says what was asked for', async () => {
  using directory = temporaryDirectory();
  const env = { PARLOR_ACCESS_KEY_ID: ROOT_KEY.accessKeyId, PARLOR_SECRET_ACCESS_KEY: ROOT_KEY.secretAccessKey };
  const flags = ['--data-dir', directory.path, '--port', '0', '--no-tls', '--log-level', 'debug'];
  await using server = startParlor({ env }, 'serve', ...flags);
  const url = (await server.nextLine()).replace('Parlor listening on ', '');
  const input = JSON.stringify({ ResourceARN: 'arn:aws:chime:us-east-1:000000000000:\u009b2J' });
  assert.match(await complaint({ url }, 'call', 'chime:ListTagsForResource', '--json', input), /^\w+Exception: /);
  await server.noted(/"operation":"ListTagsForResource".*:000000000000:\\u009b2J"/);
});
