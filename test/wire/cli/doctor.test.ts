/** `parlor doctor`. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../../src/engine/clock.ts';
import { createLimits } from '../../../src/engine/quotas.ts';
import { quotas } from '../../../src/quotas.ts';
import { issueCa, issueCertificate } from '../../../src/transport/issuer.ts';
import { spawnServer, temporaryDirectory } from '../support/server.ts';
import { parlor, printed } from './command-line.ts';

const DAY_MS = 86_400_000;

test('a configuration that would start is found in order, with what is not served yet', async () => {
  const stdout = await printed({}, 'doctor', '--port', '0');
  assert.doesNotMatch(stdout, /^wrong/m);
  assert.match(stdout, /^ok +The data directory \.\/data does not exist yet/m);
  assert.match(stdout, /^warning +Message review handlers are stored but not called/m);
  assert.match(stdout, /^warning +Chat logging is stored but nothing is delivered/m);
  assert.match(stdout, /^warning +Channel flows, elastic channels and message streaming are declared/m);
  assert.match(stdout, /^warning +Push endpoints and preferences are stored, but nothing is pushed/m);
});

test('every limit is printed as it holds', async () => {
  const stdout = await printed({}, 'doctor', '--port', '0', '--limits', 'aws', '--limit', 'rooms=3');
  const { table } = createLimits({
    mode: 'aws',
    overrides: new Map([['rooms', 3]]),
    quotas,
    clock: systemClock(),
  });
  for (const { name, effective, value, unit } of table) {
    assert.match(stdout, new RegExp(`^${name} +${effective} +${value} +${RegExp.escape(unit)}`, 'm'));
  }
  assert.match(stdout, /^sts-calls-per-second +600 +600 +signed calls/m);
  assert.match(stdout, /^HTTP body +262144 +bytes +request +fixed$/m);
});

test('what keeps a server from starting is wrong', async () => {
  for (const args of [
    ['--port', 'x'],
    ['--token-seconds', '90'],
    ['--limit', 'no-such-limit=3'],
    ['--limit', 'rooms=off'],
  ]) {
    const { code, stdout } = await parlor({}, 'doctor', ...args);
    assert.equal(code, 1);
    assert.match(stdout, /^wrong +\S/m);
  }
});

test('what the file declares is checked, and a mistake has its place', async () => {
  using directory = temporaryDirectory();
  const file = join(directory.path, 'parlor.json');
  const doctor = (iam: unknown) => {
    writeFileSync(file, JSON.stringify({ iam }));
    return parlor({ env: { BACKEND_SECRET: 'a-secret-of-the-backend' } }, 'doctor', '--port', '0', '--config', file);
  };
  const key = { 'access-key-id': 'AKIADECLAREDDECLARED', 'secret-access-key-env': 'BACKEND_SECRET' };
  const right = await doctor({ users: { backend: { 'access-keys': [key] } }, groups: { makers: {} } });
  assert.equal(right.code, 0);
  assert.match(right.stdout, /^ok +\S+parlor\.json declares 1 users, 1 groups, 0 roles, 0 policies\.$/m);
  const wrong = await doctor({ policies: { p: { document: { Statement: [{ Effect: 'Maybe' }] } } } });
  assert.equal(wrong.code, 1);
  assert.match(
    wrong.stdout,
    /^wrong +\S+parlor\.json: iam\.policies\.p\.document is malformed: Statement\[0\]\.Effect/m,
  );
});

test('an unknown variable is a warning', async () => {
  const stdout = await printed({ env: { PARLOR_PROT: '80' } }, 'doctor', '--port', '0');
  assert.match(stdout, /^warning +The environment variable PARLOR_PROT is unknown and ignored\.$/m);
});

test('a server is found by its data directory, its port and its endpoint', async () => {
  using directory = temporaryDirectory();
  await using server = await spawnServer(['--data-dir', directory.path]);
  const args = ['--data-dir', directory.path, '--port', new URL(server.url).port];
  const stdout = await printed({ env: { PARLOR_ENDPOINT: server.url } }, 'doctor', ...args);
  assert.match(stdout, /^ok +The data directory \S+ is in use by a server\.$/m);
  assert.match(stdout, /^ok +Port \d+ of 127\.0\.0\.1 is in use by a server, which is ready\.$/m);
  assert.match(stdout, /^ok +The server at PARLOR_ENDPOINT "http:\S+" is ready\.$/m);
});

test('a data directory that a server has left is not in use', async () => {
  using directory = temporaryDirectory();
  const server = await spawnServer(['--data-dir', directory.path]);
  await server[Symbol.asyncDispose]();
  const stdout = await printed({}, 'doctor', '--data-dir', directory.path, '--port', '0');
  assert.match(stdout, /^ok +The data directory \S+ is open to its owner alone\.$/m);
  assert.match(stdout, /^ok +The data directory \S+ is not in use\.$/m);
});

test('data that others may read is wrong', async () => {
  using directory = temporaryDirectory();
  const file = join(directory.path, 'root-key.json');
  writeFileSync(file, '{}');
  chmodSync(file, 0o644);
  const { code, stdout } = await parlor({}, 'doctor', '--data-dir', directory.path, '--port', '0');
  assert.equal(code, 1);
  assert.match(stdout, new RegExp(`^wrong .*"chmod 600 ${file}"`, 'm'));
});

test('a data directory that others may enter is a warning', async () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'data');
  mkdirSync(path);
  chmodSync(path, 0o755);
  const stdout = await printed({}, 'doctor', '--data-dir', path, '--port', '0');
  assert.match(stdout, new RegExp(`^warning .*"chmod 700 ${path}"`, 'm'));
});

test('a data directory that is a file is wrong', async () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'data');
  writeFileSync(path, '');
  const { code, stdout } = await parlor({}, 'doctor', '--data-dir', path, '--port', '0');
  assert.equal(code, 1);
  assert.match(stdout, /^wrong +The data directory \S+ is a file\.$/m);
});

test('a port that something else listens on is wrong', async () => {
  await using other = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as AddressInfo;
  const { code, stdout } = await parlor({}, 'doctor', '--port', String(port));
  assert.equal(code, 1);
  assert.match(stdout, /^wrong +Port \d+ of 127\.0\.0\.1 is in use by something else: choose another with --port\.$/m);
});

test('a limit of connections beyond that of open files is a warning', async () => {
  const stdout = await printed({}, 'doctor', '--port', '0', '--limit', 'connections=999999999999');
  assert.match(stdout, /^warning +\d+ files may be open at once, and 999999999999 connections: raise the first/m);
});

test('a certificate is looked at: its key, its end, and its port', async () => {
  using directory = temporaryDirectory();
  const now = Date.now();
  const ca = await issueCa(now, now + 90 * DAY_MS);
  const issue = (days: number) => issueCertificate(ca, ['localhost'], now - 2 * DAY_MS, now + days * DAY_MS);
  const examine = async ({ cert, key }: { cert: string; key: string }) => {
    const [certFile, keyFile] = [join(directory.path, 'cert.pem'), join(directory.path, 'key.pem')];
    writeFileSync(certFile, cert);
    writeFileSync(keyFile, key);
    const tls = ['--tls-cert', certFile, '--tls-key', keyFile, '--tls-port', '0'];
    return (await parlor({}, 'doctor', '--port', '0', ...tls)).stdout;
  };
  const good = await issue(60);
  const stdout = await examine(good);
  assert.match(stdout, /^ok +A free port of 127\.0\.0\.1 will be picked for TLS\.$/m);
  assert.match(stdout, /^ok +The certificate in \S+ fits its key and is good until 20\S+Z\.$/m);
  assert.match(await examine(await issue(3)), /^warning +The certificate in \S+ fits its key/m);
  assert.match(await examine(await issue(-1)), /^wrong +The certificate in \S+ has expired on 20/m);
  assert.match(await examine({ ...good, key: ca.key }), /^wrong +The key in \S+ does not belong to the certificate/m);
});
