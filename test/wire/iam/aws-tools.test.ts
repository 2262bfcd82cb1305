/** Access managed with the command line of AWS and with boto3, as they come. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CreateRoomCommand, GetRoomCommand, ListRoomsCommand, SendEventCommand } from '@aws-sdk/client-ivschat';
import type { Credentials } from '../../../src/aws/sigv4.ts';
import { clientOf, ROOT_KEY } from '../support/server.ts';
import { ACCOUNT, type Account, allow, allowed, document, openAccount, TRUST } from './support/account.ts';
import { type Answer, findAwsCli, findBoto3, runTool, skipWithout } from './support/aws-tools.ts';

const CLI = findAwsCli();
const PYTHON = findBoto3();

let account: Account;
let room: string;
let other: string;

before(async () => {
  account = await openAccount();
  const created = await Promise.all([0, 1].map(() => account.chat.send(new CreateRoomCommand({}))));
  [room = '', other = ''] = created.map(({ arn }) => arn ?? '');
});
after(() => account[Symbol.asyncDispose]());

describe('the AWS command line', () => {
  const needed = skipWithout(CLI, 'the AWS command line');
  const aws = (credentials: Credentials, ...args: string[]): Promise<Answer> =>
    runTool(CLI ?? '', [...args, '--output', 'json', '--endpoint-url', account.server.url], credentials);

  async function root<Reply>(...args: string[]): Promise<Reply> {
    const { reply, error } = await aws(ROOT_KEY, ...args);
    assert.equal(error, '');
    return reply as Reply;
  }

  test('makes a user who can do exactly what the policy says', needed, async () => {
    const policy = document(allow('ivschat:GetRoom', room));
    const user = ['--user-name', 'alice'];
    const { User } = await root<{ User: unknown }>('iam', 'create-user', ...user, '--tags', 'Key=team,Value=red');
    assert.partialDeepStrictEqual(User, { UserName: 'alice', Tags: [{ Key: 'team', Value: 'red' }] });
    await root('iam', 'put-user-policy', ...user, '--policy-name', 'get', '--policy-document', policy);
    const { AccessKey } = await root<{ AccessKey: { AccessKeyId: string; SecretAccessKey: string } }>(
      ...['iam', 'create-access-key', ...user],
    );
    const credentials = { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey };

    const chat = clientOf(account.server.url, credentials);
    assert.equal(await allowed(chat.send(new GetRoomCommand({ identifier: room }))), true);
    assert.notEqual(await allowed(chat.send(new GetRoomCommand({ identifier: other }))), true);
    assert.notEqual(await allowed(chat.send(new ListRoomsCommand({}))), true);
    const event = { roomIdentifier: room, eventName: 'x' };
    assert.notEqual(await allowed(chat.send(new SendEventCommand(event))), true);

    const got = await aws(credentials, 'ivschat', 'get-room', '--identifier', room);
    assert.partialDeepStrictEqual(got.reply, { arn: room });
    const denied = await aws(credentials, 'iam', 'list-users');
    assert.match(denied.error, /\(AccessDenied\) when calling the ListUsers operation: User: .*user\/alice is not/);
    assert.deepEqual(await root('iam', 'get-user-policy', ...user, '--policy-name', 'get'), {
      UserName: 'alice',
      PolicyName: 'get',
      PolicyDocument: JSON.parse(policy),
    });
    await root('iam', 'delete-access-key', ...user, '--access-key-id', credentials.accessKeyId);
    const gone = await aws(credentials, 'iam', 'get-user');
    assert.match(gone.error, /\(InvalidClientTokenId\) when calling the GetUser operation/);
  });

  test('is told what is wrong', needed, async () => {
    const malformed = [
      '--policy-name',
      'p',
      '--policy-document',
      '{"Version":"2012-10-17","Statement":[{"Effect":"Maybe"}]}',
    ];
    const { error } = await aws(ROOT_KEY, 'iam', 'create-policy', ...malformed);
    assert.match(error, /\(MalformedPolicyDocument\) .*: Statement\[0\]/);
    const missing = await aws(ROOT_KEY, 'iam', 'get-role', '--role-name', 'nobody');
    assert.match(missing.error, /\(NoSuchEntity\) .*: The role with name nobody cannot be found\.$/);
    const wrong = await aws({ ...ROOT_KEY, secretAccessKey: 'wrong' }, 'iam', 'list-users');
    assert.match(wrong.error, /\(SignatureDoesNotMatch\)/);
  });
});

const SCRIPT = `
import boto3, json, sys
url, trust, policy = sys.argv[1:]
iam = boto3.client('iam', endpoint_url=url)
out = {}
for i in range(5):
    iam.create_user(UserName='boto%d' % i, Path='/boto/', Tags=[{'Key': 'n', 'Value': str(i)}])
pages = list(iam.get_paginator('list_users').paginate(PathPrefix='/boto/', PaginationConfig={'PageSize': 2}))
out['pages'] = [[user['UserName'] for user in page['Users']] for page in pages]
arn = iam.create_policy(PolicyName='boto', PolicyDocument=policy)['Policy']['Arn']
iam.create_role(RoleName='boto', AssumeRolePolicyDocument=trust, MaxSessionDuration=7200)
iam.attach_role_policy(RoleName='boto', PolicyArn=arn)
out['role'] = iam.get_role(RoleName='boto')['Role']['AssumeRolePolicyDocument']
out['attached'] = iam.list_attached_role_policies(RoleName='boto')['AttachedPolicies']
version = iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy, SetAsDefault=True)['PolicyVersion']
out['version'] = [version['VersionId'], version['IsDefaultVersion']]
out['document'] = iam.get_policy_version(PolicyArn=arn, VersionId='v2')['PolicyVersion']['Document']
out['entities'] = [role['RoleName'] for role in iam.list_entities_for_policy(PolicyArn=arn)['PolicyRoles']]
out['simulated'] = [[r['EvalActionName'], r['EvalResourceName'], r['EvalDecision']] for r in iam.simulate_principal_policy(
    PolicySourceArn='arn:aws:iam::000000000000:role/boto',
    ActionNames=['ivschat:GetRoom', 'ivschat:DeleteRoom'])['EvaluationResults']]
try:
    iam.delete_policy(PolicyArn=arn)
except iam.exceptions.DeleteConflictException as error:
    out['conflict'] = error.response['Error']['Message']
iam.create_group(GroupName='boto')
iam.add_user_to_group(GroupName='boto', UserName='boto1')
iam.put_group_policy(GroupName='boto', PolicyName='inline', PolicyDocument=policy)
out['group'] = [user['UserName'] for user in iam.get_group(GroupName='boto')['Users']]
out['inline'] = iam.get_group_policy(GroupName='boto', PolicyName='inline')['PolicyDocument']
iam.tag_user(UserName='boto0', Tags=[{'Key': 'é ü', 'Value': 'a+b=c/d'}])
iam.untag_user(UserName='boto0', TagKeys=['n'])
out['tags'] = iam.list_user_tags(UserName='boto0')['Tags']
print(json.dumps(out))
`;

describe('boto3', () => {
  test('manages users, groups, roles and policies', skipWithout(PYTHON, 'boto3'), async () => {
    const policy = document(allow('ivschat:GetRoom'));
    const { reply, error } = await runTool(PYTHON ?? '', ['-c', SCRIPT, account.server.url, TRUST, policy], ROOT_KEY);
    assert.equal(error, '');
    assert.deepEqual(reply, {
      pages: [['boto0', 'boto1'], ['boto2', 'boto3'], ['boto4']],
      role: JSON.parse(TRUST),
      attached: [{ PolicyName: 'boto', PolicyArn: `arn:aws:iam::${ACCOUNT}:policy/boto` }],
      version: ['v2', true],
      document: JSON.parse(policy),
      entities: ['boto'],
      simulated: [
        ['ivschat:GetRoom', '*', 'allowed'],
        ['ivschat:DeleteRoom', '*', 'implicitDeny'],
      ],
      conflict: 'Cannot delete a policy attached to entities.',
      group: ['boto1'],
      inline: JSON.parse(policy),
      tags: [{ Key: 'é ü', Value: 'a+b=c/d' }],
    });
  });
});
