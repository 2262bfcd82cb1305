/** `parlor user`, `key`, `role` and `policy`: IAM on the command line. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startServer, type TestServer, temporaryDirectory } from '../support/server.ts';
import { complaint, printed } from './command-line.ts';

const ACCOUNT = 'arn:aws:iam::000000000000';
const ROOMS = 'arn:aws:ivschat:us-east-1:000000000000:room';
const MAKE_ROOMS = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: 'ivschat:CreateRoom', Resource: '*' },
    { Sid: 'NotHere', Effect: 'Deny', Action: 'ivschat:*', Resource: `${ROOMS}/forbidden` },
    {
      Effect: 'Allow',
      Action: 'ivschat:ListRooms',
      Resource: '*',
      Condition: { StringEquals: { 'aws:PrincipalTag/team': 'chat' } },
    },
  ],
});
const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: '000000000000' }, Action: 'sts:AssumeRole' }],
});

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server[Symbol.asyncDispose]());

const run = (...args: string[]) => printed(server, ...args);

test('a user with a key and a policy may do what the policy says, until they are deleted', async () => {
  assert.equal(await run('user', 'create', 'maker', '--path', '/apps/'), `${ACCOUNT}:user/apps/maker\n`);
  assert.match(await run('user', 'list'), /user\/apps\/maker\n/);
  const key = await run('key', 'create', '--user', 'maker');
  const [, id = '', secret = ''] = /^AWS_ACCESS_KEY_ID=(\w+)\nAWS_SECRET_ACCESS_KEY=(\S+)\n$/.exec(key) ?? [];
  const maker = { url: server.url, keys: { accessKeyId: id, secretAccessKey: secret } };
  assert.match(await complaint(maker, 'room', 'create'), /^AccessDeniedException/);

  assert.equal(await run('policy', 'put', 'make', MAKE_ROOMS, '--user', 'maker'), '');
  assert.equal(await run('policy', 'list', '--user', 'maker'), 'make\n');
  assert.match(await printed(maker, 'room', 'create'), /^arn:/);

  assert.equal(
    await complaint(server, 'user', 'delete', 'maker'),
    'DeleteConflict: Cannot delete entity, must delete policies first.',
  );
  await run('policy', 'delete', 'make', '--user', 'maker');
  assert.equal(await run('key', 'list', '--user', 'maker'), `${id}\tActive\n`);
  await run('key', 'delete', id, '--user', 'maker');
  assert.match(await complaint(maker, 'room', 'create'), /^UnrecognizedClientException/);
  await run('user', 'delete', 'maker');
  assert.equal(await run('user', 'list'), '');
});

test('a role is created from a file, listed and deleted', async () => {
  using directory = temporaryDirectory();
  const file = join(directory.path, 'trust.json');
  writeFileSync(file, TRUST);
  const arn = `${ACCOUNT}:role/viewer\n`;
  assert.equal(await run('role', 'create', 'viewer', '--trust', `@${file}`, '--max-session-duration', '7200'), arn);
  assert.equal(await run('role', 'list'), arn);
  await run('role', 'delete', 'viewer');
  assert.equal(await run('role', 'list'), '');
});

test('any operation of IAM may be called by its name', async () => {
  await run('call', 'CreateGroup', '--json', '{"GroupName":"makers"}');
  const { Groups } = JSON.parse(await run('call', 'ListGroups'));
  assert.equal(Groups[0].GroupName, 'makers');
  assert.equal(await run('call', 'DeleteGroup', '--json', '{"GroupName":"makers"}'), '');
});

test('so may any of STS, whose credentials the next command takes', async () => {
  const { Credentials } = JSON.parse(await run('call', 'GetSessionToken', '--json', '{"DurationSeconds":900}'));
  const env = { AWS_SESSION_TOKEN: Credentials.SessionToken };
  const keys = { accessKeyId: Credentials.AccessKeyId, secretAccessKey: Credentials.SecretAccessKey };
  const caller = JSON.parse(await printed({ url: server.url, keys, env }, 'call', 'GetCallerIdentity'));
  assert.equal(caller.Arn, `${ACCOUNT}:root`);
});

test("the server's refusal is told with its code", async () => {
  assert.equal(
    await complaint(server, 'user', 'delete', 'nobody'),
    'NoSuchEntity: The user with name nobody cannot be found.',
  );
  assert.match(await complaint(server, 'policy', 'put', 'x', '{}', '--user', 'nobody'), /^MalformedPolicyDocument: /);
});

test('a policy needs exactly one owner', async () => {
  const line = 'One of --user, --group and --role is needed.';
  assert.equal(await complaint(server, 'policy', 'list'), line);
  assert.equal(await complaint(server, 'policy', 'list', '--user', 'a', '--role', 'b'), line);
});

describe('policy explain', () => {
  const explain = (resource: string, action: string, ...more: string[]) =>
    printed({}, 'policy', 'explain', '--document', MAKE_ROOMS, '--action', action, '--resource', resource, ...more);

  test('says of every statement of a document whether it matches', async () => {
    assert.equal(
      await explain(`${ROOMS}/*`, 'ivschat:CreateRoom'),
      [
        `Allowed: ivschat:CreateRoom on ${ROOMS}/*: a statement allows it.`,
        '  document 1, Statement[0]: Allow, matches',
        '  document 1, Statement[1] "NotHere": Deny, does not match: Resource',
        '  document 1, Statement[2]: Allow, does not match: Action',
        '',
      ].join('\n'),
    );
  });

  test('decides on each of several resources, as operations on channels need', async () => {
    const within = 'arn:aws:chime:us-east-1:000000000000:app-instance/house';
    const send = { Effect: 'Allow', Action: 'chime:SendChannelMessage', Resource: `${within}/user/\${aws:username}` };
    const document = JSON.stringify({ Version: '2012-10-17', Statement: [send] });
    await run('user', 'create', 'ada');
    await run('policy', 'put', 'send', document, '--user', 'ada');
    const resources = ['--resource', `${within}/user/ada`, '--resource', `${within}/channel/hall`];
    assert.equal(
      await run('policy', 'explain', '--user', 'ada', '--action', 'chime:SendChannelMessage', ...resources),
      [
        `Allowed: chime:SendChannelMessage on ${within}/user/ada: a statement allows it.`,
        '  send, Statement[0]: Allow, matches',
        `Denied: chime:SendChannelMessage on ${within}/channel/hall: no statement allows it.`,
        '  send, Statement[0]: Allow, does not match: Resource',
        '',
      ].join('\n'),
    );
  });

  test('names the denial that decides', async () => {
    const text = await explain(`${ROOMS}/forbidden`, 'ivschat:CreateRoom');
    assert.match(text, /^Denied: .*: a statement denies it\.\n/);
    assert.match(text, /"NotHere": Deny, matches\n/);
  });

  test('names the condition that does not hold', async () => {
    const text = await explain('*', 'ivschat:ListRooms');
    assert.match(text, /^Denied: .*: no statement allows it\.\n/);
    assert.match(text, /Statement\[2\]: Allow, does not match: Condition\.StringEquals\.aws:PrincipalTag\/team\n/);
    assert.match(await explain('*', 'ivschat:ListRooms', '--context', 'aws:PrincipalTag/team=chat'), /^Allowed/);
  });

  test('prints nothing that terminals obey', async () => {
    const Condition = { StringEquals: { 'a:\u001b[2J\u009b2J': 'b' } };
    const statement = { Effect: 'Allow', Action: '*', Resource: '*', Condition };
    const document = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    const question = ['--document', document, '--action', 'chime:Connect', '--resource', '*'];
    assert.doesNotMatch(await printed({}, 'policy', 'explain', ...question), /[^\P{Cc}\n]/u);
  });

  test("takes a user's policies, groups, tags and boundary from the server", async () => {
    await run('user', 'create', 'alice', '--tag', 'team=chat');
    await run('call', 'CreateGroup', '--json', '{"GroupName":"chatters"}');
    await run('call', 'AddUserToGroup', '--json', '{"GroupName":"chatters","UserName":"alice"}');
    await run('policy', 'put', 'rooms', MAKE_ROOMS, '--group', 'chatters');
    const question = ['--user', 'alice', '--action', 'ivschat:ListRooms'];
    assert.match(await run('policy', 'explain', ...question), /^Allowed: .*\n {2}rooms, Statement\[0\]/);

    const boundary = { PolicyName: 'edge', PolicyDocument: MAKE_ROOMS.replace('ivschat:ListRooms', 'ivschat:GetRoom') };
    const { Policy } = JSON.parse(await run('call', 'CreatePolicy', '--json', JSON.stringify(boundary)));
    const bound = { UserName: 'alice', PermissionsBoundary: Policy.Arn };
    await run('call', 'PutUserPermissionsBoundary', '--json', JSON.stringify(bound));
    const text = await run('policy', 'explain', ...question);
    assert.match(text, /^Denied: .*: the permissions boundary does not allow it\.\n/);
    assert.match(text, new RegExp(`  boundary ${Policy.Arn}, Statement\\[0\\]: Allow, does not match: Action\n`));
  });

  test('a malformed document is told with the place', async () => {
    const args = ['--document', '{"Statement":[{"Effect":"Maybe"}]}', '--action', 'ivschat:ListRooms'];
    assert.match(await complaint({}, 'policy', 'explain', ...args), /^document 1 is no policy: .*Effect/);
  });
});
