/** The TLS listener that is there by itself when the server listens on loopback, and the one that is supervised. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from '../support/chat.ts';
import { type ServerProcess, spawnServer, startServer, temporaryDirectory } from '../support/server.ts';
import { trust } from '../support/trust.ts';

const BY_ITSELF = { PARLOR_TLS: '' };

/** What a line of the start's announcement says. */
function said({ output }: ServerProcess, pattern: RegExp): string | undefined {
  return output.map((line) => pattern.exec(line)?.[1]).find((found) => found !== undefined);
}

test('the start prints the CA, the line for Node and the page to open', async () => {
  using directory = temporaryDirectory();
  await using server = await spawnServer(['--data-dir', directory.path, '--tls-port', '0'], BY_ITSELF);
  await eventually(() => said(server, /(Welcome)/) !== undefined);
  const url = said(server, /^ {2}TLS +(https:\S+)/);
  assert.equal(said(server, /NODE_EXTRA_CA_CERTS=(\S+)$/), join(directory.path, 'tls-ca.pem'));
  assert.equal(said(server, /open (\S+) once/), `${url}/`);
  trust(readFileSync(join(directory.path, 'tls-ca.pem'), 'utf8'));
  assert.equal((await fetch(`${url}/healthz`)).status, 200);
});

test('the next start has the same CA and the same certificate', async () => {
  using directory = temporaryDirectory();
  const files = ['tls-ca.pem', 'tls-ca-key.pem', 'tls-cert.pem', 'tls-key.pem'];
  const start = async () => {
    await using _server = await startServer({ 'data-dir': directory.path, tls: true, 'tls-port': '0' });
    return files.map((file) => readFileSync(join(directory.path, file), 'utf8'));
  };
  assert.deepEqual(await start(), await start());
});

test('a default port that is taken is skipped with a notice', async () => {
  using directory = temporaryDirectory();
  const other = createServer().listen(8443, '127.0.0.1');
  await new Promise<unknown>((resolve) => other.once('listening', resolve).once('error', resolve)); // taken either way
  await using server = await spawnServer(['--data-dir', directory.path], BY_ITSELF);
  await eventually(() => said(server, /(There is no TLS listener: .*EADDRINUSE)/) !== undefined);
  assert.equal(said(server, /^ {2}(TLS)/), undefined);
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
  other.close();
});

test('with --no-tls there is none', async () => {
  await using server = await startServer({ tls: false });
  assert.equal(server.parlor.tls, undefined);
});

test('the supervisor holds the TLS port too: who connects while the server restarts is served by the next', async () => {
  using directory = temporaryDirectory();
  const args = ['--supervise', '--data-dir', directory.path, '--tls-port', '0'];
  await using server = await spawnServer(args, BY_ITSELF);
  await eventually(() => said(server, /(Welcome)/) !== undefined);
  const url = said(server, /^ {2}TLS +(https:\S+)/);
  trust(readFileSync(join(directory.path, 'tls-ca.pem'), 'utf8'));
  const [pid = ''] = readFileSync(`/proc/${server.child.pid}/task/${server.child.pid}/children`, 'utf8').split(' ');

  process.kill(Number(pid), 'SIGKILL');
  await eventually(() => !existsSync(`/proc/${pid}`));
  assert.equal((await fetch(`${url}/healthz`)).status, 200);
});
