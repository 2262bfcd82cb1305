/** What a person sees who mistypes, asks for help, or has no server. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { complaint, printed } from './command-line.ts';

const KEYS = { accessKeyId: 'AKIATESTTESTTESTTEST', secretAccessKey: 'of-no-server' };

test('--version prints the version of the package', async () => {
  const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  assert.equal(await printed({}, '--version'), `${manifest.version}\n`);
});

test('--help and help list the commands', async () => {
  const help = await printed({}, '--help');
  for (const name of [
    'serve',
    'room',
    'token',
    'app-instance',
    'chime-user',
    'channel',
    'tail',
    'user',
    'key',
    'role',
    'policy',
    'call',
    'doctor',
    'root-key',
  ]) {
    assert.match(help, new RegExp(`^  ${name}\\b`, 'm'));
  }
  assert.equal(await printed({}, 'help'), help);
});

test('help of a command of a command is the same as its --help', async () => {
  assert.equal(await printed({}, 'help', 'room', 'create'), await printed({}, 'room', 'create', '--help'));
});

test('a mistyped command or option gets a suggestion, in one line', async () => {
  assert.equal(await complaint({}, 'romm', 'list'), "unknown command 'romm' (Did you mean room?)");
  assert.equal(await complaint({}, 'room', 'lst'), "unknown command 'lst' (Did you mean list?)");
  assert.equal(await complaint({}, 'room', 'list', '--jsn'), "unknown option '--jsn' (Did you mean --json?)");
});

test('a malformed or missing argument is named', async () => {
  assert.match(await complaint({}, 'room', 'create', '--maximum-message-length', 'x'), /must be a whole number/);
  assert.match(await complaint({}, 'room', 'create', '--tag', 'x'), /must look like key=value/);
  assert.match(await complaint({}, 'token', 'create', '--room', 'x'), /'--user <id>' not specified/);
  assert.match(await complaint({}, 'token', 'create', '--capability', 'X'), /Allowed choices are SEND_MESSAGE/);
  assert.match(await complaint({}, 'channel', 'create', 'hall'), /'--as <user>' not specified/);
  assert.match(await complaint({}, 'channel', 'list', '--privacy', 'X'), /Allowed choices are PUBLIC, PRIVATE/);
});

test('without a server, the endpoint is named and how to start one', async () => {
  const free = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => free.once('listening', resolve));
  const { port } = free.address() as AddressInfo;
  await new Promise((resolve) => free.close(resolve));
  const line = await complaint({ url: `http://127.0.0.1:${port}`, keys: KEYS }, 'room', 'list');
  assert.match(line, new RegExp(`^No server answers at http://127.0.0.1:${port}: start one with "parlor serve"`));
});

test('an endpoint that is no server of ours is found out', async () => {
  const other = createServer((_, response) => response.end('<html>')).listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as AddressInfo;
  const line = await complaint({ url: `http://127.0.0.1:${port}`, keys: KEYS }, 'room', 'list');
  assert.match(line, /answers 200 in a way that no Parlor server does/);
  other.close();
});

test('an endpoint that is no URL is refused', async () => {
  assert.match(await complaint({ keys: KEYS }, 'room', 'list', '--endpoint', 'localhost:8080'), /must be a URL/);
});
