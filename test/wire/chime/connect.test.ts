/** From IAM policy to WebSocket: GetMessagingSessionEndpoint and `/connect`, as far as access goes. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { STS } from '@aws-sdk/client-sts';
import type { WebSocket } from 'ws';
import { type Credentials, signRequest } from '../../../src/aws/sigv4.ts';
import { ACCOUNT, type Account, allow, document, openAccount } from '../iam/support/account.ts';
import { type ConnectParameters, connect, connectUrl } from '../support/app-instance.ts';
import { ROOT_KEY } from '../support/server.ts';
import { populate } from './support/venue.ts';

/** A user id may hold what Cognito puts into it. */
const COGNITO_ID = 'us-east-1:6b1f@a.b_c-d';
const ESTABLISHED =
  '{"Headers":{"x-amz-chime-event-type":"SESSION_ESTABLISHED","x-amz-chime-message-type":"SYSTEM"},"Payload":""}';

let account: Account;
let userArn: (id: string) => string;
let ALICE: string;
const sockets: WebSocket[] = [];

before(async () => {
  account = await openAccount({ limits: 'off', 'messaging-endpoint': 'chat.example.com:8443' });
  userArn = await populate(account.server.url, ['alice', 'bob', COGNITO_ID]);
  ALICE = userArn('alice');
});
after(async () => {
  for (const socket of sockets) socket.terminate();
  await account[Symbol.asyncDispose]();
});

/** What a presigned URL leads to: the first frame, or the code of the close. */
async function attempt(credentials: Credentials, parameters: ConnectParameters, alter = (url: string) => url) {
  const { socket, first } = await connect(alter(connectUrl(account.server.url, credentials, parameters)));
  sockets.push(socket);
  return first;
}

async function getEndpoint(credentials: Credentials, query = '', url = account.server.url): Promise<Response> {
  const target = `/endpoints/messaging-session${query}`;
  const request = { method: 'GET', target, headers: { host: new URL(url).host }, body: '' };
  const headers = signRequest(request, credentials, { region: 'us-east-1', service: 'chime', now: Date.now() });
  return fetch(url + target, { headers });
}

/** The policy of the guide to WebSockets, for one user. */
const connectPolicy = () => [allow(['chime:Connect'], [ALICE]), allow(['chime:GetMessagingSessionEndpoint'], ['*'])];

describe('the policy of the guide', () => {
  let credentials: Credentials;
  before(async () => {
    ({ credentials } = await account.user('connecting', ...connectPolicy()));
  });

  test('allows to ask for the endpoint', async () => {
    const response = await getEndpoint(credentials, '?network-type=DUAL_STACK');
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), { Endpoint: { Url: 'chat.example.com:8443' } });
  });

  test('allows to connect as the user named', async () => {
    assert.equal(await attempt(credentials, { userArn: ALICE }), ESTABLISHED);
    assert.equal(await attempt(credentials, { userArn: ALICE, 'prefetch-on': 'connect' }), ESTABLISHED);
  });

  test('allows nothing else, and does not tell whether another user exists', async () => {
    assert.equal(await attempt(credentials, { userArn: userArn('bob') }), 4003);
    assert.equal(await attempt(credentials, { userArn: userArn('nobody') }), 4003);
    await assert.rejects(account.iamOf(credentials).listUsers(), { name: 'AccessDenied' });
  });
});

test('whoever has no policy is told by AccessDeniedException and close 4003', async () => {
  const { credentials } = await account.user('powerless');
  const response = await getEndpoint(credentials);
  assert.equal(response.status, 403);
  assert.equal(response.headers.get('x-amzn-errortype'), 'AccessDeniedException');
  assert.deepEqual(await response.json(), {
    Message:
      `User: arn:aws:iam::${ACCOUNT}:user/powerless is not authorized to perform: chime:GetMessagingSessionEndpoint ` +
      'on resource: * because no identity-based policy allows the chime:GetMessagingSessionEndpoint action',
  });
  assert.equal(await attempt(credentials, { userArn: ALICE }), 4003);
});

