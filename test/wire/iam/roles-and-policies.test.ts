import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { IAM } from '@aws-sdk/client-iam';
import { refused } from '../support/expect.ts';
import { ACCOUNT, type Account, allow, deny, document, openAccount, TRUST } from './support/account.ts';

const READ = document(allow('ivschat:GetRoom'));

let account: Account;
let iam: IAM;

before(async () => {
  account = await openAccount();
  iam = account.iam;
});
after(() => account[Symbol.asyncDispose]());

async function createPolicy(PolicyName: string, PolicyDocument = READ): Promise<string> {
  const { Policy } = await iam.createPolicy({ PolicyName, PolicyDocument });
  return Policy?.Arn ?? '';
}

describe('a role', () => {
  test('has a trust policy, a description and a longest session', async () => {
    const RoleName = 'chat';
    const { Role: created } = await iam.createRole({
      RoleName,
      Path: '/app/',
      AssumeRolePolicyDocument: TRUST,
      Description: 'for chat',
      MaxSessionDuration: 7200,
      Tags: [{ Key: 'a', Value: 'b' }],
    });
    const { Role } = await iam.getRole({ RoleName });
    assert.deepEqual(Role, created);
    assert.partialDeepStrictEqual(Role, {
      Arn: `arn:aws:iam::${ACCOUNT}:role/app/chat`,
      Description: 'for chat',
      MaxSessionDuration: 7200,
    });
    assert.equal(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''), TRUST);
    assert.match(Role?.RoleId ?? '', /^AROA[A-Z2-7]{17}$/);
  });

  test('may be changed', async () => {
    const RoleName = 'changing';
    await iam.createRole({ RoleName, AssumeRolePolicyDocument: TRUST });
    await iam.updateRole({ RoleName, Description: 'new', MaxSessionDuration: 43_200 });
    const trust = TRUST.replace('Allow', 'Deny');
    await iam.updateAssumeRolePolicy({ RoleName, PolicyDocument: trust });
    await iam.tagRole({ RoleName, Tags: [{ Key: 'a', Value: 'b' }] });
    const { Role } = await iam.getRole({ RoleName });
    assert.partialDeepStrictEqual(Role, {
      Description: 'new',
      MaxSessionDuration: 43_200,
      Tags: [{ Key: 'a', Value: 'b' }],
    });
    assert.equal(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''), trust);
  });

  test('is refused with a trust policy that is none', async () => {
    const create = (AssumeRolePolicyDocument: string) => iam.createRole({ RoleName: 'bad', AssumeRolePolicyDocument });
    await refused(create(READ), 'MalformedPolicyDocumentException');
    await refused(create('{'), 'MalformedPolicyDocumentException');
    const long = { ...JSON.parse(TRUST), Id: 'x'.repeat(2048) };
    await refused(create(JSON.stringify(long)), 'LimitExceededException');
  });

  test('is deleted when no policy hangs on it, and never has instance profiles', async () => {
    const RoleName = 'temporary';
    await account.role(RoleName);
    await iam.putRolePolicy({ RoleName, PolicyName: 'p', PolicyDocument: READ });
    assert.deepEqual((await iam.listInstanceProfilesForRole({ RoleName })).InstanceProfiles, []);
    await refused(iam.deleteRole({ RoleName }), 'DeleteConflictException');
    await iam.deleteRolePolicy({ RoleName, PolicyName: 'p' });
    await iam.deleteRole({ RoleName });
    await refused(iam.getRole({ RoleName }), 'NoSuchEntityException');
  });
});

describe('an inline policy', () => {
  test('is kept as it was put, and listed by name', async () => {
    await account.role('inline');
    const own = { RoleName: 'inline' };
    const spaced = JSON.stringify(JSON.parse(READ), undefined, 2);
    for (const PolicyName of ['b', 'a']) await iam.putRolePolicy({ ...own, PolicyName, PolicyDocument: spaced });
    assert.deepEqual((await iam.listRolePolicies(own)).PolicyNames, ['a', 'b']);
    const { PolicyDocument = '' } = await iam.getRolePolicy({ ...own, PolicyName: 'a' });
    assert.equal(decodeURIComponent(PolicyDocument), spaced);
    await refused(iam.getRolePolicy({ ...own, PolicyName: 'c' }), 'NoSuchEntityException', {
      message: 'The role policy with name c cannot be found.',
    });
  });

  test('that is malformed is refused, with the place that is wrong', async () => {
    await iam.createUser({ UserName: 'wrong' });
    const put = (statement: object) =>
      iam.putUserPolicy({
        UserName: 'wrong',
        PolicyName: 'p',
        PolicyDocument: document({ ...allow('a:b'), ...statement }),
      });
    const cases: readonly [object, RegExp][] = [
      [{ Effect: 'Maybe' }, /Statement\[0\]\.Effect/],
      [{ Action: 'GetRoom' }, /Statement\[0\]\.Action/],
      [{ Condition: { StringSomething: { a: 'b' } } }, /Statement\[0\]\.Condition/],
      [{ Principal: '*' }, /Statement\[0\]/],
    ];
    for (const [statement, place] of cases) {
      await assert.rejects(put(statement), { name: 'MalformedPolicyDocumentException', message: place });
    }
  });

  test('is no longer than the quota of its owner, together with the others', async () => {
    await iam.createUser({ UserName: 'wordy' });
    const put = (PolicyName: string, length: number) =>
      iam.putUserPolicy({
        UserName: 'wordy',
        PolicyName,
        PolicyDocument: document(allow(`ivschat:${'x'.repeat(length)}`)),
      });
    await put('a', 900);
    await put('b', 900);
    await refused(put('c', 400), 'LimitExceededException');
    await put('b', 100);
    await put('c', 400);
  });
});

