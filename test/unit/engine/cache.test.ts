import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFactCache } from '../../../src/engine/cache.ts';

/** A store whose reads end when the test says so, with what was stored when they began. */
function storeOf(facts: Record<string, string>) {
  const reads: { readonly key: string; finish(): void; fail(): void }[] = [];
  return {
    facts,
    reads,
    read(key: string): Promise<string | null> {
      const seen = facts[key] ?? null;
      const { promise, resolve, reject } = Promise.withResolvers<string | null>();
      reads.push({ key, finish: () => resolve(seen), fail: () => reject(new Error('no storage')) });
      return promise;
    },
    finishAll() {
      for (const read of reads) read.finish();
    },
  };
}

function cacheOf(facts: Record<string, string>, capacity = 10) {
  const store = storeOf(facts);
  return { store, cache: createFactCache({ capacity, read: store.read }) };
}

test('a fact is known after it has been loaded', async () => {
  const { store, cache } = cacheOf({ a: 'A' });
  assert.equal(cache.peek('a'), undefined);
  const loading = cache.load('a');
  store.finishAll();
  assert.equal(await loading, 'A');
  assert.equal(cache.peek('a'), 'A');
  assert.equal(await cache.load('a'), 'A');
  assert.equal(store.reads.length, 1);
});

test('that something does not exist is a fact too', async () => {
  const { store, cache } = cacheOf({});
  const loading = cache.load('a');
  store.finishAll();
  assert.equal(await loading, null);
  assert.equal(cache.peek('a'), null);
});

test('loads at the same time share a read', async () => {
  const { store, cache } = cacheOf({ a: 'A' });
  const loading = [cache.load('a'), cache.load('a')];
  store.finishAll();
  assert.deepEqual(await Promise.all(loading), ['A', 'A']);
  assert.equal(store.reads.length, 1);
});

test('a dropped fact is read again', async () => {
  const { store, cache } = cacheOf({ a: 'A' });
  const loading = cache.load('a');
  store.finishAll();
  await loading;
  store.facts['a'] = 'B';
  cache.drop('a');
  assert.equal(cache.peek('a'), undefined);
  const again = cache.load('a');
  store.finishAll();
  assert.equal(await again, 'B');
});

test('a read that began before a drop leaves nothing behind', async () => {
  const { store, cache } = cacheOf({ a: 'A' });
  const before = cache.load('a');
  store.facts['a'] = 'B';
  cache.drop('a');
  const after = cache.load('a');
  store.reads[1]?.finish();
  assert.equal(await after, 'B');
  store.reads[0]?.finish();
  assert.equal(await before, 'A');
  assert.equal(cache.peek('a'), 'B');
});

test('a read that began before a drop is not joined', async () => {
  const { store, cache } = cacheOf({ a: 'A' });
  const before = cache.load('a');
  store.facts['a'] = 'B';
  cache.drop('a');
  store.reads[0]?.finish();
  await before;
  assert.equal(cache.peek('a'), undefined);
});

test('a failed read is told to all and tried again', async () => {
  const { store, cache } = cacheOf({ a: 'A' });
  const loading = [cache.load('a'), cache.load('a')];
  store.reads[0]?.fail();
  for (const each of loading) await assert.rejects(each, /no storage/);
  const again = cache.load('a');
  store.finishAll();
  assert.equal(await again, 'A');
});

test('what was read longest ago makes room', async () => {
  const { store, cache } = cacheOf({ a: 'A', b: 'B' }, 2);
  for (const key of ['a', 'b', 'c']) {
    const loading = cache.load(key);
    store.finishAll();
    await loading;
  }
  assert.deepEqual([cache.peek('a'), cache.peek('b'), cache.peek('c')], [undefined, 'B', null]);
});
