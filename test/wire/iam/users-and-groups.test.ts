import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { IAM } from '@aws-sdk/client-iam';
import { refused } from '../support/expect.ts';
import { temporaryDirectory } from '../support/server.ts';
import { ACCOUNT, type Account, allow, document, openAccount } from './support/account.ts';

const BOUNDARY = document(allow('ivschat:*'));

using directory = temporaryDirectory();
let account: Account;
let iam: IAM;

before(async () => {
  account = await openAccount({ 'data-dir': directory.path });
  iam = account.iam;
});
after(() => account[Symbol.asyncDispose]());

describe('a user', () => {
  test('has a path, tags, a boundary and an id of its own', async () => {
    const { Policy } = await iam.createPolicy({ PolicyName: 'limit', PolicyDocument: BOUNDARY });
    const given = {
      UserName: 'Full.Name+1@x',
      Path: '/a/b/',
      Tags: [{ Key: 'team', Value: '' }],
      PermissionsBoundary: Policy?.Arn,
    };
    const { User: created } = await iam.createUser(given);
    const { User: user } = await iam.getUser({ UserName: 'full.name+1@X' });
    assert.deepEqual(user, created);
    assert.partialDeepStrictEqual(user, {
      UserName: 'Full.Name+1@x',
      Arn: `arn:aws:iam::${ACCOUNT}:user/a/b/Full.Name+1@x`,
      Tags: given.Tags,
      PermissionsBoundary: {
        PermissionsBoundaryType: 'PermissionsBoundaryPolicy',
        PermissionsBoundaryArn: Policy?.Arn,
      },
    });
    assert.match(user?.UserId ?? '', /^AIDA[A-Z2-7]{17}$/);
  });

  test('has a name that no other has, in any case', async () => {
    await iam.createUser({ UserName: 'single' });
    await refused(iam.createUser({ UserName: 'Single' }), 'EntityAlreadyExistsException');
    await iam.createUser({ UserName: 'taken' });
    await refused(iam.updateUser({ UserName: 'single', NewUserName: 'TAKEN' }), 'EntityAlreadyExistsException');
    await iam.updateUser({ UserName: 'single', NewUserName: 'SINGLE' });
    assert.equal((await iam.getUser({ UserName: 'single' })).User?.UserName, 'SINGLE');
  });

  test('is nobody when it does not exist', async () => {
    const UserName = 'nobody';
    const missing = { message: 'The user with name nobody cannot be found.', $metadata: { httpStatusCode: 404 } };
    await refused(iam.getUser({ UserName }), 'NoSuchEntityException', missing);
    await refused(iam.createAccessKey({ UserName }), 'NoSuchEntityException', missing);
    await refused(iam.deleteUser({ UserName }), 'NoSuchEntityException', missing);
    await refused(iam.listUserPolicies({ UserName }), 'NoSuchEntityException', missing);
    await refused(iam.listGroupsForUser({ UserName }), 'NoSuchEntityException', missing);
  });

  test('is deleted when nothing hangs on it', async () => {
    const UserName = 'leaving';
    const user = await account.user(UserName, allow('*'));
    const { Policy: { Arn: PolicyArn = '' } = {} } = await iam.createPolicy({
      PolicyName: 'hanging',
      PolicyDocument: BOUNDARY,
    });
    await iam.attachUserPolicy({ UserName, PolicyArn });
    await iam.createGroup({ GroupName: 'leavers' });
    await iam.addUserToGroup({ GroupName: 'leavers', UserName });
    const conflict = (what: string) =>
      refused(iam.deleteUser({ UserName }), 'DeleteConflictException', {
        message: `Cannot delete entity, must ${what} first.`,
      });
    await conflict('detach all policies');
    await iam.detachUserPolicy({ UserName, PolicyArn });
    await conflict('delete policies');
    await iam.deleteUserPolicy({ UserName, PolicyName: 'own' });
    await conflict('delete access keys');
    await iam.deleteAccessKey({ UserName, AccessKeyId: user.credentials.accessKeyId });
    await conflict('remove users from group');
    await iam.removeUserFromGroup({ GroupName: 'leavers', UserName });
    await iam.deleteUser({ UserName });
    await refused(iam.getUser({ UserName }), 'NoSuchEntityException');
  });

  test('asks about itself without a name', async () => {
    const { User: root } = await iam.getUser({});
    assert.partialDeepStrictEqual(root, { UserId: ACCOUNT, Arn: `arn:aws:iam::${ACCOUNT}:root` });
    const own = `arn:aws:iam::${ACCOUNT}:user/\${aws:username}`;
    const user = await account.user('self', allow(['iam:GetUser', 'iam:*AccessKey*'], own));
    assert.equal((await user.iam.getUser({})).User?.UserName, 'self');
    const { AccessKey } = await user.iam.createAccessKey({});
    const { AccessKeyMetadata } = await user.iam.listAccessKeys({});
    const ids = [user.credentials.accessKeyId, AccessKey?.AccessKeyId];
    assert.deepEqual(AccessKeyMetadata?.map(({ AccessKeyId }) => AccessKeyId).sort(), ids.sort());
    await refused(iam.createAccessKey({}), 'ValidationError');
  });

  test('has at most fifty tags, whose keys differ in more than case', async () => {
    const UserName = 'tagged';
    await iam.createUser({ UserName, Tags: [{ Key: 'Team', Value: 'red' }] });
    await iam.tagUser({ UserName, Tags: [{ Key: 'team', Value: 'blue' }] });
    assert.deepEqual((await iam.listUserTags({ UserName })).Tags, [{ Key: 'team', Value: 'blue' }]);
    const many = Array.from({ length: 50 }, (_, i) => ({ Key: `k${i}`, Value: 'x' }));
    await refused(iam.tagUser({ UserName, Tags: many }), 'LimitExceededException');
    const twice = [
      { Key: 'a', Value: '1' },
      { Key: 'A', Value: '2' },
    ];
    await refused(iam.tagUser({ UserName, Tags: twice }), 'InvalidInputException');
    await refused(iam.tagUser({ UserName, Tags: [{ Key: 'aws:a', Value: '' }] }), 'InvalidInputException');
    await iam.untagUser({ UserName, TagKeys: ['TEAM', 'none'] });
    assert.deepEqual((await iam.listUserTags({ UserName })).Tags, []);
  });
});

