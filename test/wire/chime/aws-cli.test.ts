/** The two services on the command line of AWS (spec/chime-messaging 9). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { findAwsCli, runTool, skipWithout } from '../iam/support/aws-tools.ts';
import { ROOT_KEY, startServer, type TestServer } from '../support/server.ts';

const CLI = findAwsCli();
const needed = skipWithout(CLI, 'the AWS command line');

let server: TestServer;
before(async () => {
  server = await startServer({ limits: 'off' });
});
after(() => server[Symbol.asyncDispose]());

const aws = (...args: string[]) =>
  runTool(CLI ?? '', [...args, '--output', 'json', '--endpoint-url', server.url], ROOT_KEY);

/** The reply to a command that succeeds. */
// biome-ignore lint/suspicious/noExplicitAny: replies differ by command, and assertions look into them
async function done(...args: string[]): Promise<any> {
  const { reply, error } = await aws(...args);
  assert.equal(error, '');
  return reply;
}

test('the AWS command line sets up a channel, speaks in it and reads it', needed, async () => {
  const identity = (...args: string[]) => done('chime-sdk-identity', ...args);
  const { AppInstanceArn } = await identity('create-app-instance', '--name', 'cli');
  const user = async (id: string) => {
    const named = ['--app-instance-user-id', id, '--name', id];
    const created = await identity('create-app-instance-user', '--app-instance-arn', AppInstanceArn, ...named);
    return String(created.AppInstanceUserArn);
  };
  const [alice, bob] = [await user('alice'), await user('bob')];

  const messaging = (...args: string[]) => done('chime-sdk-messaging', ...args, '--chime-bearer', alice);
  const { ChannelArn } = await messaging(
    ...['create-channel', '--app-instance-arn', AppInstanceArn, '--name', 'general'],
    ...['--mode', 'RESTRICTED', '--privacy', 'PRIVATE', '--tags', 'Key=team,Value=red'],
  );
  const channel = ['--channel-arn', String(ChannelArn)];
  const { Member } = await messaging('create-channel-membership', ...channel, '--member-arn', bob, '--type', 'DEFAULT');
  assert.deepEqual(Member, { Arn: bob, Name: 'bob' });
  const { MessageId, Status } = await messaging(
    ...['send-channel-message', ...channel, '--content', 'hello from a shell'],
    ...['--type', 'STANDARD', '--persistence', 'PERSISTENT'],
  );
  assert.deepEqual(Status, { Value: 'SENT' });
  const { ChannelMessages } = await messaging('list-channel-messages', ...channel, '--not-before', '2020-01-01');
  assert.equal(ChannelMessages.length, 1);
  assert.partialDeepStrictEqual(ChannelMessages[0], { MessageId, Content: 'hello from a shell', Redacted: false });
  // Version 1 shows times as they came, version 2 as text.
  assert.ok(!Number.isNaN(new Date(ChannelMessages[0].CreatedTimestamp).getTime()));
  assert.equal(await messaging('delete-channel', ...channel), undefined);

  const gone = await aws('chime-sdk-messaging', 'describe-channel', ...channel, '--chime-bearer', alice);
  assert.match(gone.error, /\(ForbiddenException\) when calling the DescribeChannel operation: The bearer is not/);
  const nobody = await aws('chime-sdk-messaging', 'describe-channel', ...channel, '--chime-bearer', `${alice}x`);
  assert.match(nobody.error, /\(UnauthorizedClientException\) .*: An invalid app instance user ARN was supplied/);
});
