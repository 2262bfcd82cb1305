/** `POST /creds`: credentials for the user that an issuer's token names, and for nobody else. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ListRoomsCommand } from '@aws-sdk/client-ivschat';
import { STS } from '@aws-sdk/client-sts';
import type { Credentials } from '../../../src/aws/sigv4.ts';
import { connect, connectUrl, userArn } from '../support/app-instance.ts';
import { eventually } from '../support/chat.ts';
import { stoppedClock } from '../support/clock.ts';
import { clientOf, startServer, temporaryDirectory } from '../support/server.ts';
import { ACCOUNT, type Account, allow, document } from './support/account.ts';
import {
  APP_INSTANCE,
  ask,
  base64,
  credentialsOf,
  exchange,
  openExchange,
  type Refusal,
  ROLE,
  refusal,
} from './support/exchange.ts';
import { AUDIENCE, openIssuer, type TestIssuer } from './support/issuer.ts';

const ORIGIN = 'https://chat.example.com';
const EVERYTHING = allow('*');

const directory = temporaryDirectory();
const audit = join(directory.path, 'audit.jsonl');
let issuer: TestIssuer;
let account: Account;

before(async () => {
  issuer = await openIssuer();
  const flags = { 'creds-issuer': `${issuer.url}=${AUDIENCE}`, 'cors-origin': [ORIGIN], 'audit-log': audit };
  account = await openExchange(flags, EVERYTHING);
});
after(async () => {
  await account[Symbol.asyncDispose]();
  await issuer[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
});

const ALLOWED = 'a session';

/** What a connection as this user comes to: a session, or the code that it is closed with. */
async function connecting(credentials: Credentials, arn: string, { server }: Account = account) {
  const { socket, first } = await connect(connectUrl(server.url, credentials, { userArn: arn }));
  socket.terminate();
  return typeof first === 'string' ? ALLOWED : first;
}

test('the reply names the user and has credentials for an hour', async () => {
  const token = await issuer.tokenOf({ claims: { name: 'Alice Example' } });
  const earliest = Date.now() + 3_590_000;
  const { ChimeCredentials, ...user } = await exchange(account, token);
  assert.deepEqual(user, {
    ChimeAppInstanceUserArn: userArn('alice-1'),
    ChimeUserId: 'alice-1',
    ChimeDisplayName: 'Alice Example',
  });
  assert.deepEqual(Object.keys(ChimeCredentials), ['AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration']);
  assert.match(ChimeCredentials.AccessKeyId, /^ASIA[A-Z2-7]{16}$/);
  assert.ok(Date.parse(ChimeCredentials.Expiration) > earliest);
  assert.equal(new Date(ChimeCredentials.Expiration).toISOString(), ChimeCredentials.Expiration);
});

test('the token may come in base64, as the demo sends it, or as it is', async () => {
  const token = await issuer.tokenOf();
  for (const authorization of [`Bearer ${base64(token)}`, `Bearer ${token}`, `bearer ${token}`]) {
    const response = await ask(account, authorization);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('cache-control'), 'no-store');
  }
});

test('the credentials are those of a session of the role, named after the user', async () => {
  const named = async (subject: string) => {
    const credentials = credentialsOf(await exchange(account, await issuer.tokenOf({ subject })));
    const sts = new STS({ endpoint: account.server.url, region: 'us-east-1', credentials, maxAttempts: 1 });
    const { Arn = '' } = await sts.getCallerIdentity().finally(() => sts.destroy());
    return Arn;
  };
  assert.equal(await named('alice-1'), `arn:aws:sts::${ACCOUNT}:assumed-role/chat/chime_alice-1`);
  const names = await Promise.all(['us-east-1:42', 'us-east-1-42', 'x'.repeat(64), `${'x'.repeat(63)}y`].map(named));
  for (const name of names) assert.match(name, /:assumed-role\/chat\/chime_[\w+=,.@-]{2,58}$/);
  assert.equal(new Set(names).size, names.length);
});

test('whatever the role may do, they connect as this user and nobody else', async () => {
  const credentials = credentialsOf(await exchange(account, await issuer.tokenOf()));
  assert.equal(await connecting(credentials, userArn('alice-1')), ALLOWED);
  for (const other of ['bob', 'alice-10', 'alice', 'Alice-1']) {
    assert.equal(await connecting(credentials, userArn(other)), 4003, other);
  }
  const elsewhere = userArn('alice-1').replace('11111111', '99999999');
  assert.equal(await connecting(credentials, elsewhere), 4003);
});

