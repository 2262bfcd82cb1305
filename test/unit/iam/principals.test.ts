import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFactCache } from '../../../src/engine/cache.ts';
import type { AccessKeyFact } from '../../../src/iam/access-key-facts.ts';
import type { Identity } from '../../../src/iam/identities.ts';
import { createPrincipals, rootPrincipal } from '../../../src/iam/principals.ts';

const ACCOUNT = '123456789012';
const ALICE: Identity = {
  kind: 'user',
  id: 'AIDAALICE',
  name: 'alice',
  arn: `arn:aws:iam::${ACCOUNT}:user/alice`,
  tags: {},
  policies: [],
  boundary: undefined,
};
const KEYS = new Map<string, AccessKeyFact>([
  ['AKIAALICE', { secret: 'hers', userId: ALICE.id }],
  ['AKIAGONE', { secret: 'lost', userId: 'AIDAGONE' }],
]);

const principals = createPrincipals({
  accountId: ACCOUNT,
  rootKeys: [{ accessKeyId: 'AKIAROOT', secretAccessKey: 'secret' }],
  accessKeys: createFactCache({ capacity: 8, read: async (id) => KEYS.get(id) ?? null }),
  identities: createFactCache({ capacity: 8, read: async (id) => (id === ALICE.id ? ALICE : null) }),
});

test('a root key is found by its id', async () => {
  const key = await principals.find('AKIAROOT', undefined);
  assert.deepEqual(key, { secret: 'secret', principal: rootPrincipal(ACCOUNT) });
});

test('a user’s key is found by its id', async () => {
  const key = await principals.find('AKIAALICE', undefined);
  const principal = { type: 'User', arn: ALICE.arn, accountId: ACCOUNT, id: ALICE.id };
  assert.deepEqual(key, { secret: 'hers', principal });
});

test('long-term keys have no session token', async () => {
  assert.equal(await principals.find('AKIAROOT', 'token'), undefined);
  assert.equal(await principals.find('AKIAALICE', 'token'), undefined);
});

test('unknown keys, and those of users who are no more, are none', async () => {
  assert.equal(await principals.find('AKIAOTHER', undefined), undefined);
  assert.equal(await principals.find('AKIAGONE', undefined), undefined);
});
