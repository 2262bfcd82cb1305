/** Who is told of, and when, as users, roles and what they have change. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createSealer } from '../../../src/aws/jwe.ts';
import type { Call } from '../../../src/aws/operation.ts';
import { createPageTokens } from '../../../src/aws/page-token.ts';
import { systemClock } from '../../../src/engine/clock.ts';
import { createAccessKeys } from '../../../src/iam/access-key-facts.ts';
import { createAuthorize } from '../../../src/iam/authorize.ts';
import { createIamIds } from '../../../src/iam/identifiers.ts';
import { createIdentities } from '../../../src/iam/identities.ts';
import { LastUsed } from '../../../src/iam/last-used.ts';
import { iamMigrations } from '../../../src/iam/migrations/index.ts';
import type { IamContext } from '../../../src/iam/operation.ts';
import { rootPrincipal } from '../../../src/iam/principals.ts';
import { iamOperations, iamScope } from '../../../src/iam/service.ts';
import type { IamTables } from '../../../src/iam/tables.ts';
import { openSqlite } from '../../../src/storage/sqlite.ts';
import { temporaryDirectory } from '../storage/support/sqlite.ts';

const ACCOUNT = '000000000000';
const ANYTHING = JSON.stringify({ Statement: { Effect: 'Allow', Action: '*', Resource: '*' } });
const NOTHING = ANYTHING.replace('Allow', 'Deny');
const TRUST = JSON.stringify({ Statement: { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sts:AssumeRole' } });

const resources = new AsyncDisposableStack();
let context: IamContext;
let UserId = '';
let RoleId = '';
let PolicyArn = '';
const told: string[] = [];
const asRoot = { principal: rootPrincipal(ACCOUNT), scope: iamScope(ACCOUNT), requestId: '', host: '' };
const access = { sourceIp: '127.0.0.1', time: 0, secureTransport: false, region: 'us-east-1' };
const UserName = 'alice';
const GroupName = 'readers';
const RoleName = 'chat';

/** Makes a call of the IAM API as the root, and gives whom it told of. */
async function changed<Input>(
  operation: { handle(call: Call<Input> & IamContext): unknown },
  input: NoInfer<Input>,
): Promise<string[]> {
  told.length = 0;
  await operation.handle({ ...context, ...asRoot, access, input });
  return [...told];
}

before(async () => {
  const clock = systemClock();
  const directory = resources.use(temporaryDirectory());
  const onError = (error: unknown) => {
    throw error;
  };
  const { read, write } = resources.use(
    await openSqlite<IamTables>({
      directory: directory.path,
      migrations: iamMigrations,
      clock,
      onFatal: onError,
      onError,
    }),
  );
  const key = { kid: 'k', key: Buffer.alloc(32, 7) };
  const sealer = createSealer({ current: () => key, find: () => key }, 'access-key');
  context = {
    read,
    write,
    clock,
    sealer,
    ids: createIamIds(),
    pages: createPageTokens(sealer),
    identities: createIdentities({ read, scope: asRoot.scope, capacity: 10 }),
    accessKeys: createAccessKeys({ read, sealer, capacity: 10 }),
    lastUsed: resources.use(new LastUsed({ write, clock, report: onError })),
  };
  const { CreateUser, CreateRole, CreateGroup, CreatePolicy } = iamOperations;
  const given = { ...context, ...asRoot, access };
  ({
    User: { UserId },
  } = await CreateUser.handle({ ...given, input: { UserName } }));
  ({
    Role: { RoleId },
  } = await CreateRole.handle({ ...given, input: { RoleName, AssumeRolePolicyDocument: TRUST } }));
  ({
    Policy: { Arn: PolicyArn },
  } = await CreatePolicy.handle({ ...given, input: { PolicyName: 'all', PolicyDocument: ANYTHING } }));
  await CreateGroup.handle({ ...given, input: { GroupName } });
  context.identities.onChange((id) => told.push(id));
});
after(() => resources.disposeAsync());

test('policies, groups, tags and boundaries of a user', async () => {
  const { PutUserPolicy, AddUserToGroup, PutGroupPolicy, TagUser, PutUserPermissionsBoundary } = iamOperations;
  const own = { PolicyName: 'own', PolicyDocument: ANYTHING };
  assert.deepEqual(await changed(PutUserPolicy, { UserName, ...own }), [UserId]);
  assert.deepEqual(await changed(PutGroupPolicy, { GroupName, ...own }).then((ids) => ids.includes(UserId)), false);
  assert.deepEqual(await changed(AddUserToGroup, { UserName, GroupName }), [UserId]);
  assert.ok((await changed(PutGroupPolicy, { GroupName, ...own })).includes(UserId));
  assert.deepEqual(await changed(TagUser, { UserName, Tags: [{ Key: 'team', Value: 'chat' }] }), [UserId]);
  assert.deepEqual(await changed(PutUserPermissionsBoundary, { UserName, PermissionsBoundary: PolicyArn }), [UserId]);
});

test('a managed policy changes all who have it, each once', async () => {
  const { AttachRolePolicy, AttachUserPolicy, CreatePolicyVersion } = iamOperations;
  assert.deepEqual(await changed(AttachRolePolicy, { RoleName, PolicyArn }), [RoleId]);
  assert.deepEqual(await changed(AttachUserPolicy, { UserName, PolicyArn }), [UserId]);
  const version = { PolicyArn, PolicyDocument: NOTHING, SetAsDefault: true };
  assert.deepEqual((await changed(CreatePolicyVersion, version)).toSorted(), [UserId, RoleId].toSorted());
});

test('a key that is switched off, and what is asked right away is answered as it is now', async () => {
  const { CreateAccessKey, UpdateAccessKey, DeleteAccessKey } = iamOperations;
  const { DeleteUserPermissionsBoundary, DetachUserPolicy } = iamOperations;
  await changed(DeleteUserPermissionsBoundary, { UserName });
  await changed(DetachUserPolicy, { UserName, PolicyArn });
  const { AccessKey } = await CreateAccessKey.handle({ ...context, ...asRoot, access, input: { UserName } });
  const { AccessKeyId } = AccessKey;
  const authorize = createAuthorize(context);
  const arn = asRoot.scope.arn(`user/${UserName}`);
  const principal = { type: 'User', arn, accountId: ACCOUNT, id: UserId, accessKeyId: AccessKeyId } as const;
  const mayConnect = async () =>
    (await authorize({ principal, action: 'chime:Connect', resources: ['*'], context: access })).allowed;
  assert.equal(await mayConnect(), true);
  let asked: Promise<boolean> | undefined;
  const end = context.identities.onChange(() => {
    asked = mayConnect();
  });
  const update = { UserName, AccessKeyId };
  assert.deepEqual(await changed(UpdateAccessKey, { ...update, Status: 'Inactive' }), [UserId]);
  assert.equal(await asked, false);
  await changed(UpdateAccessKey, { ...update, Status: 'Active' });
  assert.equal(await asked, true);
  end();
  assert.deepEqual(await changed(DeleteAccessKey, update), [UserId]);
  assert.equal(await asked, true);
  assert.equal(await mayConnect(), false);
});

test('a role that is deleted', async () => {
  const { DetachRolePolicy, DeleteRole } = iamOperations;
  await changed(DetachRolePolicy, { RoleName, PolicyArn });
  assert.deepEqual(await changed(DeleteRole, { RoleName }), [RoleId]);
});

test('nobody is told of a change that fails', async () => {
  await assert.rejects(changed(iamOperations.DeleteUser, { UserName }));
  assert.deepEqual(told, []);
});
