/** Temporary credentials: who gets them, what they may do, and when they end. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CreateRoomCommand, GetRoomCommand, ListRoomsCommand } from '@aws-sdk/client-ivschat';
import { STS, type Tag } from '@aws-sdk/client-sts';
import type { Credentials } from '../../../src/aws/sigv4.ts';
import { clientOf, ROOT_KEY } from '../support/server.ts';
import {
  ACCOUNT,
  type Account,
  allow,
  allowed,
  deny,
  document,
  openAccount,
  type Statement,
} from './support/account.ts';

let account: Account;
let room: string;
const clients: STS[] = [];

before(async () => {
  account = await openAccount();
  ({ arn: room = '' } = await account.chat.send(new CreateRoomCommand({})));
});
after(async () => {
  for (const client of clients) client.destroy();
  await account[Symbol.asyncDispose]();
});

function stsOf(credentials: Credentials): STS {
  const client = new STS({ endpoint: account.server.url, region: 'us-east-1', credentials, maxAttempts: 1 });
  clients.push(client);
  return client;
}

interface Given {
  readonly AccessKeyId: string | undefined;
  readonly SecretAccessKey: string | undefined;
  readonly SessionToken: string | undefined;
}

function credentialsOf({ Credentials: given }: { Credentials?: Given | undefined }): Required<Credentials> {
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = given ?? {};
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

const arnOfRole = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;
const arnOfUser = (name: string) => `arn:aws:iam::${ACCOUNT}:user/${name}`;

/** Makes a role that trusts as the statement says and may do what the others say. */
async function role(name: string, trust: Statement, ...statements: Statement[]): Promise<string> {
  const trusting = { Effect: 'Allow', Action: ['sts:AssumeRole', 'sts:TagSession'], ...trust };
  await account.iam.createRole({ RoleName: name, AssumeRolePolicyDocument: document(trusting) });
  if (statements.length > 0) {
    await account.iam.putRolePolicy({ RoleName: name, PolicyName: 'own', PolicyDocument: document(...statements) });
  }
  return arnOfRole(name);
}

const WHOLE_ACCOUNT = { Principal: { AWS: ACCOUNT } };
const named = (error: string) => ({ name: error });
const mayGet = (credentials: Credentials, identifier = room) =>
  allowed(clientOf(account.server.url, credentials).send(new GetRoomCommand({ identifier })));
const mayList = (credentials: Credentials) =>
  allowed(clientOf(account.server.url, credentials).send(new ListRoomsCommand({})));

describe('GetCallerIdentity', () => {
  test('says who asks, and needs no permission', async () => {
    const user = await account.user('nobody', deny('*'));
    const { Arn, Account: accountId, UserId } = await stsOf(user.credentials).getCallerIdentity();
    assert.equal(Arn, arnOfUser('nobody'));
    assert.equal(accountId, ACCOUNT);
    assert.match(UserId ?? '', /^AIDA/);
    const root = await stsOf(ROOT_KEY).getCallerIdentity();
    assert.deepEqual([root.Arn, root.UserId], [`arn:aws:iam::${ACCOUNT}:root`, ACCOUNT]);
  });

  test('needs a signature', async () => {
    await assert.rejects(stsOf({ accessKeyId: 'AKIAUNKNOWN', secretAccessKey: 'x' }).getCallerIdentity(), {
      name: 'InvalidClientTokenId',
    });
    await assert.rejects(stsOf({ ...ROOT_KEY, secretAccessKey: 'x' }).getCallerIdentity(), {
      name: 'SignatureDoesNotMatch',
    });
  });
});

