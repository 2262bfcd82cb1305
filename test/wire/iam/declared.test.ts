/** Users, groups, roles and policies that the configuration file declares. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateUserCommand,
  GetRoleCommand,
  GetUserCommand,
  IAMClient,
  ListAttachedUserPoliciesCommand,
  ListUserPoliciesCommand,
  ListUsersCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { CreateRoomCommand, ListRoomsCommand } from '@aws-sdk/client-ivschat';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import {
  clientOf,
  ROOT_KEY,
  spawnServer,
  startServer,
  type TestServer,
  temporaryDirectory,
} from '../support/server.ts';

const allow = (...actions: string[]) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
});
const TRUST = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: '000000000000' }, Action: 'sts:AssumeRole' }],
};
const trusting = (resource: string) => ({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::000000000000:${resource}` }, Action: 'sts:AssumeRole' },
  ],
});
const KEY = { accessKeyId: 'AKIADECLAREDDECLARED', secretAccessKey: 'a-declared-secret-access-key' };
const keys = { 'access-keys': [{ 'access-key-id': KEY.accessKeyId, 'secret-access-key': KEY.secretAccessKey }] };

const FULL = {
  policies: { make: { document: allow('ivschat:CreateRoom') }, limit: { document: allow('ivschat:*') } },
  groups: { makers: { policies: ['make'] } },
  roles: { viewer: { 'trust-policy': TRUST, 'inline-policies': { view: allow('ivschat:ListRooms') } } },
  users: { backend: { path: '/apps/', groups: ['makers'], boundary: 'limit', tags: { team: 'chat' }, ...keys } },
};

let directory: ReturnType<typeof temporaryDirectory>;
beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => directory[Symbol.dispose]());

function configFile(iam: unknown): string {
  const path = join(directory.path, 'parlor.json');
  writeFileSync(path, JSON.stringify(iam === undefined ? {} : { iam }));
  return path;
}

/** Starts a server on the same data with what is declared; undefined: without the member. */
const startWith = (iam: unknown) => startServer({ config: configFile(iam), 'data-dir': join(directory.path, 'data') });

const iamOf = ({ url }: TestServer) => new IAMClient({ endpoint: url, region: 'us-east-1', credentials: ROOT_KEY });

async function namesOfUsers(server: TestServer): Promise<(string | undefined)[]> {
  const { Users = [] } = await iamOf(server).send(new ListUsersCommand({}));
  return Users.map(({ UserName }) => UserName);
}

test('a declared user may do what its groups say, with the declared key', async () => {
  await using server = await startWith(FULL);
  const client = clientOf(server.url, KEY);
  await client.send(new CreateRoomCommand({ name: 'declared' }));
  await assert.rejects(client.send(new ListRoomsCommand({})), { name: 'AccessDeniedException' });
});

test('the API shows what is declared', async () => {
  await using server = await startWith(FULL);
  const iam = iamOf(server);
  const { User } = await iam.send(new GetUserCommand({ UserName: 'backend' }));
  assert.equal(User?.Arn, 'arn:aws:iam::000000000000:user/apps/backend');
  assert.deepEqual(User.Tags, [{ Key: 'team', Value: 'chat' }]);
  assert.equal(User.PermissionsBoundary?.PermissionsBoundaryArn, 'arn:aws:iam::000000000000:policy/limit');
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'viewer' }));
  assert.deepEqual(JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')), TRUST);
});

test('a declared role may trust users and roles of the same file', async () => {
  const roles = {
    first: { 'trust-policy': trusting('role/second') },
    second: { 'trust-policy': trusting('user/backend') },
  };
  await using server = await startWith({ roles, users: { backend: keys } });
  const sts = new STSClient({ endpoint: server.url, region: 'us-east-1', credentials: KEY });
  const RoleArn = 'arn:aws:iam::000000000000:role/second';
  await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'x1' }));
  sts.destroy();
});

test('a second start with the same file changes nothing that can be seen', async () => {
  const seen: unknown[] = [];
  for (let start = 0; start < 2; start++) {
    await using server = await startWith(FULL);
    const { User } = await iamOf(server).send(new GetUserCommand({ UserName: 'backend' }));
    await clientOf(server.url, KEY).send(new CreateRoomCommand({}));
    seen.push(User);
  }
  assert.deepEqual(seen[0], seen[1]);
});

test('what the API changed of something declared is set right at the next start; keys it made stay', async () => {
  let made: { AccessKeyId?: string | undefined; SecretAccessKey?: string | undefined } | undefined;
  {
    await using server = await startWith(FULL);
    const iam = iamOf(server);
    const document = JSON.stringify(allow('ivschat:*'));
    await iam.send(new PutUserPolicyCommand({ UserName: 'backend', PolicyName: 'more', PolicyDocument: document }));
    ({ AccessKey: made } = await iam.send(new CreateAccessKeyCommand({ UserName: 'backend' })));
  }
  await using server = await startWith(FULL);
  const { PolicyNames } = await iamOf(server).send(new ListUserPoliciesCommand({ UserName: 'backend' }));
  assert.deepEqual(PolicyNames, []);
  const credentials = { accessKeyId: made?.AccessKeyId ?? '', secretAccessKey: made?.SecretAccessKey ?? '' };
  await clientOf(server.url, credentials).send(new CreateRoomCommand({}));
});

