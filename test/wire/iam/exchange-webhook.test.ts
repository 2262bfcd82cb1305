/** `POST /creds` where the application itself says who its users are, asked by a webhook. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { STS } from '@aws-sdk/client-sts';
import { connect, connectUrl, userArn } from '../support/app-instance.ts';
import { ACCOUNT, type Account, allow } from './support/account.ts';
import { ask, base64, credentialsOf, exchange, openExchange, refusal } from './support/exchange.ts';

const SECRET = 'a-secret-of-the-webhook';
const UNAVAILABLE = [503, 'ProofUnavailable', 'Tokens cannot be checked at the moment.'];

interface Asked {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let asked: Asked[] = [];
/** What the application answers to each token. */
const answers = new Map<string, (response: ServerResponse) => void>();
const answer = (token: string, status: number, body: unknown) =>
  answers.set(token, (response) =>
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body)),
  );

const application = createServer(async (request, response) => {
  const { method, url, headers } = request;
  const body = await text(request);
  asked.push({ method, url, headers, body });
  const { token }: { token: string } = JSON.parse(body);
  answers.get(token)?.(response);
});

let account: Account;

before(async () => {
  await once(application.listen(0, '127.0.0.1'), 'listening');
  const { port } = application.address() as AddressInfo;
  const flags = { 'creds-webhook': `http://127.0.0.1:${port}/whois?for=chat`, 'creds-webhook-secret': SECRET };
  account = await openExchange(flags, allow('chime:*'));
  answer('alice-token', 200, { userId: 'alice', name: 'Alice' });
});
after(async () => {
  await account[Symbol.asyncDispose]();
  application.closeAllConnections();
  application.close();
});

test('the application is sent the token, signed, and nothing else of the request', async () => {
  asked = [];
  await exchange(account, 'alice-token');
  const [{ method, url, headers, body }] = asked as [Asked];
  assert.deepEqual([method, url, body], ['POST', '/whois?for=chat', '{"token":"alice-token"}']);
  assert.equal(headers['content-type'], 'application/json');
  const [, seconds, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['x-parlor-signature'])) ?? [];
  assert.equal(mac, createHmac('sha256', SECRET).update(`${seconds}.${body}`).digest('hex'));
  assert.equal(headers.authorization, undefined);
  assert.equal(headers['x-forwarded-for'], undefined);
});

test('whom it names gets credentials, and may connect with them', async () => {
  const reply = await exchange(account, 'alice-token');
  assert.deepEqual(
    [reply.ChimeAppInstanceUserArn, reply.ChimeUserId, reply.ChimeDisplayName],
    [userArn('alice'), 'alice', 'Alice'],
  );
  const credentials = credentialsOf(reply);
  const sts = new STS({ endpoint: account.server.url, region: 'us-east-1', credentials, maxAttempts: 1 });
  const { Arn } = await sts.getCallerIdentity().finally(() => sts.destroy());
  assert.equal(Arn, `arn:aws:sts::${ACCOUNT}:assumed-role/chat/chime_alice`);
  const firstOf = async (userId: string) => {
    const { socket, first } = await connect(connectUrl(account.server.url, credentials, { userArn: userArn(userId) }));
    socket.terminate();
    return first;
  };
  assert.match(String(await firstOf('alice')), /SESSION_ESTABLISHED/);
  assert.equal(await firstOf('bob'), 4003);
});

test('a user of whom it tells no name is called by the id', async () => {
  answer('nameless', 200, { userId: 'us-east-1:42', name: null });
  assert.equal((await exchange(account, 'nameless')).ChimeDisplayName, 'us-east-1:42');
});

test('4xx says that the token is no good', async () => {
  for (const status of [400, 401, 403, 404]) {
    answer('stranger', status, { userId: 'alice' });
    assert.deepEqual(await refusal(account, 'stranger'), [401, 'Unauthorized', 'The token is not accepted.']);
  }
});

test('an id that no AppInstanceUser can have is refused', async () => {
  for (const userId of ['', '*', '../bob', 'alice*', 'a/b']) {
    answer('odd', 200, { userId });
    assert.deepEqual((await refusal(account, 'odd')).slice(0, 2), [403, 'UnusableUserId'], userId);
  }
});

test('any other answer, or none in time, says nothing of the token', async () => {
  const alice = { userId: 'alice' };
  answer('fails', 500, alice);
  answer('made', 201, alice);
  answer('empty', 204, '');
  answer('nonsense', 200, 'alice');
  answer('null', 200, null);
  answer('nobody', 200, { name: 'Alice' });
  answer('number', 200, { userId: 42 });
  answer('large', 200, { ...alice, padding: 'x'.repeat(300 << 10) });
  answers.set('moved', (response) => response.writeHead(307, { location: '/whois' }).end());
  answers.set('broken', (response) => response.destroy());
  answers.set('silent', () => undefined);
  answers.set('endless', (response) => response.writeHead(200).write('{'));
  const tokens = [...answers.keys()].slice([...answers.keys()].indexOf('fails'));
  assert.equal(tokens.length, 12);
  const refusals = await Promise.all(tokens.map((token) => refusal(account, token)));
  tokens.forEach((token, index) => {
    assert.deepEqual(refusals[index], UNAVAILABLE, token);
  });
});

test('a token that is no JSON Web Token must come in base64', async () => {
  asked = [];
  assert.equal((await ask(account, 'Bearer not;base64')).status, 401);
  assert.deepEqual(asked, []);
  assert.equal((await ask(account, `Bearer ${base64('alice-token')}`)).status, 200);
  answer('aaa.bbb.ccc', 200, { userId: 'jay' });
  const response = await ask(account, 'Bearer aaa.bbb.ccc');
  assert.equal(((await response.json()) as { ChimeUserId: string }).ChimeUserId, 'jay');
});
