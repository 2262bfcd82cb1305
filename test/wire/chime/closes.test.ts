/** What ends a connection that was let in (spec/chime-messaging 2.5, 2.7). Expiry and drain: expiry.test.ts. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { IAM } from '@aws-sdk/client-iam';
import { STS } from '@aws-sdk/client-sts';
import type { Credentials } from '../../../src/aws/sigv4.ts';
import { ACCOUNT, allow, deny, document, type Statement } from '../iam/support/account.ts';
import { eventually } from '../support/chat.ts';
import { stoppedClock } from '../support/clock.ts';
import { metricOf } from '../support/metrics.ts';
import { ROOT_KEY } from '../support/server.ts';
import type { Listener } from './support/listener.ts';
import { type ChimeVenue, openChimeVenue } from './support/venue.ts';

let venue: ChimeVenue;
let iam: IAM;
let alice: string;
let connect: Statement;

before(async () => {
  venue = await openChimeVenue();
  iam = new IAM({ endpoint: venue.server.url, region: 'us-east-1', credentials: ROOT_KEY, maxAttempts: 1 });
  alice = await venue.user('alice');
  connect = allow('chime:Connect', `${venue.appInstanceArn}/user/*`);
});
after(async () => {
  iam.destroy();
  await venue[Symbol.asyncDispose]();
});

/** Messages that are more than what a session may leave unread and the kernel holds. */
const FLOOD = 2000;

const open = ({ socket }: Listener) => socket.readyState === socket.OPEN;

/** A user of IAM who may connect, with a key. */
async function signer(UserName: string): Promise<Credentials> {
  await iam.createUser({ UserName });
  await iam.putUserPolicy({ UserName, PolicyName: 'own', PolicyDocument: document(connect) });
  const { AccessKey } = await iam.createAccessKey({ UserName });
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
}

test('when the user is deleted: 4003, behind all that came before', async () => {
  const bob = await venue.user('bob');
  const channel = await venue.channel(alice, { MemberArns: [bob] });
  const [listener, twin, other] = [await venue.connect(bob), await venue.connect(bob), await venue.connect(alice)];
  await venue.say(channel, alice, 'the last one');
  await venue.identity.deleteAppInstanceUser({ AppInstanceUserArn: bob });
  assert.equal(await listener.closed, 4003);
  assert.equal(await twin.closed, 4003);
  assert.equal(listener.heard.find(({ type }) => type === 'CREATE_CHANNEL_MESSAGE')?.payload.Content, 'the last one');
  assert.equal(await venue.dial(bob).closed, 4401);
  assert.ok(open(other));
});