test('whatever the role may do, they are for Chime alone and lead to no others', async () => {
  const direct = { Effect: 'Allow', Principal: { AWS: ROLE }, Action: ['sts:AssumeRole', 'sts:TagSession'] };
  await account.iam.createRole({ RoleName: 'next', AssumeRolePolicyDocument: document(direct) });
  const credentials = credentialsOf(await exchange(account, await issuer.tokenOf()));
  await assert.rejects(account.iamOf(credentials).listUsers(), { name: 'AccessDenied' });
  const chat = clientOf(account.server.url, credentials);
  await assert.rejects(chat.send(new ListRoomsCommand({})), { name: 'AccessDeniedException' });
  chat.destroy();
  const sts = new STS({ endpoint: account.server.url, region: 'us-east-1', credentials, maxAttempts: 1 });
  const request = { RoleArn: ROLE.replace('chat', 'next'), RoleSessionName: 'escape' };
  await assert.rejects(sts.assumeRole(request), { name: 'AccessDenied' });
  await assert.rejects(sts.getSessionToken(), { name: 'AccessDenied' });
  sts.destroy();
});

test('they may do no more than the role, whose policies know the user by the tag UserUUID', async () => {
  const own = allow('chime:Connect', userArn(`$\{aws:PrincipalTag/UserUUID}`));
  const flags = { 'creds-issuer': `${issuer.url}=${AUDIENCE}`, 'creds-seconds': '900' };
  await using narrow = await openExchange(flags, own);
  const reply = await exchange(narrow, await issuer.tokenOf());
  assert.ok(Date.parse(reply.ChimeCredentials.Expiration) < Date.now() + 901_000);
  assert.equal(await connecting(credentialsOf(reply), userArn('alice-1'), narrow), ALLOWED);
  await narrow.iam.deleteRolePolicy({ RoleName: 'chat', PolicyName: 'own' });
  assert.equal(await connecting(credentialsOf(reply), userArn('alice-1'), narrow), 4003);
});

test('who has no good token gets 401 and the reason, for a page to read', async () => {
  const refused = async (authorization: string | undefined) => {
    const response = await ask(account, authorization, { origin: ORIGIN });
    assert.equal(response.status, 401);
    assert.equal(response.headers.get('www-authenticate'), 'Bearer');
    assert.equal(response.headers.get('access-control-allow-origin'), ORIGIN);
    const { code, message } = (await response.json()) as Refusal;
    assert.ok(message.length > 0);
    return code;
  };
  for (const authorization of [
    undefined,
    'Bearer',
    'Basic YTpi',
    'Bearer a b',
    'Bearer a;b',
    `Bearer ${'Y'.repeat(12_001)}`,
  ]) {
    assert.equal(await refused(authorization), 'Unauthorized');
  }
  assert.equal(await refused('Bearer gICA'), 'Unauthorized');
  assert.equal(await refused(`Bearer ${base64('anonymousAccess')}`), 'InvalidIdentityToken');
  const bearer = async (parts: Parameters<TestIssuer['tokenOf']>[0]) => `Bearer ${await issuer.tokenOf(parts)}`;
  assert.equal(await refused(await bearer({ forged: true })), 'InvalidIdentityToken');
  assert.equal(await refused(await bearer({ from: 'https://other.example.com' })), 'InvalidIdentityToken');
  assert.equal(await refused(await bearer({ audience: 'another-app' })), 'IDPRejectedClaim');
  assert.equal(await refused(await bearer({ lifetime: '-1m' })), 'ExpiredTokenException');
});

test('a user whose id cannot be that of an AppInstanceUser is told so', async () => {
  for (const subject of ['auth0|42', '-alice', 'alice/../bob', 'x'.repeat(65), 'ålice', 'alice\n', '*']) {
    const [status, code, message] = await refusal(account, await issuer.tokenOf({ subject }));
    assert.deepEqual([status, code], [403, 'UnusableUserId'], subject);
    assert.match(message, /1 to 64 letters, digits or :-_\.@/);
  }
});

