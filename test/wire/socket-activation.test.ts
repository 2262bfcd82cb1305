/** Listening sockets handed over as systemd does it (sd_listen_fds): deploy/parlor.socket and deploy/parlor-tls.socket. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { eventually } from './support/chat.ts';
import { temporaryDirectory } from './support/server.ts';
import { trust } from './support/trust.ts';

const SCRIPT = join(import.meta.dirname, '../../bin/parlor.js');

interface Handle {
  readonly fd: number;
  close(): void;
  getsockname(address: { port: number }): void;
}

/** A bound socket of which nobody accepts, as a service manager holds it. */
function bind(): { readonly fd: number; readonly port: number; close(): void } {
  const create: (address: string, port: number, family: number) => Handle = Reflect.get(net, '_createServerHandle');
  const handle = create('127.0.0.1', 0, 4);
  const address = { port: 0 };
  handle.getsockname(address);
  return { fd: handle.fd, port: address.port, close: () => handle.close() };
}

/** Ends it, however far it has come. */
async function end(child: ChildProcess): Promise<void> {
  child.removeAllListeners('exit').kill('SIGKILL');
  await once(child, 'exit');
}

/** Starts a server on the inherited socket; the shell knows the pid that the server will have. */
async function startOn(fds: readonly number[], dataDir: string, listenPid: string, names = '') {
  const child = spawn('sh', ['-c', `LISTEN_PID=${listenPid} exec "$0" "$@"`, process.execPath, SCRIPT, 'serve'], {
    stdio: ['ignore', 'pipe', 'pipe', ...fds],
    env: {
      ...process.env,
      LISTEN_FDS: String(fds.length),
      LISTEN_FDNAMES: names,
      PARLOR_DATA_DIR: dataDir,
      PARLOR_PORT: '0',
    },
  });
  assert.ok(child.stdout && child.stderr);
  const complaint = text(child.stderr);
  const ended = once(child, 'exit').then(async ([code]) => assert.fail(`Ended with ${code}: ${await complaint}`));
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), ended]);
  return { child, line: String(line) };
}

test('an inherited socket is served, and clients wait in it while the server restarts', async () => {
  using directory = temporaryDirectory();
  const socket = bind();
  const first = await startOn([socket.fd], directory.path, '$$');
  assert.equal(first.line, `Parlor listening on http://127.0.0.1:${socket.port}`);
  assert.equal((await fetch(`http://127.0.0.1:${socket.port}/healthz`)).status, 200);
  await end(first.child);

  const waiting = fetch(`http://127.0.0.1:${socket.port}/healthz`);
  const second = await startOn([socket.fd], directory.path, '$$');
  assert.equal((await waiting).status, 200);
  await end(second.child);
  socket.close();
});

test('a socket meant for another process is left alone', async () => {
  using directory = temporaryDirectory();
  const socket = bind();
  const { child, line } = await startOn([socket.fd], directory.path, '1');
  assert.notEqual(line, `Parlor listening on http://127.0.0.1:${socket.port}`);
  await end(child);
  socket.close();
});

test('of two sockets the one named https speaks TLS, in whichever order they come', async () => {
  for (const names of ['parlor.socket:https', 'https:parlor.socket']) {
    using directory = temporaryDirectory();
    const [first, second] = [bind(), bind()];
    const [plain, secure] = names.startsWith('https') ? [second, first] : [first, second];
    const { child, line } = await startOn([first.fd, second.fd], directory.path, '$$', names);
    assert.equal(line, `Parlor listening on http://127.0.0.1:${plain.port}`);
    const ca = join(directory.path, 'tls-ca.pem');
    await eventually(() => existsSync(ca));
    trust(readFileSync(ca, 'utf8'));
    assert.equal((await fetch(`https://127.0.0.1:${secure.port}/healthz`)).status, 200);
    await end(child);
    for (const socket of [first, second]) socket.close();
  }
});

test('two sockets of which none is named https stop the start', async () => {
  using directory = temporaryDirectory();
  const [first, second] = [bind(), bind()];
  await assert.rejects(startOn([first.fd, second.fd], directory.path, '$$', 'one:two'), {
    message: /LISTEN_FDS is 2 and LISTEN_FDNAMES "one:two", but one plain socket and one named "https" are served\./,
  });
  for (const socket of [first, second]) socket.close();
});
