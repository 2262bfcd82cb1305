/** Users may do what their policies say, from the moment that they say it until they say it no more. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { IAM } from '@aws-sdk/client-iam';
import {
  CreateRoomCommand,
  DeleteRoomCommand,
  GetRoomCommand,
  ListRoomsCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-ivschat';
import {
  ACCOUNT,
  type Account,
  allow,
  allowed,
  deny,
  document,
  openAccount,
  type TestUser,
} from './support/account.ts';

let account: Account;
let iam: IAM;
let room: string;
let other: string;

before(async () => {
  account = await openAccount();
  iam = account.iam;
  room = await createRoom({});
  other = await createRoom({});
});
after(() => account[Symbol.asyncDispose]());

async function createRoom(tags: Record<string, string>): Promise<string> {
  const { arn = '' } = await account.chat.send(new CreateRoomCommand({ tags }));
  return arn;
}

const getRoom = ({ chat }: TestUser, identifier = room) => chat.send(new GetRoomCommand({ identifier }));
const mayGet = (user: TestUser, identifier = room) => allowed(getRoom(user, identifier));

async function createPolicy(name: string, ...statements: Parameters<typeof document>): Promise<string> {
  const input = { PolicyName: name, PolicyDocument: document(...statements) };
  const { Policy } = await iam.createPolicy(input);
  return Policy?.Arn ?? '';
}

describe('a policy', () => {
  test('allows exactly what it says', async () => {
    const user = await account.user('exact', allow('ivschat:GetRoom', room));
    const arn = `arn:aws:iam::${ACCOUNT}:user/exact`;
    const because = (action: string, resource: string) =>
      `User: ${arn} is not authorized to perform: ${action} on resource: ${resource} ` +
      `because no identity-based policy allows the ${action} action`;
    assert.equal(await mayGet(user), true);
    assert.equal(await mayGet(user, other), because('ivschat:GetRoom', other));
    const list = await allowed(user.chat.send(new ListRoomsCommand({})));
    assert.equal(list, because('ivschat:ListRooms', `arn:aws:ivschat:us-east-1:${ACCOUNT}:room/*`));
    const remove = await allowed(user.chat.send(new DeleteRoomCommand({ identifier: room })));
    assert.equal(remove, because('ivschat:DeleteRoom', room));
    const users = await allowed(user.iam.listUsers({}));
    assert.equal(users, because('iam:ListUsers', `arn:aws:iam::${ACCOUNT}:user/`));
    assert.equal(await allowed(user.iam.getUser({})), because('iam:GetUser', arn));
  });

  test('denies whatever another allows', async () => {
    const user = await account.user('denied', allow('ivschat:*'), deny('ivschat:GetRoom', other));
    assert.equal(await mayGet(user), true);
    const why = await mayGet(user, other);
    assert.match(String(why), /with an explicit deny in an identity-based policy$/);
  });

  test('is in force as soon as it is put, and no longer when it is deleted', async () => {
    const user = await account.user('fickle');
    const own = { UserName: 'fickle', PolicyName: 'p' };
    assert.notEqual(await mayGet(user), true);
    await iam.putUserPolicy({ ...own, PolicyDocument: document(allow('ivschat:GetRoom')) });
    assert.equal(await mayGet(user), true);
    await iam.putUserPolicy({ ...own, PolicyDocument: document(allow('ivschat:ListRooms')) });
    assert.notEqual(await mayGet(user), true);
    await iam.putUserPolicy({ ...own, PolicyDocument: document(allow('*')) });
    assert.equal(await mayGet(user), true);
    await iam.deleteUserPolicy(own);
    assert.notEqual(await mayGet(user), true);
  });

  test('that is managed is in force while it is attached, in its default version', async () => {
    const user = await account.user('managed');
    const PolicyArn = await createPolicy('reader', allow('ivschat:GetRoom'));
    await iam.attachUserPolicy({ UserName: 'managed', PolicyArn });
    assert.equal(await mayGet(user), true);
    const PolicyDocument = document(allow('ivschat:ListRooms'));
    await iam.createPolicyVersion({ PolicyArn, PolicyDocument, SetAsDefault: true });
    assert.notEqual(await mayGet(user), true);
    await iam.setDefaultPolicyVersion({ PolicyArn, VersionId: 'v1' });
    assert.equal(await mayGet(user), true);
    await iam.detachUserPolicy({ UserName: 'managed', PolicyArn });
    assert.notEqual(await mayGet(user), true);
  });

  test('of a group is its members’', async () => {
    const user = await account.user('member');
    const membership = { GroupName: 'readers', UserName: 'member' };
    await iam.createGroup({ GroupName: 'readers' });
    await iam.addUserToGroup(membership);
    assert.notEqual(await mayGet(user), true);
    const own = { GroupName: 'readers', PolicyName: 'p', PolicyDocument: document(allow('ivschat:GetRoom', room)) };
    await iam.putGroupPolicy(own);
    assert.equal(await mayGet(user), true);
    const PolicyArn = await createPolicy('closed', deny('ivschat:GetRoom'));
    await iam.attachGroupPolicy({ GroupName: 'readers', PolicyArn });
    assert.notEqual(await mayGet(user), true);
    const PolicyDocument = document(deny('ivschat:ListRooms'));
    await iam.createPolicyVersion({ PolicyArn, PolicyDocument, SetAsDefault: true });
    assert.equal(await mayGet(user), true);
    await iam.removeUserFromGroup(membership);
    assert.notEqual(await mayGet(user), true);
  });

  test('that is a boundary is the most that a user may do', async () => {
    const user = await account.user('bounded', allow('ivschat:*'));
    const PermissionsBoundary = await createPolicy('boundary', allow('ivschat:GetRoom', other));
    await iam.putUserPermissionsBoundary({ UserName: 'bounded', PermissionsBoundary });
    assert.match(String(await mayGet(user)), /because no permissions boundary allows the ivschat:GetRoom action$/);
    assert.equal(await mayGet(user, other), true);
    const PolicyDocument = document(allow('*'));
    await iam.createPolicyVersion({ PolicyArn: PermissionsBoundary, PolicyDocument, SetAsDefault: true });
    assert.equal(await mayGet(user), true);
  });
});

describe('an access key', () => {
  test('works from its creation until it is deactivated or deleted', async () => {
    const user = await account.user('keys', allow('ivschat:GetRoom'));
    const key = { UserName: 'keys', AccessKeyId: user.credentials.accessKeyId };
    const unusable = { name: 'UnrecognizedClientException' };
    await getRoom(user);
    await iam.updateAccessKey({ ...key, Status: 'Inactive' });
    await assert.rejects(getRoom(user), unusable);
    await iam.updateAccessKey({ ...key, Status: 'Active' });
    await getRoom(user);
    await iam.deleteAccessKey(key);
    await assert.rejects(getRoom(user), unusable);
  });

  test('of a user who is renamed stays the user’s', async () => {
    const user = await account.user('before', allow('iam:GetUser', `arn:aws:iam::${ACCOUNT}:user/new/after`));
    await iam.updateUser({ UserName: 'before', NewUserName: 'after', NewPath: '/new/' });
    const { User } = await user.iam.getUser({});
    assert.equal(User?.Arn, `arn:aws:iam::${ACCOUNT}:user/new/after`);
  });

  test('is the second at most', async () => {
    await account.user('two');
    await iam.createAccessKey({ UserName: 'two' });
    const third = iam.createAccessKey({ UserName: 'two' });
    await assert.rejects(third, { name: 'LimitExceededException' });
  });
});

describe('tags', () => {
  const create = ({ chat }: TestUser, tags?: Record<string, string>) =>
    allowed(chat.send(new CreateRoomCommand(tags ? { tags } : {})));

  test('on what is created need TagResource as well', async () => {
    const user = await account.user('creator', allow('ivschat:CreateRoom'));
    assert.equal(await create(user), true);
    assert.equal(await create(user, {}), true);
    assert.match(String(await create(user, { a: 'b' })), /not authorized to perform: ivschat:TagResource on resource/);
    const both = await account.user('tagger', allow(['ivschat:CreateRoom', 'ivschat:TagResource']));
    assert.equal(await create(both, { a: 'b' }), true);
  });

  test('of the request are conditions', async () => {
    const condition = {
      StringEquals: { 'aws:RequestTag/stage': 'test' },
      'ForAllValues:StringEquals': { 'aws:TagKeys': ['stage'] },
    };
    const actions = ['ivschat:CreateRoom', 'ivschat:TagResource'];
    const user = await account.user('stage', allow(actions, '*', { Condition: condition }));
    assert.equal(await create(user, { stage: 'test' }), true);
    assert.notEqual(await create(user, { stage: 'live' }), true);
    assert.notEqual(await create(user, { stage: 'test', more: '1' }), true);
    assert.notEqual(await create(user), true);
  });

  test('of the resource are conditions, as they are now', async () => {
    const user = await account.user(
      'team',
      allow('ivschat:GetRoom', '*', {
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a policy variable
        Condition: { StringEquals: { 'aws:ResourceTag/team': '${aws:PrincipalTag/team}' } },
      }),
    );
    const resourceArn = await createRoom({ team: 'red' });
    assert.notEqual(await mayGet(user, resourceArn), true);
    await iam.tagUser({ UserName: 'team', Tags: [{ Key: 'team', Value: 'red' }] });
    assert.equal(await mayGet(user, resourceArn), true);
    await account.chat.send(new TagResourceCommand({ resourceArn, tags: { team: 'blue' } }));
    assert.notEqual(await mayGet(user, resourceArn), true);
    await account.chat.send(new TagResourceCommand({ resourceArn, tags: { team: 'red' } }));
    assert.equal(await mayGet(user, resourceArn), true);
    await account.chat.send(new UntagResourceCommand({ resourceArn, tagKeys: ['team'] }));
    assert.notEqual(await mayGet(user, resourceArn), true);
  });
});

describe('a user who manages others', () => {
  test('may be limited to those of a path', async () => {
    const user = await account.user('manager', allow('iam:*', `arn:aws:iam::${ACCOUNT}:user/staff/*`));
    await account.user('outsider');
    const move = (UserName: string, NewPath: string) => allowed(user.iam.updateUser({ UserName, NewPath }));
    assert.notEqual(await move('outsider', '/staff/'), true);
    await iam.updateUser({ UserName: 'outsider', NewPath: '/staff/' });
    assert.equal(await move('outsider', '/staff/night/'), true);
    assert.notEqual(await move('outsider', '/'), true);
  });

  test('may be limited to users with a boundary', async () => {
    const boundary = await createPolicy('limit', allow('ivschat:GetRoom'));
    const Condition = { StringEquals: { 'iam:PermissionsBoundary': boundary } };
    const user = await account.user('delegate', allow('iam:PutUserPolicy', '*', { Condition }));
    await account.user('free');
    const PolicyDocument = document(allow('*'));
    const put = () => allowed(user.iam.putUserPolicy({ UserName: 'free', PolicyName: 'p', PolicyDocument }));
    assert.notEqual(await put(), true);
    await iam.putUserPermissionsBoundary({ UserName: 'free', PermissionsBoundary: boundary });
    assert.equal(await put(), true);
  });
});