test('the user id may be another claim, which must be there as a string', async () => {
  const flags = { 'creds-issuer': `${issuer.url}=${AUDIENCE}`, 'creds-claim': 'email' };
  await using other = await openExchange(flags, EVERYTHING);
  const { ChimeUserId } = await exchange(other, await issuer.tokenOf({ claims: { email: 'alice@example.com' } }));
  assert.equal(ChimeUserId, 'alice@example.com');
  for (const claims of [{}, { email: 42 }, { email: ['alice'] }]) {
    const [status, , message] = await refusal(other, await issuer.tokenOf({ claims }));
    assert.equal(status, 403);
    assert.match(message, /'email'/);
  }
});

test('a name is cut to 100 characters without control characters; without one the id stands in', async () => {
  const shown = async (name: unknown) =>
    (await exchange(account, await issuer.tokenOf({ claims: { name } }))).ChimeDisplayName;
  assert.equal(await shown('🙂'.repeat(101)), '🙂'.repeat(100));
  assert.equal(await shown(' Al\u0000ice\uD800 '), 'Al ice');
  assert.equal(await shown('👩\u200D🚀 نی\u200Cلوفر'), '👩\u200D🚀 نی\u200Cلوفر');
  for (const none of [undefined, '', ' \n', 42]) assert.equal(await shown(none), 'alice-1');
});

test('an issuer that cannot be asked is no fault of the token', async () => {
  await using gone = await openExchange({ 'creds-issuer': `http://127.0.0.1:1/gone=${AUDIENCE}` }, EVERYTHING);
  const [status, code] = await refusal(gone, await issuer.tokenOf({ from: 'http://127.0.0.1:1/gone' }));
  assert.deepEqual([status, code], [503, 'IDPCommunicationError']);
});

