/** Roles assumed with the tokens of an OpenID Connect issuer, by people who have no keys here. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { STS } from '@aws-sdk/client-sts';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { connect, connectUrl, userArn } from '../support/app-instance.ts';
import { ACCOUNT, type Account, allow, document, openAccount } from './support/account.ts';

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;

const AUDIENCE = 'chat-app';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/web`;

let account: Account;
let sts: STS;
let url: string;
let provider: string;
let key: Pair;
let published: JWK[] = [];

const issuer = createServer((request, response) => {
  const body = request.url?.startsWith('/realm/.well-known/')
    ? { issuer: url, jwks_uri: `${url}/keys` }
    : { keys: published };
  response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
});

before(async () => {
  await once(issuer.listen(0, '127.0.0.1'), 'listening');
  const { port } = issuer.address() as AddressInfo;
  url = `http://127.0.0.1:${port}/realm`;
  provider = url.slice('http://'.length);
  key = await generateKeyPair('ES256');
  published = [{ ...(await exportJWK(key.publicKey)), kid: 'one', alg: 'ES256' }];
  account = await openAccount({ 'oidc-issuer': `${url}=${AUDIENCE}` });
  sts = new STS({ endpoint: account.server.url, region: 'us-east-1', maxAttempts: 1 });
  const AssumeRolePolicyDocument = document({
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/${provider}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: { [`${provider}:aud`]: AUDIENCE }, StringNotEquals: { [`${provider}:sub`]: 'mallory' } },
  });
  await account.iam.createRole({ RoleName: 'web', AssumeRolePolicyDocument });
  const PolicyDocument = document(allow('chime:Connect', userArn(`$\{${provider}:sub}`)));
  await account.iam.putRolePolicy({ RoleName: 'web', PolicyName: 'own', PolicyDocument });
});
after(async () => {
  sts.destroy();
  await account[Symbol.asyncDispose]();
  issuer.close();
});

interface Parts {
  readonly subject?: string;
  readonly audience?: string;
  readonly from?: string;
  readonly lifetime?: string;
  readonly signedWith?: Pair;
}

function tokenOf({ subject = 'alice-1', audience = AUDIENCE, from = url, lifetime = '5m', ...more }: Parts = {}) {
  const { signedWith = key } = more;
  return new SignJWT()
    .setProtectedHeader({ alg: 'ES256', kid: 'one' })
    .setIssuer(from)
    .setSubject(subject)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime(lifetime)
    .sign(signedWith.privateKey);
}

const assume = (WebIdentityToken: string) =>
  sts.assumeRoleWithWebIdentity({ RoleArn: ROLE, RoleSessionName: 'browser', WebIdentityToken });

async function refused(parts: Parts, name: string): Promise<void> {
  await assert.rejects(assume(await tokenOf(parts)), { name });
}

test('a token stands for its subject, also in the policies of the role', async () => {
  const answer = await assume(await tokenOf());
  assert.equal(answer.SubjectFromWebIdentityToken, 'alice-1');
  assert.equal(answer.Audience, AUDIENCE);
  assert.equal(answer.Provider, url);
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken } = answer.Credentials ?? {};
  const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  for (const [userId, expected] of [
    ['alice-1', 'string'],
    ['bob', 'number'],
  ] as const) {
    const { socket, first } = await connect(connectUrl(account.server.url, credentials, { userArn: userArn(userId) }));
    socket.terminate();
    assert.equal(typeof first, expected, `${userId}: ${first}`);
  }
});

test('a token of another issuer, key or audience, or of yesterday, is refused', async () => {
  await refused({ from: 'https://other.example.com' }, 'InvalidIdentityTokenException');
  await refused({ signedWith: await generateKeyPair('ES256') }, 'InvalidIdentityTokenException');
  await refused({ audience: 'another-app' }, 'IDPRejectedClaimException');
  await refused({ lifetime: '-1m' }, 'ExpiredTokenException');
  await assert.rejects(assume('no token'), { name: 'InvalidIdentityTokenException' });
});

test('whom the trust policy does not let in gets nothing', () => refused({ subject: 'mallory' }, 'AccessDenied'));

test('an issuer that is not there is said to be the reason', async () => {
  const gone = 'http://127.0.0.1:1/gone';
  await using other = await openAccount({ 'oidc-issuer': `${gone}=${AUDIENCE}` });
  const client = new STS({ endpoint: other.server.url, region: 'us-east-1', maxAttempts: 1 });
  const WebIdentityToken = await tokenOf({ from: gone });
  for (const RoleSessionName of ['first', 'second']) {
    const request = { RoleArn: ROLE, RoleSessionName, WebIdentityToken };
    await assert.rejects(client.assumeRoleWithWebIdentity(request), { name: 'IDPCommunicationErrorException' });
  }
  client.destroy();
});