describe('AssumeRole', () => {
  test('gives credentials that may do what the role may', async () => {
    const RoleArn = await role('reader', WHOLE_ACCOUNT, allow('ivschat:GetRoom', room));
    const user = await account.user('assumer', allow('sts:AssumeRole', RoleArn));
    const answer = await stsOf(user.credentials).assumeRole({ RoleArn, RoleSessionName: 'tuesday' });
    const arn = `arn:aws:sts::${ACCOUNT}:assumed-role/reader/tuesday`;
    assert.match(answer.Credentials?.AccessKeyId ?? '', /^ASIA[A-Z2-7]{16}$/);
    assert.equal(answer.AssumedRoleUser?.Arn, arn);
    assert.match(answer.AssumedRoleUser?.AssumedRoleId ?? '', /^AROA[A-Z2-7]{17}:tuesday$/);
    const lifetime = Number(answer.Credentials?.Expiration) - Date.now();
    assert.ok(lifetime > 3_500_000 && lifetime <= 3_600_000, `${lifetime} ms`);
    const session = credentialsOf(answer);
    assert.equal((await stsOf(session).getCallerIdentity()).Arn, arn);
    assert.equal(await mayGet(session), true);
    assert.match(String(await mayList(session)), /User: arn:aws:sts::0{12}:assumed-role\/reader\/tuesday is not auth/);
  });

  test('is refused to those whom the trust policy does not name, and alike for a role that is none', async () => {
    const stranger = await account.user('stranger', allow('sts:AssumeRole'));
    await account.user('named');
    const RoleArn = await role('private', { Principal: { AWS: arnOfUser('named') } });
    for (const arn of [RoleArn, arnOfRole('none')]) {
      const message = `User: ${arnOfUser('stranger')} is not authorized to perform: sts:AssumeRole on resource: ${arn}`;
      const request = { RoleArn: arn, RoleSessionName: 'x1' };
      await assert.rejects(stsOf(stranger.credentials).assumeRole(request), { name: 'AccessDenied', message });
    }
  });

  test('that is left to the account needs the permission of the user, too', async () => {
    const RoleArn = await role('shared', WHOLE_ACCOUNT);
    const without = await account.user('without');
    await assert.rejects(
      stsOf(without.credentials).assumeRole({ RoleArn, RoleSessionName: 'x1' }),
      /because no identity-based policy allows the sts:AssumeRole action/,
    );
  });

  test('for a user who is named needs no other permission, but may be denied', async () => {
    const friend = await account.user('friend');
    const RoleArn = await role('friendly', { Principal: { AWS: arnOfUser('friend') } });
    await stsOf(friend.credentials).assumeRole({ RoleArn, RoleSessionName: 'x1' });
    await account.iam.putUserPolicy({
      UserName: 'friend',
      PolicyName: 'no',
      PolicyDocument: document(deny('sts:AssumeRole')),
    });
    await assert.rejects(
      stsOf(friend.credentials).assumeRole({ RoleArn, RoleSessionName: 'x1' }),
      /with an explicit deny in an identity-based policy/,
    );
  });

  test('asks for the external id that the trust policy wants', async () => {
    const RoleArn = await role('external', {
      ...WHOLE_ACCOUNT,
      Condition: { StringEquals: { 'sts:ExternalId': 'abc' } },
    });
    const request = { RoleArn, RoleSessionName: 'x1' };
    await assert.rejects(stsOf(ROOT_KEY).assumeRole(request), named('AccessDenied'));
    await assert.rejects(stsOf(ROOT_KEY).assumeRole({ ...request, ExternalId: 'abd' }), named('AccessDenied'));
    await stsOf(ROOT_KEY).assumeRole({ ...request, ExternalId: 'abc' });
  });

  test('takes a duration up to the maximum of the role', async () => {
    const RoleArn = await role('brief', WHOLE_ACCOUNT);
    const request = { RoleArn, RoleSessionName: 'x1' };
    await stsOf(ROOT_KEY).assumeRole({ ...request, DurationSeconds: 900 });
    for (const DurationSeconds of [899, 3601, 43_201]) {
      await assert.rejects(stsOf(ROOT_KEY).assumeRole({ ...request, DurationSeconds }), named('ValidationError'));
    }
  });
});

describe('a session policy', () => {
  test('narrows what the role may do', async () => {
    const RoleArn = await role('wide', WHOLE_ACCOUNT, allow('ivschat:*'));
    const Policy = document(allow(['ivschat:GetRoom', 'iam:*'], '*'));
    const session = credentialsOf(await stsOf(ROOT_KEY).assumeRole({ RoleArn, RoleSessionName: 'x1', Policy }));
    assert.equal(await mayGet(session), true);
    assert.match(String(await mayList(session)), /because no session policy allows the ivschat:ListRooms action/);
    assert.match(String(await allowed(account.iamOf(session).listUsers())), /identity-based policy/);
  });

  test('may be a managed policy', async () => {
    const RoleArn = await role('managed', WHOLE_ACCOUNT, allow('ivschat:*'));
    const PolicyDocument = document(allow('ivschat:ListRooms'));
    const { Policy } = await account.iam.createPolicy({ PolicyName: 'list-only', PolicyDocument });
    const PolicyArns = [{ arn: Policy?.Arn }];
    const session = credentialsOf(await stsOf(ROOT_KEY).assumeRole({ RoleArn, RoleSessionName: 'x1', PolicyArns }));
    assert.equal(await mayList(session), true);
    assert.notEqual(await mayGet(session), true);
  });

  test('that is none, or too large for a token, is refused', async () => {
    const request = { RoleArn: await role('odd', WHOLE_ACCOUNT), RoleSessionName: 'x1' };
    await assert.rejects(
      stsOf(ROOT_KEY).assumeRole({ ...request, Policy: '{}' }),
      named('MalformedPolicyDocumentException'),
    );
    const Policy = document(allow(Array.from({ length: 900 }, (_, i) => `ivschat:A${i}`)));
    await assert.rejects(stsOf(ROOT_KEY).assumeRole({ ...request, Policy }), named('PackedPolicyTooLargeException'));
  });
});