describe('an access key', () => {
  test('shows its secret once, and keeps it from the database and the log', async () => {
    const { credentials } = await account.user('secretive');
    const { secretAccessKey } = credentials;
    assert.match(secretAccessKey, /^[A-Za-z0-9+/]{40}$/);
    const { AccessKeyMetadata } = await iam.listAccessKeys({ UserName: 'secretive' });
    assert.equal(JSON.stringify(AccessKeyMetadata).includes(secretAccessKey), false);
    for (const file of readdirSync(directory.path)) {
      assert.equal(readFileSync(join(directory.path, file)).includes(secretAccessKey), false, file);
    }
    assert.equal(account.server.log.join('').includes(secretAccessKey), false);
  });

  test('is the user’s whom it was made for', async () => {
    const { credentials } = await account.user('owner');
    await account.user('thief');
    const AccessKeyId = credentials.accessKeyId;
    await refused(iam.deleteAccessKey({ UserName: 'thief', AccessKeyId }), 'NoSuchEntityException');
    const { UserName } = await iam.getAccessKeyLastUsed({ AccessKeyId });
    assert.equal(UserName, 'owner');
  });
});

describe('a group', () => {
  test('has members, each once', async () => {
    const GroupName = 'crew';
    const { Group } = await iam.createGroup({ GroupName, Path: '/ship/' });
    assert.equal(Group?.Arn, `arn:aws:iam::${ACCOUNT}:group/ship/crew`);
    for (const UserName of ['mate', 'boatswain']) {
      await iam.createUser({ UserName });
      await iam.addUserToGroup({ GroupName, UserName });
      await iam.addUserToGroup({ GroupName, UserName });
    }
    const { Users } = await iam.getGroup({ GroupName });
    assert.deepEqual(
      Users?.map(({ UserName }) => UserName),
      ['boatswain', 'mate'],
    );
    const { Groups } = await iam.listGroupsForUser({ UserName: 'mate' });
    assert.deepEqual(Groups, [Group]);
    await refused(iam.deleteGroup({ GroupName }), 'DeleteConflictException');
  });

  test('may be renamed and deleted', async () => {
    await iam.createGroup({ GroupName: 'old' });
    await iam.updateGroup({ GroupName: 'old', NewGroupName: 'new', NewPath: '/p/' });
    const { Groups } = await iam.listGroups({ PathPrefix: '/p/' });
    assert.deepEqual(
      Groups?.map(({ Arn }) => Arn),
      [`arn:aws:iam::${ACCOUNT}:group/p/new`],
    );
    await iam.deleteGroup({ GroupName: 'new' });
    await refused(iam.getGroup({ GroupName: 'new' }), 'NoSuchEntityException');
  });

  test('is one of ten at most that a user is in', async () => {
    await iam.createUser({ UserName: 'busy' });
    for (let i = 0; i < 10; i++) {
      await iam.createGroup({ GroupName: `g${i}` });
      await iam.addUserToGroup({ GroupName: `g${i}`, UserName: 'busy' });
    }
    await iam.createGroup({ GroupName: 'g10' });
    await refused(iam.addUserToGroup({ GroupName: 'g10', UserName: 'busy' }), 'LimitExceededException');
    await iam.addUserToGroup({ GroupName: 'g9', UserName: 'busy' });
  });
});

describe('a listing', () => {
  test('is paged by markers that hold for it alone', async () => {
    for (let i = 0; i < 5; i++) await iam.createUser({ UserName: `page${i}`, Path: '/paged/' });
    const names: (string | undefined)[] = [];
    let Marker: string | undefined;
    do {
      const page = await iam.listUsers({ PathPrefix: '/paged/', MaxItems: 2, ...(Marker && { Marker }) });
      names.push(...(page.Users ?? []).map(({ UserName }) => UserName));
      assert.equal(page.IsTruncated, page.Marker !== undefined);
      const foreign = page.Marker;
      if (foreign) await refused(iam.listUsers({ PathPrefix: '/', Marker: foreign }), 'ValidationError');
      Marker = page.Marker;
    } while (Marker);
    assert.deepEqual(names, ['page0', 'page1', 'page2', 'page3', 'page4']);
    await refused(iam.listUsers({ Marker: 'made-up' }), 'ValidationError');
  });
});
