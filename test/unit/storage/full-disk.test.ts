/** A disk that is really full: a small file system, mounted where only a child process sees it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { CHILD } from './support/process.ts';
import { temporaryDirectory } from './support/sqlite.ts';

function onSmallDisk(directory: string, ...command: string[]) {
  const script = 'mount -t tmpfs -o size=4m parlor-test "$0" && exec "$@"';
  return spawnSync('unshare', ['--mount', 'sh', '-c', script, directory, ...command], { encoding: 'utf8' });
}

test('a full disk fails the writes that do not fit, and nothing else', (t) => {
  using directory = temporaryDirectory();
  if (onSmallDisk(directory.path, 'true').status !== 0) {
    t.skip('mounting a small file system is not permitted here');
    return;
  }
  const { stdout, stderr } = onSmallDisk(directory.path, process.execPath, CHILD, directory.path, 'fill');
  assert.equal(stderr, '');
  assert.deepEqual(JSON.parse(stdout), {
    together: ['fulfilled', 'rejected', 'fulfilled'],
    refusal: 'database or disk is full',
    lost: 0,
  });
});
