/** STS with the command line of AWS and with boto3, as they come. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ROOT_KEY } from '../support/server.ts';
import { ACCOUNT, type Account, openAccount, TRUST } from './support/account.ts';
import { findAwsCli, findBoto3, runTool, skipWithout } from './support/aws-tools.ts';

const CLI = findAwsCli();
const PYTHON = findBoto3();
const ROLE = `arn:aws:iam::${ACCOUNT}:role/tools`;
const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/tools/tuesday`;

let account: Account;

before(async () => {
  account = await openAccount();
  await account.iam.createRole({ RoleName: 'tools', AssumeRolePolicyDocument: TRUST });
});
after(() => account[Symbol.asyncDispose]());

test('the AWS command line assumes a role', skipWithout(CLI, 'the AWS command line'), async () => {
  const sts = (...args: string[]) =>
    runTool(CLI ?? '', ['sts', ...args, '--output', 'json', '--endpoint-url', account.server.url], ROOT_KEY);
  const caller = await sts('get-caller-identity');
  assert.deepEqual(caller.reply, { UserId: ACCOUNT, Account: ACCOUNT, Arn: `arn:aws:iam::${ACCOUNT}:root` });
  const assumed = await sts('assume-role', '--role-arn', ROLE, '--role-session-name', 'tuesday');
  assert.equal(assumed.error, '');
  assert.partialDeepStrictEqual(assumed.reply, { AssumedRoleUser: { Arn: SESSION } });
});

const PROGRAM = `
import boto3, json, sys
def sts(**key):
    return boto3.client('sts', endpoint_url=sys.argv[1], region_name='us-east-1', **key)
given = sts().assume_role(RoleArn=sys.argv[2], RoleSessionName='tuesday')['Credentials']
session = sts(aws_access_key_id=given['AccessKeyId'], aws_secret_access_key=given['SecretAccessKey'],
              aws_session_token=given['SessionToken'])
print(json.dumps(session.get_caller_identity()['Arn']))
`;

test('boto3 assumes a role and is it from then on', skipWithout(PYTHON, 'boto3'), async () => {
  const { reply, error } = await runTool(PYTHON ?? '', ['-c', PROGRAM, account.server.url, ROLE], ROOT_KEY);
  assert.equal(error, '');
  assert.equal(reply, SESSION);
});
