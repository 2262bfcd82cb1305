/** Tags, which both services have, and what policies make of them (spec/chime-messaging 3.11, 4.4). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Account, allow, deny, openAccount } from '../iam/support/account.ts';
import { connect, connectUrl } from '../support/app-instance.ts';
import { refused } from '../support/expect.ts';
import { type ChimeVenue, chimeClients, openChimeVenue } from './support/venue.ts';

const LEX = {
  LexBotAliasArn: 'arn:aws:lex:us-east-1:123456789012:bot-alias/ABCDEFGHIJ/0123456789',
  LocaleId: 'en_US',
};
const token = () => ({ ClientRequestToken: crypto.randomUUID() });
const denied = { name: 'AccessDeniedException' };
let venue: ChimeVenue;
let alice: string;

before(async () => {
  venue = await openChimeVenue();
  alice = await venue.user('alice');
});
after(() => venue[Symbol.asyncDispose]());

/** As an object. */
async function tagsOf(ResourceARN: string) {
  const { Tags = [] } = await venue.identity.listTagsForResource({ ResourceARN });
  return Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]));
}

const tag = (ResourceARN: string, tags: Record<string, string>) =>
  venue.identity.tagResource({ ResourceARN, Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) });

describe('what is created with tags has them', () => {
  const Tags = [
    { Key: 'team', Value: 'red' },
    { Key: '__proto__', Value: 'ünï 😀' },
  ];

  async function has(ResourceARN = '') {
    assert.deepEqual((await venue.messaging.listTagsForResource({ ResourceARN })).Tags, Tags);
    assert.deepEqual((await venue.identity.listTagsForResource({ ResourceARN })).Tags, Tags);
  }

  test('an app instance', async () => {
    await has((await venue.identity.createAppInstance({ Name: 'tagged', Tags, ...token() })).AppInstanceArn);
  });

  test('a user', async () => {
    const request = { AppInstanceArn: venue.appInstanceArn, AppInstanceUserId: 'tagged', Name: 'Tagged' };
    await has((await venue.identity.createAppInstanceUser({ ...request, Tags, ...token() })).AppInstanceUserArn);
  });

  test('a bot', async () => {
    const request = { AppInstanceArn: venue.appInstanceArn, Configuration: { Lex: LEX } };
    await has((await venue.identity.createAppInstanceBot({ ...request, Tags, ...token() })).AppInstanceBotArn);
  });

  test('a channel', async () => has(await venue.channel(alice, { Tags })));
});

test('they are added, replaced and removed', async () => {
  const ResourceARN = await venue.channel(alice);
  assert.deepEqual((await venue.messaging.listTagsForResource({ ResourceARN })).Tags, []);
  assert.equal((await tag(ResourceARN, { a: '1', b: '2' })).$metadata.httpStatusCode, 204);
  await tag(ResourceARN, { b: '3', c: '4' });
  assert.deepEqual(await tagsOf(ResourceARN), { a: '1', b: '3', c: '4' });
  const { $metadata } = await venue.messaging.untagResource({ ResourceARN, TagKeys: ['a', 'c', 'unknown'] });
  assert.equal($metadata.httpStatusCode, 204);
  assert.deepEqual(await tagsOf(ResourceARN), { b: '3' });
});

test('a resource has at most 50', async () => {
  const many = (from: number, to: number) =>
    Object.fromEntries(Array.from({ length: to - from }, (_, i) => [`key-${from + i}`, 'x']));
  const ResourceARN = await venue.channel(alice);
  await tag(ResourceARN, many(0, 50));
  await refused(tag(ResourceARN, { more: 'x' }), 'ResourceLimitExceededException', { Code: 'ResourceLimitExceeded' });
  await tag(ResourceARN, { 'key-7': 'y' });
  await refused(tag(ResourceARN, many(0, 51)), 'BadRequestException', { Code: 'BadRequest' });
});

