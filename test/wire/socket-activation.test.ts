/** A listening socket handed over as systemd does it (sd_listen_fds): deploy/parlor.socket. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { temporaryDirectory } from './support/server.ts';

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
async function startOn(fd: number, dataDir: string, listenPid: string) {
  const child = spawn('sh', ['-c', `LISTEN_PID=${listenPid} exec "$0" "$@"`, process.execPath, SCRIPT, 'serve'], {
    stdio: ['ignore', 'pipe', 'ignore', fd],
    env: { ...process.env, LISTEN_FDS: '1', PARLOR_DATA_DIR: dataDir, PARLOR_PORT: '0' },
  });
  assert.ok(child.stdout);
  const ended = once(child, 'exit').then(([code]) => assert.fail(`The server ended with ${code}.`));
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), ended]);
  return { child, line: String(line) };
}

test('an inherited socket is served, and clients wait in it while the server restarts', async () => {
  using directory = temporaryDirectory();
  const socket = bind();
  const first = await startOn(socket.fd, directory.path, '$$');
  assert.equal(first.line, `Parlor listening on http://127.0.0.1:${socket.port}`);
  assert.equal((await fetch(`http://127.0.0.1:${socket.port}/healthz`)).status, 200);
  await end(first.child);

  const waiting = fetch(`http://127.0.0.1:${socket.port}/healthz`);
  const second = await startOn(socket.fd, directory.path, '$$');
  assert.equal((await waiting).status, 200);
  await end(second.child);
  socket.close();
});

test('a socket meant for another process is left alone', async () => {
  using directory = temporaryDirectory();
  const socket = bind();
  const { child, line } = await startOn(socket.fd, directory.path, '1');
  assert.notEqual(line, `Parlor listening on http://127.0.0.1:${socket.port}`);
  await end(child);
  socket.close();
});