describe('a managed policy', () => {
  test('counts what it is attached to and a boundary of', async () => {
    const PolicyArn = await createPolicy('counted');
    await iam.createUser({ UserName: 'one', PermissionsBoundary: PolicyArn });
    await iam.attachUserPolicy({ UserName: 'one', PolicyArn });
    await iam.attachUserPolicy({ UserName: 'one', PolicyArn });
    await account.role('two');
    await iam.attachRolePolicy({ RoleName: 'two', PolicyArn });
    const { Policy } = await iam.getPolicy({ PolicyArn });
    assert.partialDeepStrictEqual(Policy, {
      AttachmentCount: 2,
      PermissionsBoundaryUsageCount: 1,
      DefaultVersionId: 'v1',
      IsAttachable: true,
    });
    const { PolicyUsers, PolicyRoles, PolicyGroups } = await iam.listEntitiesForPolicy({ PolicyArn });
    assert.deepEqual(
      [PolicyUsers?.map(({ UserName }) => UserName), PolicyRoles?.map(({ RoleName }) => RoleName), PolicyGroups],
      [['one'], ['two'], []],
    );
    const bounded = await iam.listEntitiesForPolicy({ PolicyArn, PolicyUsageFilter: 'PermissionsBoundary' });
    assert.deepEqual(bounded.PolicyRoles, []);
    assert.equal(bounded.PolicyUsers?.length, 1);
    const attached = await iam.listPolicies({ OnlyAttached: true });
    assert.deepEqual(
      attached.Policies?.map(({ Arn }) => Arn),
      [PolicyArn],
    );
    await refused(iam.deletePolicy({ PolicyArn }), 'DeleteConflictException');
  });

  test('has five versions at most, of which one is in force', async () => {
    const PolicyArn = await createPolicy('versioned');
    for (let i = 2; i <= 5; i++) await iam.createPolicyVersion({ PolicyArn, PolicyDocument: READ });
    await refused(iam.createPolicyVersion({ PolicyArn, PolicyDocument: READ }), 'LimitExceededException');
    await refused(iam.deletePolicyVersion({ PolicyArn, VersionId: 'v1' }), 'DeleteConflictException');
    await iam.setDefaultPolicyVersion({ PolicyArn, VersionId: 'v3' });
    await iam.deletePolicyVersion({ PolicyArn, VersionId: 'v1' });
    const { PolicyVersion } = await iam.createPolicyVersion({ PolicyArn, PolicyDocument: READ });
    assert.equal(PolicyVersion?.VersionId, 'v6');
    const { Versions = [] } = await iam.listPolicyVersions({ PolicyArn });
    assert.deepEqual(
      Versions.map(({ VersionId, IsDefaultVersion }) => [VersionId, IsDefaultVersion]),
      [
        ['v6', false],
        ['v5', false],
        ['v4', false],
        ['v3', true],
        ['v2', false],
      ],
    );
    await refused(iam.deletePolicy({ PolicyArn }), 'DeleteConflictException');
    for (const VersionId of ['v2', 'v4', 'v5', 'v6']) await iam.deletePolicyVersion({ PolicyArn, VersionId });
    await iam.deletePolicy({ PolicyArn });
    await refused(iam.getPolicy({ PolicyArn }), 'NoSuchEntityException');
  });

  test('is found by its whole ARN', async () => {
    const { Policy } = await iam.createPolicy({ PolicyName: 'deep', Path: '/a/b/', PolicyDocument: READ });
    assert.equal(Policy?.Arn, `arn:aws:iam::${ACCOUNT}:policy/a/b/deep`);
    for (const PolicyArn of [
      `arn:aws:iam::${ACCOUNT}:policy/deep`,
      `arn:aws:iam::${ACCOUNT}:policy/a/b/DEEP`,
      `arn:aws:iam::${ACCOUNT}:role/a/b/deep`,
    ]) {
      await refused(iam.getPolicy({ PolicyArn }), 'NoSuchEntityException');
    }
    const again = iam.createPolicy({ PolicyName: 'DEEP', PolicyDocument: READ });
    await refused(again, 'EntityAlreadyExistsException');
  });

  test('is none of AWS’s own', async () => {
    await iam.createUser({ UserName: 'admin' });
    const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess';
    await refused(iam.attachUserPolicy({ UserName: 'admin', PolicyArn }), 'NoSuchEntityException');
    assert.deepEqual((await iam.listPolicies({ Scope: 'AWS' })).Policies, []);
  });

  test('is one of ten at most that are attached', async () => {
    await iam.createGroup({ GroupName: 'full' });
    const arns = await Promise.all(Array.from({ length: 11 }, (_, i) => createPolicy(`many${i}`)));
    for (const PolicyArn of arns.slice(0, 10)) await iam.attachGroupPolicy({ GroupName: 'full', PolicyArn });
    const eleventh = iam.attachGroupPolicy({ GroupName: 'full', PolicyArn: arns[10] });
    await refused(eleventh, 'LimitExceededException');
    assert.equal((await iam.listAttachedGroupPolicies({ GroupName: 'full' })).AttachedPolicies?.length, 10);
  });
});

