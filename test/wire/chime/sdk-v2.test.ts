/** What applications on version 2 of the AWS SDK do, above all AWS's own chat demo (spec/chime-messaging 9). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import ChimeSDKIdentity from 'aws-sdk/clients/chimesdkidentity.js';
import ChimeSDKMessaging from 'aws-sdk/clients/chimesdkmessaging.js';
import { openAccount } from '../iam/support/account.ts';
import { type StoppedClock, stoppedClock } from '../support/clock.ts';
import { ROOT_KEY, startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let clock: StoppedClock;
let identity: ChimeSDKIdentity;
let messaging: ChimeSDKMessaging;
let AppInstanceArn: string;
let alice: string;
let bob: string;
let ChannelArn: string;

function clientsOf(endpoint: string, credentials = ROOT_KEY) {
  const options = { endpoint, region: 'us-east-1', credentials, maxRetries: 0 };
  return { identity: new ChimeSDKIdentity(options), messaging: new ChimeSDKMessaging(options) };
}

before(async () => {
  clock = stoppedClock();
  server = await startServer({ limits: 'off' }, clock);
  ({ identity, messaging } = clientsOf(server.url));
  const created = await identity.createAppInstance({ Name: 'demo', ClientRequestToken: 'demo' }).promise();
  AppInstanceArn = created.AppInstanceArn ?? '';
  alice = await user('us-east-1:alice', 'Alice');
  bob = await user('bob', 'Bob');
  ChannelArn = await createChannel('general');
});
after(() => server[Symbol.asyncDispose]());

async function user(AppInstanceUserId: string, Name: string): Promise<string> {
  const request = { AppInstanceArn, AppInstanceUserId, Name, ClientRequestToken: crypto.randomUUID() };
  const { AppInstanceUserArn = '' } = await identity.createAppInstanceUser(request).promise();
  return AppInstanceUserArn;
}

async function createChannel(Name: string): Promise<string> {
  const { ChannelArn = '' } = await messaging
    .createChannel({
      ...{ AppInstanceArn, Name, Mode: 'UNRESTRICTED', Privacy: 'PUBLIC', ChimeBearer: alice },
      ClientRequestToken: crypto.randomUUID(),
    })
    .promise();
  return ChannelArn;
}

async function say(channel: string, Content: string, ChimeBearer = alice): Promise<string> {
  const { MessageId = '' } = await messaging
    .sendChannelMessage({
      ...{ ChannelArn: channel, ChimeBearer, Content, Type: 'STANDARD', Persistence: 'PERSISTENT' },
      ClientRequestToken: crypto.randomUUID(),
    })
    .promise();
  return MessageId;
}

/** The call is refused with the code that the body says, which is all that this SDK looks at. */
async function refused(call: { promise(): Promise<unknown> }, code: string, statusCode: number): Promise<void> {
  await assert.rejects(call.promise(), { code, statusCode });
}

const onChannel = (ChimeBearer = alice, channel = ChannelArn) => ({ ChannelArn: channel, ChimeBearer });

describe('identity', () => {
  test('signing in again gives the same user', async () => {
    assert.equal(alice, `${AppInstanceArn}/user/us-east-1:alice`);
    assert.equal(await user('us-east-1:alice', 'Somebody'), alice);
    const { AppInstanceUser } = await identity.describeAppInstanceUser({ AppInstanceUserArn: alice }).promise();
    assert.equal(AppInstanceUser?.Name, 'Alice');
    assert.deepEqual(AppInstanceUser?.CreatedTimestamp, new Date(clock.now()));
  });

  test('listAppInstanceUsers takes the header of a bearer, which it does not need', async () => {
    for (const bearer of [alice, 'nobody']) {
      const request = identity.listAppInstanceUsers({ AppInstanceArn });
      request.on('build', () => {
        request.httpRequest.headers['x-amz-chime-bearer'] = bearer;
      });
      const { AppInstanceUsers = [] } = await request.promise();
      assert.deepEqual(AppInstanceUsers.map(({ Name }) => Name).sort(), ['Alice', 'Bob']);
    }
  });
});

