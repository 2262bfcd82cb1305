/** With --supervise the audience outlives the server (ARCHITECTURE.md; spec/ivs-chat 1.5, 1.7). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Chatter, createRoom, createToken, eventually, SendMessageRequest } from './support/chat.ts';
import { clientOf, type ServerProcess, spawnServer, temporaryDirectory } from './support/server.ts';

const AUDIENCE = 500;

/** The server below its supervisor. */
function serverPid({ child }: ServerProcess): number | undefined {
  const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim();
  return children === '' ? undefined : Number(children.split(' ')[0]);
}

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  test(`${AUDIENCE} official clients are all back after ${signal} of the server`, { timeout: 120_000 }, async () => {
    using directory = temporaryDirectory();
    await using server = await spawnServer(['--supervise', '--data-dir', directory.path, '--drain-seconds', '2']);
    const client = clientOf(server.url, undefined, 5);
    const room = await createRoom(client);
    const mint = async (userId: string) => {
      const { token, sessionExpirationTime } = await createToken(client, room, { userId });
      return { token, sessionExpirationTime };
    };
    using resources = new DisposableStack();
    const audience = Array.from({ length: AUDIENCE }, (_, index) =>
      resources.use(new Chatter(server.url, () => mint(`viewer-${index}`))),
    );
    for (const viewer of audience) viewer.room.connect();
    await eventually(() => audience.every(({ connects }) => connects === 1), 'everybody to connect');

    const before = serverPid(server);
    assert.ok(before);
    process.kill(before, signal);
    await eventually(() => audience.every(({ connects }) => connects >= 2), 'everybody to be back');

    assert.notEqual(serverPid(server), before);
    assert.deepEqual(
      audience.flatMap(({ disconnects }) => disconnects),
      [],
    );
    const [speaker] = audience;
    await speaker?.room.sendMessage(new SendMessageRequest('we are back'));
    await eventually(() => audience.every(({ messages }) => messages.at(-1)?.content === 'we are back'));
    client.destroy();
  });
}

test('SIGTERM to the supervisor ends both', async () => {
  using directory = temporaryDirectory();
  await using server = await spawnServer(['--supervise', '--data-dir', directory.path]);
  const pid = serverPid(server);
  assert.ok(pid);
  server.child.kill('SIGTERM');
  await eventually(() => server.child.exitCode !== null);
  assert.equal(server.child.exitCode, 0);
  assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
});

test('the death of the supervisor ends the server', async () => {
  using directory = temporaryDirectory();
  await using server = await spawnServer(['--supervise', '--data-dir', directory.path]);
  const pid = serverPid(server);
  assert.ok(pid);
  server.child.kill('SIGKILL');
  await eventually(() => {
    try {
      return !process.kill(pid, 0);
    } catch {
      return true;
    }
  });
});

test('without --supervise the process itself is the server', async () => {
  using directory = temporaryDirectory();
  await using server = await spawnServer(['--data-dir', directory.path]);
  assert.equal(serverPid(server), undefined);
  server.child.kill('SIGTERM');
  await eventually(() => server.child.exitCode !== null);
  assert.equal(server.child.exitCode, 0);
});