test('keys and values are refused that the model refuses, or that AWS keeps for itself', async () => {
  const wrong: Record<string, string>[] = [
    {},
    { '': 'x' },
    { ['k'.repeat(129)]: 'x' },
    { a: '' },
    { a: 'v'.repeat(257) },
    { 'aws:x': 'x' },
    { 'AWS:x': 'x' },
  ];
  for (const tags of wrong) await refused(tag(alice, tags), 'BadRequestException', { Code: 'BadRequest' });
  const twice = [1, 2].map((n) => ({ Key: 'a', Value: String(n) }));
  await refused(venue.identity.tagResource({ ResourceARN: alice, Tags: twice }), 'BadRequestException');
  for (const TagKeys of [[], [''], Array.from({ length: 51 }, (_, n) => `${n}`)]) {
    await refused(venue.identity.untagResource({ ResourceARN: alice, TagKeys }), 'BadRequestException');
  }
  assert.deepEqual(await tagsOf(alice), {});
});

test('what does not exist, or has no tags, is forbidden', async () => {
  const { appInstanceArn, identity } = venue;
  const arns = [
    appInstanceArn.replace(/.$/, 'x'),
    `${appInstanceArn}/user/nobody`,
    `${appInstanceArn}/bot/alice`,
    `${appInstanceArn}/user/Alice`,
    `${appInstanceArn}/channel/nothing`,
    `${appInstanceArn}/else/alice`,
    alice.replace('us-east-1', 'eu-central-1'),
    alice.replace('/alice', '/alice%20'),
    alice.replace(':chime:', ':ivschat:'),
  ];
  for (const ResourceARN of arns) {
    await refused(identity.listTagsForResource({ ResourceARN }), 'ForbiddenException', { Code: 'Forbidden' });
    await refused(tag(ResourceARN, { a: 'b' }), 'ForbiddenException');
    await refused(identity.untagResource({ ResourceARN, TagKeys: ['a'] }), 'ForbiddenException');
  }
  await refused(identity.listTagsForResource({ ResourceARN: 'arn' }), 'BadRequestException');
});

test('they end with what they are on', async () => {
  const user = await venue.user('brief');
  await tag(user, { a: 'b' });
  await venue.identity.deleteAppInstanceUser({ AppInstanceUserArn: user });
  await refused(tagsOf(user), 'ForbiddenException');
});