describe('channels', () => {
  test('are described, with times as Dates', async () => {
    const { Channel } = await messaging.describeChannel(onChannel()).promise();
    assert.partialDeepStrictEqual(Channel, { ChannelArn, Name: 'general', CreatedBy: { Arn: alice, Name: 'Alice' } });
    assert.deepEqual(Channel?.CreatedTimestamp, new Date(clock.now()));
    assert.equal(Channel?.LastMessageTimestamp, undefined);
  });

  test('are listed; a NextToken of null is none, and none is given back on the last page', async () => {
    // The types do not know that the demo does this.
    const NextToken = null as unknown as string;
    const own = await messaging
      .listChannelMembershipsForAppInstanceUser({ ChimeBearer: alice, MaxResults: 50, NextToken })
      .promise();
    assert.deepEqual(
      own.ChannelMemberships?.map(({ ChannelSummary, AppInstanceUserMembershipSummary }) => [
        ChannelSummary?.ChannelArn,
        AppInstanceUserMembershipSummary?.Type,
      ]),
      [[ChannelArn, 'DEFAULT']],
    );
    assert.equal('NextToken' in own, false);
    const all = await messaging.listChannels({ AppInstanceArn, ChimeBearer: bob, NextToken }).promise();
    assert.deepEqual(
      all.Channels?.map((channel) => channel.ChannelArn),
      [ChannelArn],
    );
    const moderated = await messaging.listChannelsModeratedByAppInstanceUser({ ChimeBearer: alice }).promise();
    assert.deepEqual(
      moderated.Channels?.map(({ ChannelSummary }) => ChannelSummary?.ChannelArn),
      [ChannelArn],
    );
  });

  test('are changed and deleted', async () => {
    const own = onChannel(alice, await createChannel('passing'));
    await messaging.updateChannel({ ...own, Name: 'renamed', Mode: 'RESTRICTED', Metadata: '{"a":1}' }).promise();
    const { Channel } = await messaging.describeChannel(own).promise();
    assert.partialDeepStrictEqual(Channel, { Name: 'renamed', Mode: 'RESTRICTED', Metadata: '{"a":1}' });
    assert.deepEqual(await messaging.deleteChannel(own).promise(), {});
    await refused(messaging.describeChannel(own), 'Forbidden', 403);
  });
});

describe('members', () => {
  test('are added, one or many, listed and removed', async () => {
    const own = onChannel(alice, await createChannel('members'));
    const added = await messaging.createChannelMembership({ ...own, MemberArn: bob, Type: 'DEFAULT' }).promise();
    assert.deepEqual(added, { ChannelArn: own.ChannelArn, Member: { Arn: bob, Name: 'Bob' } });
    const carol = await user('carol', 'Carol');
    const { BatchChannelMemberships, Errors } = await messaging
      .batchCreateChannelMembership({ ...own, MemberArns: [carol, bob] })
      .promise();
    assert.deepEqual(BatchChannelMemberships?.Members, [{ Arn: carol, Name: 'Carol' }]);
    assert.deepEqual(
      Errors?.map(({ MemberArn, ErrorCode }) => [MemberArn, ErrorCode]),
      [[bob, 'Conflict']],
    );
    const { ChannelMemberships } = await messaging.listChannelMemberships(own).promise();
    assert.deepEqual(
      ChannelMemberships?.map(({ Member }) => Member?.Name),
      ['Alice', 'Bob', 'Carol'],
    );
    const described = await messaging.describeChannelMembership({ ...own, MemberArn: bob }).promise();
    assert.deepEqual(described.ChannelMembership?.CreatedTimestamp, new Date(clock.now()));
    assert.deepEqual(described.ChannelMembership?.InvitedBy, { Arn: alice, Name: 'Alice' });
    await messaging.deleteChannelMembership({ ...own, MemberArn: bob }).promise();
    await refused(messaging.describeChannelMembership({ ...own, MemberArn: bob }), 'NotFound', 404);
  });

  test('are banned, and appointed as moderators', async () => {
    const own = onChannel(alice, await createChannel('moderated'));
    await messaging.createChannelModerator({ ...own, ChannelModeratorArn: bob }).promise();
    const { ChannelModerators } = await messaging.listChannelModerators(own).promise();
    assert.deepEqual(
      ChannelModerators?.map(({ Moderator }) => Moderator?.Name),
      ['Alice', 'Bob'],
    );
    const { ChannelModerator } = await messaging
      .describeChannelModerator({ ...own, ChannelModeratorArn: bob })
      .promise();
    assert.deepEqual(ChannelModerator?.CreatedTimestamp, new Date(clock.now()));
    await messaging.deleteChannelModerator({ ...own, ChannelModeratorArn: bob }).promise();
    await messaging.createChannelBan({ ...own, MemberArn: bob }).promise();
    const { ChannelBans } = await messaging.listChannelBans(own).promise();
    assert.deepEqual(ChannelBans, [{ Member: { Arn: bob, Name: 'Bob' } }]);
    const again = messaging.createChannelMembership({ ...own, MemberArn: bob, Type: 'DEFAULT' });
    await refused(again, 'Forbidden', 403);
    await messaging.deleteChannelBan({ ...own, MemberArn: bob }).promise();
    await refused(messaging.describeChannelBan({ ...own, MemberArn: bob }), 'NotFound', 404);
  });

  test('mark what they have read', async () => {
    const own = onChannel(alice, await createChannel('read'));
    await say(own.ChannelArn, 'hello');
    clock.advance(1500);
    assert.deepEqual(await messaging.updateChannelReadMarker(own).promise(), { ChannelArn: own.ChannelArn });
    const { ChannelMembership } = await messaging
      .describeChannelMembershipForAppInstanceUser({ ...own, AppInstanceUserArn: alice })
      .promise();
    const marked = ChannelMembership?.AppInstanceUserMembershipSummary?.ReadMarkerTimestamp;
    assert.deepEqual(marked, new Date(clock.now()));
  });
});

