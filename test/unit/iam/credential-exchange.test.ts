/** The exchange at its borders: what it hands to the house of app instance users, and what it tells of an exchange. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createScope } from '../../../src/aws/arn.ts';
import { createSealer } from '../../../src/aws/jwe.ts';
import { systemClock } from '../../../src/engine/clock.ts';
import { createCredentialExchange, type EnsureUser, type Exchanged } from '../../../src/iam/credential-exchange.ts';
import { createIamIds } from '../../../src/iam/identifiers.ts';
import { iamMigrations } from '../../../src/iam/migrations/index.ts';
import { iamScope } from '../../../src/iam/service.ts';
import { createSessionTokens } from '../../../src/iam/session-tokens.ts';
import type { IamTables } from '../../../src/iam/tables.ts';
import type { Database } from '../../../src/storage/database.ts';
import { openSqlite } from '../../../src/storage/sqlite.ts';
import { temporaryDirectory } from '../storage/support/sqlite.ts';

const ACCOUNT = '123456789012';
const APP_INSTANCE = `arn:aws:chime:us-east-1:${ACCOUNT}:app-instance/11111111-2222-3333-4444-555555555555`;

const resources = new AsyncDisposableStack();
const clock = systemClock();
let database: Database<IamTables>;

before(async () => {
  const fail = (error: unknown) => {
    throw error;
  };
  const { path: directory } = resources.use(temporaryDirectory());
  const migrations = [...iamMigrations];
  database = resources.use(await openSqlite<IamTables>({ directory, migrations, clock, onFatal: fail, onError: fail }));
  const trust = { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sts:*' };
  const role = {
    id: 'AROACHAT',
    name: 'chat',
    name_key: 'chat',
    path: '/',
    created_at: clock.now(),
    description: null,
    max_session_duration: 3600,
    trust_policy: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
    boundary_id: null,
    tags: '{}',
  };
  await database.write(({ sql }) => sql.insertInto('iam_role').values(role).execute());
});
after(() => resources.disposeAsync());

const key = { kid: 'k', key: Buffer.alloc(32, 7) };
const sealer = createSealer({ current: () => key, find: () => key }, 'session-token');

/** Exchanges the proof of alice for credentials. */
async function exchange(ensureUser: EnsureUser, seconds = 3600) {
  const told: Exchanged[] = [];
  const reported: unknown[] = [];
  const { read } = database;
  const sessions = createSessionTokens({ sealer, ids: createIamIds() });
  const handle = createCredentialExchange({
    region: 'us-east-1',
    roleArn: `arn:aws:iam::${ACCOUNT}:role/chat`,
    appInstanceArn: APP_INSTANCE,
    seconds,
    prove: async () => ({ userId: 'alice', name: 'Alice Example' }),
    ensureUser,
    maker: { read, clock, sessions, scope: createScope('sts', '', ACCOUNT), iamScope: iamScope(ACCOUNT) },
    clock,
    observe: (exchanged) => told.push(exchanged),
    report: (error) => reported.push(error),
  });
  const headers = { authorization: 'Bearer a.b.c' };
  const request = { method: 'POST', target: '/creds', rawHeaders: [], headers, body: Buffer.of(), address: '::1' };
  const response = await handle(request);
  return { status: response.status, reply: JSON.parse(String(response.body)), told, reported };
}

test('the user is made before the credentials are', async () => {
  const asked: unknown[][] = [];
  const { status, reply } = await exchange(async (...user) => void asked.push(user));
  assert.equal(status, 200);
  assert.deepEqual(asked, [[APP_INSTANCE, 'alice', 'Alice Example']]);
  assert.equal(reply.ChimeAppInstanceUserArn, `${APP_INSTANCE}/user/alice`);
});

test('without the user there are no credentials, and the cause goes to the log alone', async () => {
  const cause = new Error('The app instance is gone.');
  const { status, reply, told, reported } = await exchange(() => Promise.reject(cause));
  assert.equal(status, 500);
  assert.deepEqual(reply, { code: 'InternalFailure', message: 'The credentials could not be made.' });
  assert.deepEqual(reported, [cause]);
  assert.partialDeepStrictEqual(told, [{ userId: 'alice', status: 500, error: 'InternalFailure', address: '::1' }]);
});

test('a role with shorter sessions than asked for has its way', async () => {
  const latest = () => clock.now() + 3_600_000;
  const { reply } = await exchange(async () => undefined, 43_200);
  assert.ok(Date.parse(reply.ChimeCredentials.Expiration) <= latest());
});
