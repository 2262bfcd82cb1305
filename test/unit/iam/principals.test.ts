import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSealer } from '../../../src/aws/jwe.ts';
import { createFactCache } from '../../../src/engine/cache.ts';
import type { AccessKeyFact } from '../../../src/iam/access-key-facts.ts';
import { createIamIds } from '../../../src/iam/identifiers.ts';
import type { Identity } from '../../../src/iam/identities.ts';
import { createPrincipals, rootPrincipal } from '../../../src/iam/principals.ts';
import { createSessionTokens, type SessionPrincipal } from '../../../src/iam/session-tokens.ts';

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

const key = { kid: 'k', key: Buffer.alloc(32, 7) };
const sealer = createSealer(
  { current: () => key, find: (_, kid) => (kid === key.kid ? key : undefined) },
  'session-token',
);
const sessions = createSessionTokens({ sealer, ids: createIamIds() });

const used: string[][] = [];
const principals = createPrincipals({
  sessions,
  lastUsed: { saw: (...use) => used.push(use) },
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
  const principal = { type: 'User', arn: ALICE.arn, accountId: ACCOUNT, id: ALICE.id, accessKeyId: 'AKIAALICE' };
  assert.deepEqual(key, { secret: 'hers', principal });
});

test('long-term keys have no session token', async () => {
  assert.equal(await principals.find('AKIAROOT', 'token'), undefined);
  assert.equal(await principals.find('AKIAALICE', 'token'), undefined);
});

test('uses of users’ keys are taken down', () => {
  principals.used?.('AKIAALICE', 'chime', 'us-east-1');
  principals.used?.('AKIAROOT', 'iam', 'us-east-1');
  principals.used?.('ASIASESSION', 'iam', 'us-east-1');
  assert.deepEqual(used, [['AKIAALICE', 'chime', 'us-east-1']]);
});

test('unknown keys, and those of users who are no more, are none', async () => {
  assert.equal(await principals.find('AKIAOTHER', undefined), undefined);
  assert.equal(await principals.find('AKIAGONE', undefined), undefined);
});

const OF_ALICE: SessionPrincipal = {
  type: 'User',
  arn: 'arn:aws:iam::123456789012:user/as-she-was-called',
  accountId: ACCOUNT,
  id: ALICE.id,
  session: { tags: {}, issuedAt: 1, expiresAt: 2 },
};

test('a session is found by its token, with its user as called now', async () => {
  const { credentials } = sessions.issue(OF_ALICE);
  assert.match(credentials.AccessKeyId, /^ASIA[A-Z2-7]{16}$/);
  const found = await principals.find(credentials.AccessKeyId, credentials.SessionToken);
  assert.deepEqual(found, { secret: credentials.SecretAccessKey, principal: { ...OF_ALICE, arn: ALICE.arn } });
});

test('a session is none without its token, with that of another, or with one that is altered', async () => {
  const { credentials } = sessions.issue(OF_ALICE);
  const { credentials: other } = sessions.issue(OF_ALICE);
  assert.equal(await principals.find(credentials.AccessKeyId, undefined), undefined);
  assert.equal(await principals.find(credentials.AccessKeyId, other.SessionToken), undefined);
  assert.equal(await principals.find(credentials.AccessKeyId, `${credentials.SessionToken}x`), undefined);
  assert.equal(await principals.find(credentials.AccessKeyId, ''), undefined);
});

test('a session ends with its user or role', async () => {
  const { credentials } = sessions.issue({ ...OF_ALICE, type: 'AssumedRole', id: 'AROAGONE' });
  assert.equal(await principals.find(credentials.AccessKeyId, credentials.SessionToken), undefined);
});

test('a session with more policies than fit into a header is not made', () => {
  const session = { ...OF_ALICE.session, policies: ['x'.repeat(6000)] };
  assert.throws(() => sessions.issue({ ...OF_ALICE, session }), { type: 'PackedPolicyTooLarge' });
});