test('what is gone from the file is gone; what the API made stays', async () => {
  {
    await using server = await startWith(FULL);
    await iamOf(server).send(new CreateUserCommand({ UserName: 'alice' }));
  }
  await using server = await startWith({ users: { other: {} } });
  assert.deepEqual(await namesOfUsers(server), ['alice', 'other']);
  const client = clientOf(server.url, KEY);
  await assert.rejects(client.send(new CreateRoomCommand({})), { name: 'UnrecognizedClientException' });
});

test('without the member "iam" everything stays', async () => {
  await (await startWith(FULL))[Symbol.asyncDispose]();
  await using server = await startWith(undefined);
  assert.deepEqual(await namesOfUsers(server), ['backend']);
});

test('a policy that something of the API still has stays', async () => {
  {
    await using server = await startWith(FULL);
    const iam = iamOf(server);
    await iam.send(new CreateUserCommand({ UserName: 'alice' }));
    const PolicyArn = 'arn:aws:iam::000000000000:policy/make';
    await iam.send(new AttachUserPolicyCommand({ UserName: 'alice', PolicyArn }));
  }
  await using server = await startWith({});
  const attached = await iamOf(server).send(new ListAttachedUserPoliciesCommand({ UserName: 'alice' }));
  assert.equal(attached.AttachedPolicies?.[0]?.PolicyName, 'make');
  assert.ok(server.log.some((line) => line.includes('is not declared any more but used')));
});

test('a name that the API has taken stops the start, and nothing is changed', async () => {
  {
    await using server = await startWith({});
    await iamOf(server).send(new CreateUserCommand({ UserName: 'Backend' }));
  }
  await assert.rejects(startWith(FULL), {
    name: 'ConfigError',
    message: /parlor\.json: iam\.users\.backend exists already and was not declared/,
  });
  await using server = await startWith(undefined);
  await assert.rejects(iamOf(server).send(new GetRoleCommand({ RoleName: 'viewer' })), {
    name: 'NoSuchEntityException',
  });
});

test('keys come from variables', async () => {
  const named = { 'access-key-id-env': 'BACKEND_KEY', 'secret-access-key-env': 'BACKEND_SECRET' };
  const iam = { users: { backend: { 'inline-policies': { list: allow('ivschat:List*') }, 'access-keys': [named] } } };
  const args = ['--config', configFile(iam)];
  const env = { BACKEND_KEY: KEY.accessKeyId, BACKEND_SECRET: KEY.secretAccessKey };
  await using server = await spawnServer([...args, '--data-dir', join(directory.path, 'data')], env);
  await clientOf(server.url, KEY).send(new ListRoomsCommand({}));
  await assert.rejects(
    spawnServer([...args, '--data-dir', join(directory.path, 'other')]),
    /iam\.users\.backend\.access-keys\[0\]\.access-key-id-env: the variable BACKEND_KEY must hold/,
  );
});

describe('a mistake stops the start with its place', () => {
  const cases: readonly (readonly [iam: unknown, message: RegExp])[] = [
    [[], /iam must be a JSON object/],
    [{ user: {} }, /iam\.user is not known/],
    [{ users: { backend: { group: [] } } }, /iam\.users\.backend\.group is not known/],
    [{ users: { 'a b': {} } }, /iam\.users \(key\) must match/],
    [{ users: { a: {}, A: {} } }, /iam\.users\.A is declared twice/],
    [{ users: { a: { groups: ['none'] } } }, /iam\.users\.a\.groups names the group none, which there is not/],
    [{ users: { a: { policies: ['none'] } } }, /iam\.users\.a\.policies names the policy none/],
    [{ users: { a: { boundary: 'none' } } }, /iam\.users\.a\.boundary names the policy none/],
    [{ users: { a: { tags: { 'aws:x': '1' } } } }, /iam\.users\.a\.tags: Tag keys must not begin with aws:/],
    [{ users: { a: { 'access-keys': [{}] } } }, /iam\.users\.a\.access-keys\[0\] must have one of access-key-id and/],
    [{ users: { a: keys, b: keys } }, /iam\.users\.b\.access-keys has the key AKIADECLAREDDECLARED/],
    [{ roles: { r: {} } }, /iam\.roles\.r\.trust-policy is required/],
    [
      { roles: { r: { 'trust-policy': trusting('user/x') } } },
      /iam\.roles\.r\.trust-policy: Invalid principal .*user\/x/,
    ],
    [
      { policies: { p: { document: { Statement: [{ Effect: 'Maybe' }] } } } },
      /iam\.policies\.p\.document is malformed: .*Effect/,
    ],
  ];
  for (const [iam, message] of cases) {
    test(JSON.stringify(iam), () => assert.rejects(startWith(iam), { name: 'ConfigError', message }));
  }
});