describe('messages', () => {
  test('are sent, listed, edited, redacted', async () => {
    const own = onChannel(alice, await createChannel('messages'));
    const first = await say(own.ChannelArn, 'first');
    const second = await say(own.ChannelArn, 'zweite ✓');
    const list = async () => {
      const NextToken = null as unknown as string;
      return (await messaging.listChannelMessages({ ...own, NextToken }).promise()).ChannelMessages ?? [];
    };
    assert.deepEqual(
      (await list()).map(({ Content }) => Content),
      ['zweite ✓', 'first'],
    );
    assert.deepEqual((await list())[0]?.CreatedTimestamp, new Date(clock.now()));
    assert.deepEqual((await list())[0]?.Sender, { Arn: alice, Name: 'Alice' });
    clock.advance(2000);
    await messaging.updateChannelMessage({ ...own, MessageId: second, Content: 'edited' }).promise();
    await messaging.redactChannelMessage({ ...own, MessageId: first }).promise();
    const [edited, redacted] = await list();
    assert.partialDeepStrictEqual(edited, { Content: 'edited', LastEditedTimestamp: new Date(clock.now()) });
    assert.equal(redacted?.Redacted, true);
    assert.equal('Content' in Object(redacted), false);
    const { ChannelMessage } = await messaging.getChannelMessage({ ...own, MessageId: second }).promise();
    assert.partialDeepStrictEqual(ChannelMessage, { Content: 'edited', Persistence: 'PERSISTENT', Type: 'STANDARD' });
  });

  test('are listed between whole seconds: this SDK cuts off what is less', async () => {
    const own = onChannel(alice, await createChannel('times'));
    await say(own.ChannelArn, 'before');
    clock.advance(1000);
    const moment = new Date(clock.now());
    assert.notEqual(moment.getMilliseconds(), 0);
    await say(own.ChannelArn, 'in this second');
    clock.advance(1000);
    await say(own.ChannelArn, 'after');
    const listed = async (bounds: { NotBefore?: Date; NotAfter?: Date }) => {
      const request = messaging.listChannelMessages({ ...own, ...bounds, SortOrder: 'ASCENDING' });
      const { ChannelMessages = [] } = await request.promise();
      assert.match(request.httpRequest.path, /not-(?:before|after)=\d{4}-\d\d-\d\dT\d\d%3A\d\d%3A\d\dZ/);
      return ChannelMessages.map(({ Content }) => Content);
    };
    assert.deepEqual(await listed({ NotBefore: moment }), ['in this second', 'after']);
    assert.deepEqual(await listed({ NotAfter: moment }), ['before']);
    assert.deepEqual(await listed({ NotBefore: moment, NotAfter: new Date(clock.now()) }), ['in this second']);
  });
});

describe('an error', () => {
  test('has the code of its body', async () => {
    await refused(messaging.describeChannel(onChannel(alice, `${ChannelArn}x`)), 'Forbidden', 403);
    await refused(messaging.describeChannel(onChannel(`${alice}x`)), 'Unauthorized', 401);
    await refused(
      messaging.createChannelMembership({ ...onChannel(), MemberArn: alice, Type: 'DEFAULT' }),
      'Conflict',
      409,
    );
    await refused(
      messaging.createChannelMembership({ ...onChannel(), MemberArn: `${bob}x`, Type: 'DEFAULT' }),
      'NotFound',
      404,
    );
    await refused(messaging.listChannelMessages({ ...onChannel(), NextToken: 'made up' }), 'BadRequest', 400);
    await refused(identity.describeAppInstance({ AppInstanceArn: `${AppInstanceArn}0` }), 'Forbidden', 403);
    const flows = messaging.listChannelFlows({ AppInstanceArn });
    await refused(flows, 'ServiceUnavailable', 503);
  });

  test('of access or of the signature has no code in its body: its type is it', async () => {
    await using account = await openAccount();
    const { credentials } = await account.user('powerless');
    const powerless = clientsOf(account.server.url, credentials as typeof ROOT_KEY).messaging;
    await refused(powerless.getMessagingSessionEndpoint(), 'AccessDeniedException', 403);
    const wrong = clientsOf(account.server.url, { ...ROOT_KEY, secretAccessKey: 'wrong' }).messaging;
    await refused(wrong.getMessagingSessionEndpoint(), 'InvalidSignatureException', 403);
  });
});

test('the endpoint of the socket is what the session puts behind wss://', async () => {
  const { Endpoint } = await messaging.getMessagingSessionEndpoint().promise();
  assert.equal(Endpoint?.Url, new URL(server.url).host);
});