describe('the simulator', () => {
  test('decides for each action and resource by the policies of a principal', async () => {
    const UserName = 'simulated';
    const room = (id: string) => `arn:aws:ivschat:us-east-1:${ACCOUNT}:room/${id}`;
    const PermissionsBoundary = await createPolicy('sim-boundary', document(allow('ivschat:GetRoom')));
    await iam.createUser({ UserName, PermissionsBoundary });
    const PolicyDocument = document(allow('ivschat:*', room('a')), {
      ...deny('ivschat:GetRoom', room('b')),
      Sid: 'no',
    });
    await iam.putUserPolicy({ UserName, PolicyName: 'p', PolicyDocument });
    const { EvaluationResults = [] } = await iam.simulatePrincipalPolicy({
      PolicySourceArn: `arn:aws:iam::${ACCOUNT}:user/${UserName}`,
      ActionNames: ['ivschat:GetRoom', 'ivschat:DeleteRoom'],
      ResourceArns: [room('a'), room('b')],
    });
    assert.deepEqual(
      EvaluationResults.map(({ EvalActionName, EvalResourceName, EvalDecision, PermissionsBoundaryDecisionDetail }) => [
        EvalActionName,
        EvalResourceName,
        EvalDecision,
        PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary,
      ]),
      [
        ['ivschat:GetRoom', room('a'), 'allowed', true],
        ['ivschat:GetRoom', room('b'), 'explicitDeny', true],
        ['ivschat:DeleteRoom', room('a'), 'implicitDeny', false],
        ['ivschat:DeleteRoom', room('b'), 'implicitDeny', false],
      ],
    );
    assert.deepEqual(
      EvaluationResults[1]?.MatchedStatements?.map(({ SourcePolicyId }) => SourcePolicyId),
      ['user_simulated_p'],
    );
  });

  test('takes facts, and names those that are missing', async () => {
    const PolicyInputList = [
      document(
        allow('a:b', '*', { Condition: { StringEquals: { 'aws:username': 'x', 'aws:PrincipalTag/Team': 'y' } } }),
      ),
    ];
    const entry = (ContextKeyName: string, value: string) => ({
      ContextKeyName,
      ContextKeyValues: [value],
      ContextKeyType: 'string' as const,
    });
    const ask = async (...ContextEntries: ReturnType<typeof entry>[]) => {
      const { EvaluationResults } = await iam.simulateCustomPolicy({
        PolicyInputList,
        ActionNames: ['a:b'],
        ContextEntries,
      });
      const [result] = EvaluationResults ?? [];
      return [result?.EvalDecision, result?.MissingContextValues];
    };
    const username = entry('aws:username', 'x');
    assert.deepEqual(await ask(), ['implicitDeny', ['aws:username', 'aws:PrincipalTag/Team']]);
    assert.deepEqual(await ask(username), ['implicitDeny', ['aws:PrincipalTag/Team']]);
    assert.deepEqual(await ask(username, entry('aws:principaltag/team', 'y')), ['allowed', []]);
  });

  test('says where the statements stand that decided', async () => {
    const inTwoLines = '{"Version":"2012-10-17","Statement":[\n{"Effect":"Allow","Action":"a:b","Resource":"*"} ,';
    const inMore = '\n  {\n    "Effect": "Allow", "Action": "a:*", "Resource": "*"\n  }\n]}';
    const { EvaluationResults } = await iam.simulateCustomPolicy({
      PolicyInputList: [inTwoLines + inMore],
      ActionNames: ['a:b'],
    });
    const places = EvaluationResults?.[0]?.MatchedStatements?.map(({ StartPosition, EndPosition }) => [
      [StartPosition?.Line, StartPosition?.Column],
      [EndPosition?.Line, EndPosition?.Column],
    ]);
    assert.deepEqual(places, [
      [
        [2, 1],
        [2, 49],
      ],
      [
        [3, 3],
        [5, 4],
      ],
    ]);
  });

  test('refuses what it cannot read', async () => {
    const ActionNames = ['a:b'];
    await refused(iam.simulateCustomPolicy({ PolicyInputList: ['{}'], ActionNames }), 'InvalidInputException');
    const PolicySourceArn = `arn:aws:iam::${ACCOUNT}:user/nobody`;
    await refused(iam.simulatePrincipalPolicy({ PolicySourceArn, ActionNames }), 'NoSuchEntityException');
  });
});
