/** Whom trust policies mean: those who had the ARN when the policy was put. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { STS } from '@aws-sdk/client-sts';
import type { Credentials } from '../../../src/aws/sigv4.ts';
import { refused } from '../support/expect.ts';
import { ACCOUNT, type Account, document, openAccount, type TestUser } from './support/account.ts';

let account: Account;
before(async () => {
  account = await openAccount();
});
after(() => account[Symbol.asyncDispose]());

const arnOf = (resource: string) => `arn:aws:iam::${ACCOUNT}:${resource}`;
const trusting = (...AWS: string[]) =>
  document({ Effect: 'Allow', Principal: { AWS }, Action: ['sts:AssumeRole', 'sts:TagSession'] });

/** Assumes the role. */
async function assume(name: string, credentials: Credentials): Promise<Credentials> {
  const { url: endpoint } = account.server;
  const sts = new STS({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  try {
    const { Credentials: made } = await sts.assumeRole({ RoleArn: arnOf(`role/${name}`), RoleSessionName: 'x1' });
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = made ?? {};
    return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  } finally {
    sts.destroy();
  }
}

async function remove({ name: UserName, credentials: { accessKeyId: AccessKeyId } }: TestUser): Promise<void> {
  await account.iam.deleteAccessKey({ UserName, AccessKeyId });
  await account.iam.deleteUser({ UserName });
}

/** The trust policy as GetRole and ListRoles show it. */
async function shown(RoleName: string): Promise<unknown> {
  const { Role } = await account.iam.getRole({ RoleName });
  const { Roles = [] } = await account.iam.listRoles();
  const listed = Roles.find((role) => role.RoleName === RoleName);
  assert.equal(listed?.AssumeRolePolicyDocument, Role?.AssumeRolePolicyDocument);
  return JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''));
}

const put = (RoleName: string, AssumeRolePolicyDocument: string) =>
  account.iam.createRole({ RoleName, AssumeRolePolicyDocument });

test('a user who is made again under a name is not the one who was trusted', async () => {
  const first = await account.user('anna');
  const { User } = await account.iam.getUser({ UserName: 'anna' });
  const trust = trusting(arnOf('user/anna'), ACCOUNT);
  const trustingAnna = trusting(arnOf('user/anna'));
  await put('anna-only', trustingAnna);
  await put('anna-and-all', trust);
  await assume('anna-only', first.credentials);
  assert.deepEqual(await shown('anna-only'), JSON.parse(trustingAnna));
  await remove(first);
  assert.deepEqual(await shown('anna-only'), JSON.parse(trusting(User?.UserId ?? '')));
  assert.deepEqual(await shown('anna-and-all'), JSON.parse(trusting(User?.UserId ?? '', ACCOUNT)));
  const second = await account.user('anna');
  await refused(assume('anna-only', second.credentials), 'AccessDenied');
  assert.deepEqual(await shown('anna-only'), JSON.parse(trusting(User?.UserId ?? '')));
  await account.iam.updateAssumeRolePolicy({ RoleName: 'anna-only', PolicyDocument: trustingAnna });
  await assume('anna-only', second.credentials);
});

test('a user who is called otherwise is still trusted, and who takes the old name is not', async () => {
  const bob = await account.user('bob');
  await put('bob-only', trusting(arnOf('user/bob')));
  await account.iam.updateUser({ UserName: 'bob', NewUserName: 'robert', NewPath: '/staff/' });
  await assume('bob-only', bob.credentials);
  assert.deepEqual(await shown('bob-only'), JSON.parse(trusting(arnOf('user/staff/robert'))));
  const other = await account.user('bob');
  await refused(assume('bob-only', other.credentials), 'AccessDenied');
});

test('a role that is made again is not the one that was trusted', async () => {
  const user = await account.user('chained');
  await put('first', trusting(arnOf('user/chained')));
  await put('second', trusting(arnOf('role/first')));
  await assume('second', await assume('first', user.credentials));
  await account.iam.deleteRole({ RoleName: 'first' });
  await put('first', trusting(arnOf('user/chained')));
  await refused(assume('second', await assume('first', user.credentials)), 'AccessDenied');
});

test('whom a policy leaves out is left out in person, too', async () => {
  const user = await account.user('spared');
  const Principal = { AWS: arnOf('user/spared') };
  const trust = [
    { Effect: 'Allow', Principal: { AWS: [ACCOUNT, arnOf('user/spared')] }, Action: 'sts:AssumeRole' },
    { Effect: 'Deny', NotPrincipal: Principal, Action: 'sts:AssumeRole' },
  ];
  await put('sparing', document(...trust));
  await assume('sparing', user.credentials);
  await remove(user);
  const again = await account.user('spared');
  await refused(assume('sparing', again.credentials), 'AccessDenied');
});

test('a trust policy names those who are there', async () => {
  const missing = (arn: string) => ({ message: `Invalid principal in policy: "AWS":"${arn}"` });
  for (const arn of [arnOf('user/nobody'), arnOf('user/path/bob'), arnOf('role/itself')]) {
    await refused(put('itself', trusting(arn)), 'MalformedPolicyDocumentException', missing(arn));
  }
  const elsewhere = trusting('arn:aws:iam::210987654321:user/nobody', `arn:aws:sts::${ACCOUNT}:assumed-role/none/x1`);
  await put('elsewhere', elsewhere);
  assert.deepEqual(await shown('elsewhere'), JSON.parse(elsewhere));
});