test('without a role that trusts the account with tags there are no credentials, and no word of why', async () => {
  await using other = await openExchange({ 'creds-issuer': `${issuer.url}=${AUDIENCE}` }, EVERYTHING);
  const failed = [500, 'InternalFailure', 'The credentials could not be made.'];
  const trust = document({ Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sts:AssumeRole' });
  await other.iam.updateAssumeRolePolicy({ RoleName: 'chat', PolicyDocument: trust });
  assert.deepEqual(await refusal(other, await issuer.tokenOf()), failed);
  await other.iam.deleteRolePolicy({ RoleName: 'chat', PolicyName: 'own' });
  await other.iam.deleteRole({ RoleName: 'chat' });
  assert.deepEqual(await refusal(other, await issuer.tokenOf()), failed);
  assert.ok(other.server.log.some((line) => line.includes('sts:AssumeRole') && line.includes(ROLE)));
});

test('pages of origins that are named may ask with credentials, others may not', async () => {
  const preflight = (origin: string) =>
    fetch(`${account.server.url}/creds`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
    });
  const asked = await preflight(ORIGIN);
  assert.equal(asked.status, 204);
  assert.equal(asked.headers.get('access-control-allow-origin'), ORIGIN);
  assert.equal(asked.headers.get('access-control-allow-credentials'), 'true');
  assert.match(asked.headers.get('access-control-allow-headers') ?? '', /(?:^|,)authorization(?:,|$)/);
  assert.equal(asked.headers.get('vary'), 'Origin');

  const answer = await ask(account, `Bearer ${await issuer.tokenOf()}`, { origin: ORIGIN });
  assert.equal(answer.headers.get('access-control-allow-credentials'), 'true');
  for (const foreign of [await preflight('https://evil.example'), await ask(account, undefined, { origin: 'null' })]) {
    assert.equal(foreign.headers.get('access-control-allow-origin'), null);
    assert.equal(foreign.headers.get('access-control-allow-credentials'), null);
  }
});

test('with every origin allowed none may ask with credentials; nor may any elsewhere', async () => {
  await using open = await openExchange({ 'creds-issuer': `${issuer.url}=${AUDIENCE}` }, EVERYTHING);
  const { headers } = await ask(open, `Bearer ${await issuer.tokenOf()}`, { origin: ORIGIN });
  assert.equal(headers.get('access-control-allow-origin'), '*');
  assert.equal(headers.get('access-control-allow-credentials'), null);
  const api = await fetch(`${account.server.url}/ListRooms`, { method: 'POST', headers: { origin: ORIGIN } });
  assert.equal(api.headers.get('access-control-allow-origin'), ORIGIN);
  assert.equal(api.headers.get('access-control-allow-credentials'), null);
});

test('while there is no such app instance nobody gets any, and the log tells why', async () => {
  const flags = { 'creds-issuer': `${issuer.url}=${AUDIENCE}`, 'creds-app-instance': APP_INSTANCE.replace(/5$/, '6') };
  await using early = await openExchange(flags, EVERYTHING);
  const [status, code] = await refusal(early, await issuer.tokenOf());
  assert.deepEqual([status, code], [500, 'InternalFailure']);
  const told = early.server.log.filter((line) => line.includes('an exchange of credentials failed'));
  assert.match(told.join(''), /ForbiddenException/);
});

test('10 a second of one address are answered, and 100 of all', async () => {
  const clock = stoppedClock();
  const flags = {
    'creds-issuer': `${issuer.url}=${AUDIENCE}`,
    'creds-role': 'chat',
    'creds-app-instance': APP_INSTANCE,
  };
  await using server = await startServer({ ...flags, 'trusted-proxy': '127.0.0.1' }, clock);
  const statusFor = async (address: string) => {
    const response = await ask({ server }, undefined, { 'x-forwarded-for': address });
    assert.equal(response.headers.get('retry-after'), response.status === 429 ? '1' : null);
    return response.status;
  };
  for (let n = 0; n < 10; n += 1) assert.equal(await statusFor('192.0.2.1'), 401);
  assert.equal(await statusFor('192.0.2.1'), 429);
  for (let n = 0; n < 90; n += 1) assert.equal(await statusFor(`192.0.2.${n + 2}`), 401);
  assert.equal(await statusFor('192.0.2.200'), 429);
  clock.advance(100);
  assert.equal(await statusFor('192.0.2.1'), 401);
  assert.equal(await statusFor('192.0.2.1'), 429);
});

test('only POST is answered', async () => {
  const response = await fetch(`${account.server.url}/creds`);
  assert.deepEqual([response.status, response.headers.get('allow')], [405, 'POST']);
});

test('every exchange leaves a line in the audit log, without the token', async () => {
  const token = await issuer.tokenOf({ subject: 'carol' });
  const reply = await exchange(account, token);
  await refusal(account, await issuer.tokenOf({ subject: 'carol', lifetime: '-1m' }));
  const lines = () => {
    const all = readFileSync(audit, 'utf8')
      .split('\n')
      .filter((line) => line.includes('"exchange"'));
    return all.map((line): Record<string, unknown> => JSON.parse(line));
  };
  await eventually(() => lines().at(-1)?.['error'] === 'ExpiredTokenException');
  const made = lines().find(({ userId }) => userId === 'carol') ?? {};
  assert.partialDeepStrictEqual(made, {
    event: 'exchange',
    service: 'sts',
    principal: `arn:aws:sts::${ACCOUNT}:assumed-role/chat/chime_carol`,
    accessKeyId: reply.ChimeCredentials.AccessKeyId,
    resources: [userArn('carol')],
    status: 200,
  });
  assert.match(String(made['address']), /^10\.0\.0\.\d+$/);
  assert.partialDeepStrictEqual(lines().at(-1), { event: 'exchange', status: 401, resources: [] });
  const everything = readFileSync(audit, 'utf8') + account.server.log.join('\n');
  for (const secret of [token, base64(token), reply.ChimeCredentials.SecretAccessKey]) {
    assert.ok(!everything.includes(secret));
  }
});

test('behind a prefix it has the prefix', async () => {
  const flags = { 'creds-issuer': `${issuer.url}=${AUDIENCE}`, 'path-prefix': '/chat' };
  await using server = await startServer({ ...flags, 'creds-role': 'chat', 'creds-app-instance': APP_INSTANCE });
  const statusOf = async (path: string) => (await fetch(server.url + path, { method: 'POST' })).status;
  assert.deepEqual([await statusOf('/chat/creds?x=1'), await statusOf('/creds')], [401, 404]);
});

test('it is not there until it is configured', async () => {
  await using plain = await startServer({ 'oidc-issuer': `${issuer.url}=${AUDIENCE}` });
  const authorization = `Bearer ${await issuer.tokenOf()}`;
  const { status } = await fetch(`${plain.url}/creds`, { method: 'POST', headers: { authorization } });
  assert.equal(status, 404);
});
