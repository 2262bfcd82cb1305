import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../../src/engine/clock.ts';
import { createIds } from '../../../src/engine/ids.ts';
import type { HotStatements } from '../../../src/storage/database.ts';
import { openKeyring } from '../../../src/storage/keyring.ts';
import { openNotes, temporaryDirectory } from './support/sqlite.ts';

const open = (hot: HotStatements) =>
  openKeyring(hot, ['chat-token', 'page-token'], { clock: systemClock(), ids: createIds() });

test('every purpose has a key of its own of 32 bytes', async () => {
  using directory = temporaryDirectory();
  await using database = await openNotes(directory.path);
  const keyring = await open(database.hot);
  const { key, kid } = keyring.current('chat-token');
  assert.equal(key.length, 32);
  assert.notDeepEqual(key, keyring.current('page-token').key);
  assert.equal(keyring.find('chat-token', kid), keyring.current('chat-token'));
  assert.equal(keyring.find('page-token', kid), undefined);
});

test('keys outlive the process', async () => {
  using directory = temporaryDirectory();
  const key = async () => {
    await using database = await openNotes(directory.path);
    return (await open(database.hot)).current('chat-token');
  };
  const first = await key();
  assert.deepEqual(await key(), { ...first, key: new Uint8Array(first.key) });
});

test('nodes that start together share their keys', async () => {
  using directory = temporaryDirectory();
  await using database = await openNotes(directory.path);
  const [one, two] = await Promise.all([open(database.hot), open(database.hot)]);
  assert.deepEqual(one.current('chat-token').kid, two.current('chat-token').kid);
});

test('a rotated key is current, also after reopening, and the old one is still found', async () => {
  using directory = temporaryDirectory();
  await using database = await openNotes(directory.path);
  const keyring = await open(database.hot);
  const old = keyring.current('chat-token');
  const rotated = await keyring.rotate('chat-token');
  for (const each of [keyring, await open(database.hot)]) {
    assert.equal(each.current('chat-token').kid, rotated.kid);
    assert.equal(each.find('chat-token', old.kid)?.createdAt, old.createdAt);
  }
});