describe('when who has signed may not connect any more: 4003', () => {
  /** Both are signed for by one user; what is done to the other concerns the first alone. */
  async function ending(name: string, change: (credentials: Credentials) => Promise<unknown>): Promise<void> {
    const credentials = await signer(name);
    const listener = await venue.connect(alice, {}, credentials);
    const bystander = await venue.connect(alice, {}, await signer(`${name}-bystander`));
    await change(credentials);
    assert.equal(await listener.closed, 4003);
    assert.notEqual(await venue.dial(alice, {}, credentials).closed, 1000);
    assert.ok(open(bystander));
    bystander.socket.close();
  }

  test('by its own policy', () => ending('own', () => iam.deleteUserPolicy({ UserName: 'own', PolicyName: 'own' })));

  test('by the policy of a group it joins', () =>
    ending('member', async () => {
      await iam.createGroup({ GroupName: 'banned' });
      const PolicyDocument = document(deny('chime:Connect'));
      await iam.putGroupPolicy({ GroupName: 'banned', PolicyName: 'ban', PolicyDocument });
      await iam.addUserToGroup({ GroupName: 'banned', UserName: 'member' });
    }));

  test('since its key is inactive', () =>
    ending('inactive', ({ accessKeyId: AccessKeyId }) =>
      iam.updateAccessKey({ UserName: 'inactive', AccessKeyId, Status: 'Inactive' }),
    ));

  test('since it is gone', () =>
    ending('gone', async ({ accessKeyId: AccessKeyId }) => {
      await iam.deleteAccessKey({ UserName: 'gone', AccessKeyId });
      await iam.deleteUserPolicy({ UserName: 'gone', PolicyName: 'own' });
      await iam.deleteUser({ UserName: 'gone' });
    }));

  test('with a session of a role, by the policy of the role', async () => {
    const trust = { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sts:AssumeRole' };
    await iam.createRole({ RoleName: 'chat', AssumeRolePolicyDocument: document(trust) });
    await iam.putRolePolicy({ RoleName: 'chat', PolicyName: 'own', PolicyDocument: document(connect) });
    const sts = new STS({ endpoint: venue.server.url, region: 'us-east-1', credentials: ROOT_KEY });
    const RoleArn = `arn:aws:iam::${ACCOUNT}:role/chat`;
    const { Credentials: given } = await sts.assumeRole({ RoleArn, RoleSessionName: 'alice' });
    sts.destroy();
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = given ?? {};
    const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
    const listener = await venue.connect(alice, {}, credentials);
    await iam.putRolePolicy({ RoleName: 'chat', PolicyName: 'own', PolicyDocument: document(deny('chime:Connect')) });
    assert.equal(await listener.closed, 4003);
  });

  test('but not by a change that leaves it allowed', async () => {
    const credentials = await signer('still');
    const listener = await venue.connect(alice, {}, credentials);
    await iam.putUserPolicy({ UserName: 'still', PolicyName: 'own', PolicyDocument: document(allow('chime:*')) });
    await iam.tagUser({ UserName: 'still', Tags: [{ Key: 'seen', Value: 'yes' }] });
    const channel = await venue.channel(alice);
    await venue.say(channel, alice, 'still there');
    await listener.hear('CREATE_CHANNEL_MESSAGE');
    assert.ok(open(listener));
  });

  test('even when that changes while the handshake waits', async () => {
    const clock = stoppedClock();
    await using paced = await openChimeVenue({ limits: 'default' }, clock);
    const own = new IAM({ endpoint: paced.server.url, region: 'us-east-1', credentials: ROOT_KEY });
    const carol = await paced.user('carol');
    await own.createUser({ UserName: 'waits' });
    const PolicyDocument = document(allow('chime:Connect', carol));
    await own.putUserPolicy({ UserName: 'waits', PolicyName: 'own', PolicyDocument });
    const { AccessKey } = await own.createAccessKey({ UserName: 'waits' });
    const credentials = {
      accessKeyId: AccessKey?.AccessKeyId ?? '',
      secretAccessKey: AccessKey?.SecretAccessKey ?? '',
    };
    await paced.connect(carol, {}, credentials);
    const waiting = paced.dial(carol, {}, credentials);
    await eventually(async () => (await metricOf(paced.server.url, 'parlor_handshakes_waiting')) === 1);
    await own.deleteUserPolicy({ UserName: 'waits', PolicyName: 'own' });
    own.destroy();
    clock.advance(1000);
    assert.equal(await waiting.closed, 4003);
    assert.deepEqual(waiting.types, []);
  });
});

test('a ping comes every 30 s', async () => {
  const clock = stoppedClock();
  await using quiet = await openChimeVenue({}, clock);
  const { socket } = await quiet.connect(await quiet.user('bob'));
  for (let count = 0; count < 2; count++) {
    const pinged = once(socket, 'ping');
    clock.advance(30_200);
    await pinged;
  }
});

test('when the client does not read 4 MiB: a reset, after which it comes back', async () => {
  const bob = await venue.user('slow');
  const channel = await venue.channel(alice, { MemberArns: [bob] });
  const [slow, reader] = [await venue.connect(bob), await venue.connect(alice)];
  slow.socket.pause();
  const resets = () => metricOf(venue.server.url, 'parlor_sessions_reset_total{cause="budget"}');
  // What is text within text within JSON takes seven bytes on the wire for each of these characters.
  const content = '\u0001'.repeat(4000);
  let said = 0;
  while ((await resets()) === 0 && said < FLOOD) {
    await Promise.all(Array.from({ length: 20 }, () => venue.say(channel, alice, content)));
    said += 20;
  }
  assert.equal(await resets(), 1);
  slow.socket.resume();
  assert.equal(await slow.closed, 1006);
  await venue.say(channel, alice, 'the end');
  await reader.hear('CREATE_CHANNEL_MESSAGE', ({ payload }) => payload.Content === 'the end');
  assert.equal(reader.types.filter((type) => type === 'CREATE_CHANNEL_MESSAGE').length, said + 1);
});

test('connections, and what became of handshakes, are counted', async () => {
  await using counted = await openChimeVenue();
  const bob = await counted.user('bob');
  await counted.connect(bob);
  await counted.connect(bob);
  await counted.dial(`${counted.appInstanceArn}/user/nobody`).closed;
  const metric = (name: string) => metricOf(counted.server.url, name);
  assert.equal(await metric('parlor_messaging_connections'), 2);
  assert.equal(await metric('parlor_messaging_handshakes_total{status="101"}'), 2);
  assert.equal(await metric('parlor_messaging_handshakes_total{status="4401"}'), 1);
  assert.equal(await metric('ivschat_concurrent_chat_connections'), 0);
});
