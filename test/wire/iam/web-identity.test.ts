/** Roles assumed with the tokens of an OpenID Connect issuer, by people who have no keys here. */
import assert from 'node:assert/strict';
import { after, before, mock, test } from 'node:test';
import { STS } from '@aws-sdk/client-sts';
import { connect, connectUrl, userArn } from '../support/app-instance.ts';
import { ACCOUNT, type Account, allow, document, openAccount } from './support/account.ts';
import { AUDIENCE, openIssuer, type Parts, type TestIssuer } from './support/issuer.ts';

const ROLE = `arn:aws:iam::${ACCOUNT}:role/web`;

let account: Account;
let sts: STS;
let issuer: TestIssuer;

/** An account with a role for the tokens of an issuer. */
async function openFor({ url }: TestIssuer): Promise<Account> {
  const opened = await openAccount({ 'oidc-issuer': `${url}=${AUDIENCE}` });
  const provider = url.slice('http://'.length);
  const AssumeRolePolicyDocument = document({
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/${provider}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: { [`${provider}:aud`]: AUDIENCE }, StringNotEquals: { [`${provider}:sub`]: 'mallory' } },
  });
  await opened.iam.createRole({ RoleName: 'web', AssumeRolePolicyDocument });
  const PolicyDocument = document(allow('chime:Connect', userArn(`$\{${provider}:sub}`)));
  await opened.iam.putRolePolicy({ RoleName: 'web', PolicyName: 'own', PolicyDocument });
  return opened;
}

const clientOf = ({ server }: Account) => new STS({ endpoint: server.url, region: 'us-east-1', maxAttempts: 1 });

before(async () => {
  issuer = await openIssuer();
  account = await openFor(issuer);
  sts = clientOf(account);
});
after(async () => {
  sts.destroy();
  await account[Symbol.asyncDispose]();
  await issuer[Symbol.asyncDispose]();
});

const assume = (WebIdentityToken: string, client = sts) =>
  client.assumeRoleWithWebIdentity({ RoleArn: ROLE, RoleSessionName: 'browser', WebIdentityToken });

async function refused(parts: Parts, name: string): Promise<void> {
  await assert.rejects(assume(await issuer.tokenOf(parts)), { name });
}

test('a token stands for its subject, also in the policies of the role', async () => {
  const answer = await assume(await issuer.tokenOf());
  assert.equal(answer.SubjectFromWebIdentityToken, 'alice-1');
  assert.equal(answer.Audience, AUDIENCE);
  assert.equal(answer.Provider, issuer.url);
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken } = answer.Credentials ?? {};
  const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  // No user exists: that is told to who may connect as the user.
  for (const [userId, expected] of [
    ['alice-1', 4401],
    ['bob', 4003],
  ] as const) {
    const { socket, first } = await connect(connectUrl(account.server.url, credentials, { userArn: userArn(userId) }));
    socket.terminate();
    assert.equal(first, expected, userId);
  }
});

test('a token of another issuer, key or audience, or of yesterday, is refused', async () => {
  await refused({ from: 'https://other.example.com' }, 'InvalidIdentityTokenException');
  await refused({ forged: true }, 'InvalidIdentityTokenException');
  await refused({ audience: 'another-app' }, 'IDPRejectedClaimException');
  await refused({ lifetime: '-1m' }, 'ExpiredTokenException');
  await assert.rejects(assume('no token'), { name: 'InvalidIdentityTokenException' });
});

test('whom the trust policy does not let in gets nothing', () => refused({ subject: 'mallory' }, 'AccessDenied'));

/** Runs with an issuer, an account and a client of its own. */
async function alone(run: (issuer: TestIssuer, client: STS) => Promise<void>): Promise<void> {
  await using own = await openIssuer();
  await using opened = await openFor(own);
  const client = clientOf(opened);
  try {
    await run(own, client);
  } finally {
    client.destroy();
  }
}

const unreachable = (client: STS, token: string) =>
  assert.rejects(assume(token, client), { name: 'IDPCommunicationErrorException' });

test('an issuer that is not there is said to be the reason', async () => {
  const gone = 'http://127.0.0.1:1/gone';
  await using other = await openAccount({ 'oidc-issuer': `${gone}=${AUDIENCE}` });
  const client = clientOf(other);
  const token = await issuer.tokenOf({ from: gone });
  await unreachable(client, token);
  await unreachable(client, token);
  client.destroy();
});

test('when the issuer has changed its keys, tokens of the new one are good and those of the old are not', () =>
  alone(async (own, client) => {
    mock.timers.enable({ apis: ['Date'], now: Date.now() });
    try {
      const old = await own.tokenOf();
      await assume(old, client);
      await own.rotate();
      const recent = await own.tokenOf();
      await assume(old, client);
      mock.timers.tick(31_000);
      await assume(recent, client);
      await assert.rejects(assume(old, client), { name: 'InvalidIdentityTokenException' });
    } finally {
      mock.timers.reset();
    }
  }));

test('tokens that name unknown keys make the server ask for keys no more than every 30 seconds', () =>
  alone(async (own, client) => {
    await assume(await own.tokenOf(), client);
    const { keys } = own.asked;
    await own.rotate();
    own.answer('keys', (response) => response.end('{"keys":[]}'));
    const token = await own.tokenOf();
    for (const _ of [1, 2, 3]) {
      await assert.rejects(assume(token, client), { name: 'InvalidIdentityTokenException' });
    }
    assert.equal(own.asked.keys, keys);
  }));

for (const page of ['discovery', 'keys'] as const) {
  test(`an issuer is given up when its ${page} is too large, never ends, stands elsewhere or is nonsense`, async () => {
    const padding = ' '.repeat(300 << 10);
    const wrong: Parameters<TestIssuer['answer']>[1][] = [
      (response) => response.end(`{${padding}}`),
      (response) => response.write('{'),
      (response) => response.writeHead(302, { location: `${issuer.url}/elsewhere` }).end(),
      (response) => response.end('[nonsense'),
      (response) => response.writeHead(500).end('{}'),
    ];
    await Promise.all(
      wrong.map((answer) =>
        alone(async (own, client) => {
          own.answer(page, answer);
          await unreachable(client, await own.tokenOf());
        }),
      ),
    );
  });
}

test('an issuer that says it is another, or keeps its keys where anybody could, is not believed', async () => {
  const lies = [
    (url: string) => ({ issuer: `${url}/another`, jwks_uri: `${url}/keys` }),
    (url: string) => ({ issuer: url, jwks_uri: 'file:///etc/passwd' }),
    (url: string) => ({ issuer: url }),
  ];
  for (const lie of lies) {
    await alone(async (own, client) => {
      own.answer('discovery', (response) => response.end(JSON.stringify(lie(own.url))));
      await unreachable(client, await own.tokenOf());
    });
  }
});
