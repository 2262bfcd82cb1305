/** What `npm pack` makes, installed into an empty folder and started there. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, globSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { temporaryDirectory } from './support/server.ts';

const ROOT = join(import.meta.dirname, '../..');
const platform = `${process.platform}-${process.arch}`;

function npm(directory: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: directory, encoding: 'utf8' });
  assert.equal(status, 0, `npm ${args.join(' ')}: ${stderr}`);
  return stdout;
}

const packed = temporaryDirectory();
let tarball = '';

after(() => packed[Symbol.dispose]());

before(() => {
  // Packed from a copy: packing rewrites the manifest, and other tests run beside this one.
  const copy = join(packed.path, 'checkout');
  const tracked = ['bin', 'src', 'console', 'deploy', 'docs', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];
  const files = [...tracked, ...globSync('*.md', { cwd: ROOT }), 'LICENSE'];
  for (const file of files) cpSync(join(ROOT, file), join(copy, file), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const [made] = JSON.parse(npm(copy, 'pack', '--json', '--silent', '--pack-destination', packed.path));
  tarball = join(packed.path, made.filename);
});

for (const major of [24, 26]) {
  test(`the package starts under Node ${major}`, { timeout: 120_000 }, async () => {
    using directory = temporaryDirectory();
    writeFileSync(join(directory.path, 'package.json'), '{ "name": "empty", "private": true }');
    npm(directory.path, 'install', '--no-audit', '--no-fund', tarball, `node-${platform}@${major}`);
    const child = spawn('npx', ['parlor', 'serve', '--port', '0'], {
      cwd: directory.path,
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    const [line] = await once(createInterface(child.stdout), 'line');
    const [, url] = /^Parlor listening on (\S+)$/.exec(String(line)) ?? [];
    assert.ok(url, String(line));
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    assert.match(await (await fetch(url)).text(), /<title>/);
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    await once(child, 'exit');
  });
}

test('the package holds no TypeScript and no Node binary', () => {
  const list = spawnSync('tar', ['-tzf', tarball], { encoding: 'utf8' }).stdout;
  assert.doesNotMatch(list, /\.ts$/m);
  const manifest = spawnSync('tar', ['-xzOf', tarball, 'package/package.json'], { encoding: 'utf8' }).stdout;
  const { optionalDependencies, dependencies } = JSON.parse(manifest);
  assert.equal(optionalDependencies, undefined);
  assert.deepEqual(dependencies, JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).dependencies);
});

test('a Node that is too old is told what to do in one line', { timeout: 120_000 }, () => {
  using directory = temporaryDirectory();
  writeFileSync(join(directory.path, 'package.json'), '{ "name": "old", "private": true }');
  npm(directory.path, 'install', '--no-audit', '--no-fund', `node-${platform}@20`);
  const old = join(directory.path, 'node_modules/.bin/node');
  const { status, stderr } = spawnSync(old, [join(ROOT, 'bin/parlor.js'), 'serve'], { encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stderr, /^parlor: needs Node\.js 24 or newer, and this is 20\.[\d.]+\. .+\n$/);
});