describe('policies', () => {
  const resources = new AsyncDisposableStack();
  let account: Account;
  let root: ReturnType<typeof chimeClients>;
  let AppInstanceArn: string;

  const clientsOf = async (name: string, ...statements: Parameters<typeof account.user>[1][]) => {
    const { credentials } = await account.user(name, ...statements);
    return use(chimeClients(account.server.url, credentials));
  };
  const use = (clients: ReturnType<typeof chimeClients>) => {
    resources.defer(() => clients.identity.destroy());
    resources.defer(() => clients.messaging.destroy());
    return clients;
  };
  const user = async (id: string, team: string) => {
    const Tags = [{ Key: 'team', Value: team }];
    const request = { AppInstanceArn, AppInstanceUserId: id, Name: id, Tags, ...token() };
    return (await root.identity.createAppInstanceUser(request)).AppInstanceUserArn ?? '';
  };

  before(async () => {
    account = resources.use(await openAccount({ limits: 'off' }));
    root = use(chimeClients(account.server.url));
    const Tags = [{ Key: 'stage', Value: 'test' }];
    const created = await root.identity.createAppInstance({ Name: 'venue', Tags, ...token() });
    AppInstanceArn = created.AppInstanceArn ?? '';
  });
  after(() => resources.disposeAsync());

  test('know bearers and channels by their tags', async () => {
    const red = await user('red', 'red');
    const blue = await user('blue', 'blue');
    const { messaging } = await clientsOf(
      'of-red',
      allow('chime:*', '*', { Condition: { StringEquals: { 'aws:ResourceTag/team': 'red' } } }),
    );
    const channel = { AppInstanceArn, Name: 'channel' };
    const create = async (ChimeBearer: string, team: string) => {
      const Tags = [{ Key: 'team', Value: team }];
      const { ChannelArn = '' } = await root.messaging.createChannel({ ...channel, ChimeBearer, Tags, ...token() });
      return ChannelArn;
    };
    const say = (ChannelArn: string, ChimeBearer: string) =>
      messaging.sendChannelMessage({
        ChannelArn,
        ChimeBearer,
        Content: 'hello',
        Type: 'STANDARD',
        Persistence: 'PERSISTENT',
        ...token(),
      });
    assert.ok((await say(await create(red, 'red'), red)).MessageId);
    await assert.rejects(say(await create(blue, 'red'), blue), denied);
    const other = await create(red, 'blue');
    await assert.rejects(say(other, red), denied);
    await root.messaging.tagResource({ ResourceARN: other, Tags: [{ Key: 'team', Value: 'red' }] });
    assert.ok((await say(other, red)).MessageId);
  });

  test('know who may connect by the tags of the user', async () => {
    const { credentials } = await account.user(
      'of-green',
      allow('chime:Connect', '*', { Condition: { StringEquals: { 'aws:ResourceTag/team': 'green' } } }),
    );
    const connecting = async (userArn: string) => {
      const { socket, first } = await connect(connectUrl(account.server.url, credentials, { userArn }));
      socket.terminate();
      return first;
    };
    assert.match(String(await connecting(await user('green', 'green'))), /SESSION_ESTABLISHED/);
    assert.equal(await connecting(await user('grey', 'grey')), 4003);
  });

  test('know app instances by theirs', async () => {
    const { identity } = await clientsOf(
      'of-stage',
      allow('chime:*', '*', { Condition: { StringEquals: { 'aws:ResourceTag/stage': 'test' } } }),
    );
    assert.ok((await identity.describeAppInstance({ AppInstanceArn })).AppInstance);
    const other = await root.identity.createAppInstance({ Name: 'untagged', ...token() });
    await assert.rejects(identity.describeAppInstance({ AppInstanceArn: other.AppInstanceArn }), denied);
  });

  test('say which tags may be set and removed', async () => {
    const { identity } = await clientsOf(
      'tagger',
      allow(['chime:TagResource', 'chime:CreateAppInstance'], '*', {
        Condition: { StringEquals: { 'aws:RequestTag/team': 'red' } },
      }),
      allow('chime:UntagResource', '*', { Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] } } }),
    );
    const ResourceARN = AppInstanceArn;
    const team = (Value: string) => [{ Key: 'team', Value }];
    await identity.tagResource({ ResourceARN, Tags: team('red') });
    await assert.rejects(identity.tagResource({ ResourceARN, Tags: team('blue') }), denied);
    await identity.untagResource({ ResourceARN, TagKeys: ['team'] });
    await assert.rejects(identity.untagResource({ ResourceARN, TagKeys: ['stage'] }), denied);
    assert.ok((await identity.createAppInstance({ Name: 'red', Tags: team('red'), ...token() })).AppInstanceArn);
    await assert.rejects(identity.createAppInstance({ Name: 'blue', Tags: team('blue'), ...token() }), denied);
  });

  test('need to allow tagging as well, for what is created with tags', async () => {
    const { identity } = await clientsOf('untagging', allow('chime:*'), deny('chime:TagResource'));
    assert.ok((await identity.createAppInstance({ Name: 'plain', ...token() })).AppInstanceArn);
    const Tags = [{ Key: 'a', Value: 'b' }];
    await assert.rejects(identity.createAppInstance({ Name: 'tagged', Tags, ...token() }), denied);
    const bot = { AppInstanceArn, Configuration: { Lex: LEX } };
    await assert.rejects(identity.createAppInstanceBot({ ...bot, Tags, ...token() }), denied);
  });
});