describe('session tags', () => {
  const Tags: Tag[] = [{ Key: 'UserUUID', Value: 'alice' }];

  test('stand for the variables aws:PrincipalTag/… in policies', async () => {
    const own = `arn:aws:ivschat:us-east-1:${ACCOUNT}:room/$\{aws:PrincipalTag/room}`;
    const RoleArn = await role('tagged', WHOLE_ACCOUNT, allow('ivschat:GetRoom', own));
    const request = { RoleArn, RoleSessionName: 'x1' };
    const Tags = [{ Key: 'room', Value: room.split('/').at(-1) ?? '' }];
    assert.equal(await mayGet(credentialsOf(await stsOf(ROOT_KEY).assumeRole({ ...request, Tags }))), true);
    assert.notEqual(await mayGet(credentialsOf(await stsOf(ROOT_KEY).assumeRole(request))), true);
  });

  test('need sts:TagSession in the trust policy', async () => {
    const RoleArn = await role('untagged', { ...WHOLE_ACCOUNT, Action: 'sts:AssumeRole' });
    await assert.rejects(
      stsOf(ROOT_KEY).assumeRole({ RoleArn, RoleSessionName: 'x1', Tags }),
      /not authorized to perform: sts:TagSession/,
    );
  });

  test('are handed down when they are transitive, and then not changed', async () => {
    const second = await role(
      'second',
      WHOLE_ACCOUNT,
      allow('ivschat:GetRoom', '*', {
        Condition: { StringEquals: { 'aws:PrincipalTag/UserUUID': 'alice' } },
      }),
    );
    const first = await role('first', WHOLE_ACCOUNT, allow(['sts:AssumeRole', 'sts:TagSession']));
    const chain = async (TransitiveTagKeys: string[]) => {
      const request = { RoleArn: first, RoleSessionName: 'x1', Tags, TransitiveTagKeys };
      return stsOf(credentialsOf(await stsOf(ROOT_KEY).assumeRole(request)));
    };
    const request = { RoleArn: second, RoleSessionName: 'x2' };
    const transitive = await chain(['UserUUID']);
    assert.equal(await mayGet(credentialsOf(await transitive.assumeRole(request))), true);
    const ending = await chain([]);
    assert.notEqual(await mayGet(credentialsOf(await ending.assumeRole(request))), true);
    await assert.rejects(
      transitive.assumeRole({ ...request, Tags: [{ Key: 'useruuid', Value: 'bob' }] }),
      named('ValidationError'),
    );
    await assert.rejects(transitive.assumeRole({ ...request, DurationSeconds: 3601 }), /role chaining|MaxSession/);
  });
});

describe('GetSessionToken', () => {
  test('gives a session that may do what the user may, and get no further one', async () => {
    const user = await account.user('worker', allow('ivschat:GetRoom', room));
    const session = credentialsOf(await stsOf(user.credentials).getSessionToken({ DurationSeconds: 900 }));
    assert.equal((await stsOf(session).getCallerIdentity()).Arn, arnOfUser('worker'));
    assert.equal(await mayGet(session), true);
    assert.notEqual(await mayList(session), true);
    await assert.rejects(stsOf(session).getSessionToken(), named('AccessDenied'));
  });
});

describe('a session ends', () => {
  async function session(name: string): Promise<Required<Credentials>> {
    const RoleArn = await role(name, WHOLE_ACCOUNT, allow('ivschat:GetRoom'));
    return credentialsOf(await stsOf(ROOT_KEY).assumeRole({ RoleArn, RoleSessionName: 'x1' }));
  }

  test('with its role', async () => {
    const credentials = await session('leaving');
    assert.equal(await mayGet(credentials), true);
    await account.iam.deleteRolePolicy({ RoleName: 'leaving', PolicyName: 'own' });
    await account.iam.deleteRole({ RoleName: 'leaving' });
    await assert.rejects(mayGet(credentials), named('UnrecognizedClientException'));
  });

  test('when those issued before a moment are revoked', async () => {
    const credentials = await session('revoked');
    await account.iam.putRolePolicy({
      RoleName: 'revoked',
      PolicyName: 'AWSRevokeOlderSessions',
      PolicyDocument: document(
        deny('*', '*', {
          Condition: { DateLessThan: { 'aws:TokenIssueTime': new Date(Date.now() + 1).toISOString() } },
        }),
      ),
    });
    assert.match(String(await mayGet(credentials)), /explicit deny/);
  });

  test('without its token, or with one that is altered', async () => {
    const { sessionToken, ...credentials } = await session('altered');
    await assert.rejects(mayGet(credentials), named('UnrecognizedClientException'));
    const altered = sessionToken.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    await assert.rejects(mayGet({ ...credentials, sessionToken: altered }), named('UnrecognizedClientException'));
  });
});