test('a session of a role shared by all users connects as the user it is tagged with', async () => {
  const PolicyDocument = document(allow('chime:Connect', userArn(`$\{aws:PrincipalTag/UserUUID}`)));
  const trust = { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: ['sts:AssumeRole', 'sts:TagSession'] };
  await account.iam.createRole({ RoleName: 'chat', AssumeRolePolicyDocument: document(trust) });
  await account.iam.putRolePolicy({ RoleName: 'chat', PolicyName: 'own', PolicyDocument });
  const sts = new STS({ endpoint: account.server.url, region: 'us-east-1', credentials: ROOT_KEY });
  const { Credentials: given } = await sts.assumeRole({
    RoleArn: `arn:aws:iam::${ACCOUNT}:role/chat`,
    RoleSessionName: 'chime_alice',
    Tags: [{ Key: 'UserUUID', Value: 'alice' }],
  });
  sts.destroy();
  const credentials = {
    accessKeyId: given?.AccessKeyId ?? '',
    secretAccessKey: given?.SecretAccessKey ?? '',
    sessionToken: given?.SessionToken ?? '',
  };
  assert.equal(await attempt(credentials, { userArn: ALICE }), ESTABLISHED);
  assert.equal(await attempt(credentials, { userArn: userArn('bob') }), 4003);
  const { sessionToken: _, ...withoutToken } = credentials;
  assert.equal(await attempt(withoutToken, { userArn: ALICE }), 4401);
});

describe('a connection is closed with 4401', () => {
  const refused = async (parameters: ConnectParameters, alter?: (url: string) => string, credentials = ROOT_KEY) =>
    assert.equal(await attempt(credentials, { userArn: ALICE, ...parameters }, alter), 4401);

  test('when the root may do everything but the signature is not its own', async () => {
    assert.equal(await attempt(ROOT_KEY, { userArn: ALICE }), ESTABLISHED);
    await refused({}, undefined, { ...ROOT_KEY, secretAccessKey: 'another' });
    await refused({}, undefined, { ...ROOT_KEY, accessKeyId: 'AKIAUNKNOWNUNKNOWN00' });
  });

  test('when the URL is not signed, or was altered', async () => {
    await refused({}, (url) => url.replace(/\?.*/, ''));
    await refused({}, (url) => url.replace(/&X-Amz-Signature=.*/, ''));
    await refused({}, (url) => url.replace('3735928559', '1'));
    await refused({}, (url) => `${url}&x=%zz`);
  });

  test('when it has expired, or is to last too long', async () => {
    await refused({ 'X-Amz-Date': '20200101T000000Z' });
    await refused({ 'X-Amz-Expires': '604801' });
  });

  test('when a parameter is missing', async () => {
    await refused({ sessionId: undefined });
    await refused({ userArn: undefined });
    await refused({ 'X-Amz-Expires': '' });
  });

  test('when userArn is no user of this account', async () => {
    const wrong = [
      'alice',
      ALICE.replace(ACCOUNT, '111111111111'),
      ALICE.replace('us-east-1', 'eu-central-1'),
      ALICE.replace('/user/', '/bot/'),
      ALICE.replace('arn:aws:', 'arn:other:'),
      `${ALICE}/more`,
      `${ALICE}*`,
    ];
    for (const arn of wrong) await refused({ userArn: arn });
  });

  test('when the user does not exist', async () => {
    await refused({ userArn: userArn('nobody') });
    await refused({ userArn: userArn('alice').replace(/(app-instance\/)[^/]+/, '$1another') });
  });
});

test('a user id may hold what Cognito puts into it', async () => {
  assert.equal(await attempt(ROOT_KEY, { userArn: userArn(COGNITO_ID) }), ESTABLISHED);
});

test('the signature may be in the headers, as other clients have it', async () => {
  const url = new URL(account.server.url);
  const target = `/connect?sessionId=1&userArn=${encodeURIComponent(ALICE)}`;
  const request = { method: 'GET', target, headers: { host: url.host }, body: '' };
  const headers = signRequest(request, ROOT_KEY, { region: 'us-east-1', service: 'chime', now: Date.now() });
  const { WebSocket } = await import('ws');
  const socket = new WebSocket(`ws://${url.host}${target}`, [], { headers });
  sockets.push(socket);
  const [data] = await once(socket, 'message');
  assert.equal(String(data), ESTABLISHED);
});

test('what a client sends is ignored', async () => {
  const { socket, first } = await connect(connectUrl(account.server.url, ROOT_KEY, { userArn: ALICE }));
  sockets.push(socket);
  assert.equal(first, ESTABLISHED);
  socket.send('hello');
  socket.ping();
  await once(socket, 'pong');
  assert.equal(socket.readyState, socket.OPEN);
});

test('a subprotocol means IVS Chat, whatever the path', async () => {
  const { WebSocket } = await import('ws');
  const url = connectUrl(account.server.url, ROOT_KEY, { userArn: ALICE });
  const socket = new WebSocket(url, ['no-chat-token']);
  const [, response] = await once(socket, 'unexpected-response');
  assert.equal(response.statusCode, 401);
  socket.on('error', () => undefined).terminate();
});
