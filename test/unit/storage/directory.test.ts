import assert from 'node:assert/strict';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startChild } from './support/process.ts';
import { openNotes, temporaryDirectory, textsOf } from './support/sqlite.ts';

const mode = (path: string) => statSync(path).mode & 0o777;

test('a missing directory is created, and nobody else may read it or its files', async () => {
  using parent = temporaryDirectory();
  const directory = join(parent.path, 'some', 'data');
  await using database = await openNotes(directory);
  await textsOf(database);
  assert.equal(mode(directory), 0o700);
  const files = readdirSync(directory).sort();
  assert.deepEqual(files, ['lock.db', 'parlor.db', 'parlor.db-shm', 'parlor.db-wal']);
  for (const file of files) assert.equal(mode(join(directory, file)), 0o600, file);
});

test('a second process on the directory is refused with one line, until kill -9 of the first', async () => {
  using directory = temporaryDirectory();
  {
    await using first = startChild(directory.path, 'hold');
    await first.spoke;
    await assert.rejects(openNotes(directory.path), (error: Error) => {
      assert.equal(error.name, 'StorageError');
      assert.match(error.message, /^The data directory \S+ is in use by another Parlor process: stop .* --data-dir\.$/);
      assert.ok(error.message.includes(directory.path));
      return true;
    });
  }
  await using database = await openNotes(directory.path);
  assert.deepEqual(await textsOf(database), []);
});

test('the directory is refused to the same process as well, until it is closed', async () => {
  using directory = temporaryDirectory();
  const first = await openNotes(directory.path);
  await assert.rejects(openNotes(directory.path), { code: 'directory-in-use' });
  await assert.rejects(openNotes(directory.path), { code: 'directory-in-use' });
  await first[Symbol.asyncDispose]();
  await (await openNotes(directory.path))[Symbol.asyncDispose]();
});

test('a path that is no directory is refused with one line', async () => {
  using parent = temporaryDirectory();
  const file = join(parent.path, 'file');
  writeFileSync(file, '');
  await assert.rejects(openNotes(file), {
    code: 'directory-unusable',
    message: /^The data directory .*file cannot be used.*$/,
  });
});

test('a database file that is none is refused, and the directory is free again', async () => {
  using directory = temporaryDirectory();
  writeFileSync(join(directory.path, 'parlor.db'), 'not a database, but long enough to be looked at'.repeat(100));
  await assert.rejects(openNotes(directory.path), { code: 'database-unusable', message: /not a database/ });
  await assert.rejects(openNotes(directory.path), { code: 'database-unusable' });
});
