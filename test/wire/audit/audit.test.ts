/** The audit log: who did what, on which resource, allowed or why not, from where. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CreateRoomCommand, DeleteRoomCommand } from '@aws-sdk/client-ivschat';
import { eventually } from '../support/chat.ts';
import { handshake } from '../support/peer.ts';
import { clientOf, ROOT_KEY, spawnServer, startServer, temporaryDirectory } from '../support/server.ts';
import { openVenue, type Venue } from '../support/venue.ts';

type Line = Readonly<Record<string, unknown>>;

const directory = temporaryDirectory();
const path = join(directory.path, 'audit.jsonl');
let venue: Venue;
before(async () => {
  venue = await openVenue({ flags: { 'audit-log': path } });
});
after(async () => {
  await venue[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
});

const linesOf = (text: string): Line[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));

/** Waits for a line with these members; gives it. */
async function audited(members: Line, file = path): Promise<Line> {
  const matching = () =>
    linesOf(readFileSync(file, 'utf8')).find((line) =>
      Object.entries(members).every(([name, value]) => line[name] === value),
    );
  await eventually(() => matching() !== undefined);
  return matching() ?? {};
}

test('a call is told with who, what, on which resource, from where and when', async () => {
  const { $metadata } = await venue.client.send(new CreateRoomCommand({ name: 'audited' }));
  const { time, elapsedMs, ...line } = await audited({ requestId: $metadata.requestId });
  assert.deepEqual(line, {
    event: 'call',
    requestId: $metadata.requestId,
    service: 'ivschat',
    operation: 'CreateRoom',
    action: 'ivschat:CreateRoom',
    principal: 'arn:aws:iam::000000000000:root',
    accessKeyId: ROOT_KEY.accessKeyId,
    resources: ['arn:aws:ivschat:us-east-1:000000000000:room/*'],
    address: '127.0.0.1',
    status: 200,
  });
  assert.equal(new Date(String(time)).toISOString(), time);
  assert.equal(typeof elapsedMs, 'number');
});

test('a call that fails is told with the type of its error', async () => {
  const identifier = 'arn:aws:ivschat:us-east-1:000000000000:room/AAAAAAAAAAAA';
  await assert.rejects(venue.client.send(new DeleteRoomCommand({ identifier })));
  const line = await audited({ error: 'ResourceNotFoundException', operation: 'DeleteRoom' });
  assert.deepEqual([line['resources'], line['status']], [[identifier], 404]);
});

test('a call that is not let in names the key that was claimed, and nobody as principal', async () => {
  const stranger = clientOf(venue.url, { accessKeyId: 'AKIASTRANGERSTRANGER', secretAccessKey: 'wrong' });
  await assert.rejects(stranger.send(new CreateRoomCommand({})));
  const line = await audited({ accessKeyId: 'AKIASTRANGERSTRANGER' });
  assert.deepEqual([line['error'], 'principal' in line], ['UnrecognizedClientException', false]);
});

test('a handshake is told with user and room', async () => {
  await venue.peer('alice');
  const { time, elapsedMs, ...line } = await audited({ event: 'handshake', status: 101 });
  assert.deepEqual(line, {
    event: 'handshake',
    service: 'ivschat',
    status: 101,
    userId: 'alice',
    address: '127.0.0.1',
    resources: [venue.room],
  });
});

test('a handshake that is refused is told with the cause', async () => {
  const token = await venue.token({ userId: 'bob' });
  await venue.shakeHands(token);
  await venue.shakeHands(token);
  const line = await audited({ event: 'handshake', error: 'used' });
  assert.deepEqual([line['userId'], line['status']], ['bob', 401]);
});

test('a client that goes before its turn is told as gone', async () => {
  const file = join(directory.path, 'full.jsonl');
  await using full = await openVenue({ flags: { 'audit-log': file, limit: ['connections=1'] } });
  await full.peer('alice');
  const impatient = await full.caller();
  impatient.write(handshake(await full.token({ userId: 'bob' })));
  await eventually(async () => (await full.metric('parlor_handshakes_waiting')) === 1);
  impatient.socket.destroy();
  await audited({ event: 'handshake', userId: 'bob', error: 'gone' }, file);
});

test('there are no tokens, secrets, signatures and messages in it', async () => {
  const chatter = await venue.chatter('carol');
  const token = await venue.token({ userId: 'dave' });
  await venue.shakeHands(token);
  await audited({ event: 'handshake', userId: 'dave' });
  chatter.room.disconnect();
  const text = readFileSync(path, 'utf8');
  for (const secret of [token, ROOT_KEY.secretAccessKey, 'Signature']) assert.ok(!text.includes(secret));
});

test('only its owner may read the file', () => assert.equal(statSync(path).mode & 0o777, 0o600));

test('a file that cannot be opened stops the start', async () => {
  await assert.rejects(startServer({ 'audit-log': directory.path }), {
    name: 'ConfigError',
    message: /^The audit log cannot be opened: EISDIR/,
  });
});

test('"-" is the standard output; all is written when the server ends', async () => {
  const data = mkdtempSync(join(directory.path, 'data-'));
  await using server = await spawnServer(['--data-dir', data, '--audit-log', '-', '--drain-seconds', '0']);
  const client = clientOf(server.url);
  await client.send(new CreateRoomCommand({ name: 'told' }));
  await client.send(new CreateRoomCommand({ name: 'told' }));
  client.destroy();
  const ended = new Promise((resolve) => server.child.once('close', resolve));
  server.child.kill('SIGTERM');
  await ended;
  const calls = linesOf(server.output.join('\n')).filter(({ event }) => event === 'call');
  assert.deepEqual(
    calls.map(({ operation }) => operation),
    ['CreateRoom', 'CreateRoom'],
  );
});
