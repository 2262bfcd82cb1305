/** Who reaches what: other app instances, other accounts, other spellings, other policies (spec/chime-messaging 4.4, D). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ChimeSDKIdentity } from '@aws-sdk/client-chime-sdk-identity';
import { type Account, allow, openAccount, type Statement } from '../iam/support/account.ts';
import { refused } from '../support/expect.ts';
import { send, signed } from '../support/raw-http.ts';
import { chimeClients } from './support/venue.ts';

const LEX = {
  LexBotAliasArn: 'arn:aws:lex:us-east-1:123456789012:bot-alias/ABCDEFGHIJ/0123456789',
  LocaleId: 'en_US',
};
const APP = 'arn:aws:mobiletargeting:us-east-1:000000000000:apps/0123456789abcdef';
const token = () => ({ ClientRequestToken: crypto.randomUUID() });
const denied = { name: 'AccessDeniedException' };

const resources = new AsyncDisposableStack();
let account: Account;
let root: ChimeSDKIdentity;
/** Two app instances with users and bots of the same names. */
let here: Named;
let there: Named;

interface Named {
  readonly AppInstanceArn: string;
  readonly alice: string;
  readonly bot: string;
}

before(async () => {
  account = resources.use(await openAccount({ limits: 'off' }));
  root = identityOf();
  here = await populated('here');
  there = await populated('there');
});
after(() => resources.disposeAsync());

function identityOf(credentials?: Parameters<typeof chimeClients>[1]): ChimeSDKIdentity {
  const { identity, messaging } = chimeClients(account.server.url, credentials);
  messaging.destroy();
  resources.defer(() => identity.destroy());
  return identity;
}

async function populated(Name: string): Promise<Named> {
  const { AppInstanceArn = '' } = await root.createAppInstance({ Name, ...token() });
  const user = { AppInstanceArn, AppInstanceUserId: 'alice', Name: `Alice ${Name}` };
  const { AppInstanceUserArn: alice = '' } = await root.createAppInstanceUser({ ...user, ...token() });
  const Configuration = { Lex: LEX };
  const { AppInstanceBotArn: bot = '' } = await root.createAppInstanceBot({
    AppInstanceArn,
    Configuration,
    ...token(),
  });
  return { AppInstanceArn, alice, bot };
}

/** Somebody with these statements. */
async function somebody(name: string, ...statements: Statement[]): Promise<ChimeSDKIdentity> {
  const { credentials } = await account.user(name, ...statements);
  return identityOf(credentials);
}

describe('an ARN is compared as it is', () => {
  const spellings = (arn: string) => [
    arn.replace('/user/alice', '/user/Alice'),
    arn.replace('/user/alice', '/user/%61lice'),
    arn.replace('/user/alice', '/bot/alice'),
    arn.replace('/user/alice', '/user/alice/user/alice'),
    arn.replace('app-instance', 'App-Instance'),
    arn.replace('us-east-1', 'us-west-2'),
    arn.replace('us-east-1', ''),
    arn.replace('arn:aws:', 'arn:aws-cn:'),
    arn.replace(':chime:', ':ivschat:'),
  ];

  test('another spelling is nobody', async () => {
    for (const AppInstanceUserArn of spellings(here.alice)) {
      await refused(root.describeAppInstanceUser({ AppInstanceUserArn }), 'NotFoundException');
      const update = { AppInstanceUserArn, Name: 'Mallory', Metadata: '' };
      await refused(root.updateAppInstanceUser(update), 'ForbiddenException');
      await refused(root.listAppInstanceUserEndpoints({ AppInstanceUserArn }), 'ForbiddenException');
      await root.deleteAppInstanceUser({ AppInstanceUserArn }).catch(() => undefined);
    }
    const { AppInstanceUser } = await root.describeAppInstanceUser({ AppInstanceUserArn: here.alice });
    assert.equal(AppInstanceUser?.Name, 'Alice here');
  });

  test('another account’s is not even looked for', async () => {
    const AppInstanceUserArn = here.alice.replace('000000000000', '111111111111');
    await assert.rejects(root.describeAppInstanceUser({ AppInstanceUserArn }), denied);
    await assert.rejects(root.deleteAppInstanceUser({ AppInstanceUserArn }), denied);
    const AppInstanceArn = here.AppInstanceArn.replace('000000000000', '111111111111');
    await assert.rejects(
      root.createAppInstanceUser({ AppInstanceArn, AppInstanceUserId: 'a', Name: 'a', ...token() }),
      denied,
    );
    await assert.rejects(root.listAppInstanceUsers({ AppInstanceArn }), denied);
  });

  test('a label of the path is decoded once', async () => {
    const get = async (label: string) => {
      const raw = { method: 'GET', target: `/app-instance-users/${label}` };
      return (await send(account.server.url, signed(account.server.url, raw, { service: 'chime' }))).status;
    };
    const encoded = encodeURIComponent(here.alice);
    assert.equal(await get(encoded), 200);
    assert.equal(await get(encodeURIComponent(encoded)), 400);
    assert.equal(await get(encodeURIComponent(here.alice.replace('alice', '%61lice'))), 404);
    assert.equal(await get(here.alice), 404);
  });
});

test('app instances know nothing of each other', async () => {
  const mixed = { AppInstanceArn: here.AppInstanceArn, AppInstanceAdminArn: there.alice };
  await refused(root.createAppInstanceAdmin(mixed), 'ForbiddenException');
  await root.updateAppInstanceUser({ AppInstanceUserArn: here.alice, Name: 'Renamed here', Metadata: '' });
  await root.deleteAppInstanceBot({ AppInstanceBotArn: here.bot });
  const { AppInstanceUsers } = await root.listAppInstanceUsers({ AppInstanceArn: there.AppInstanceArn });
  assert.deepEqual(AppInstanceUsers, [{ AppInstanceUserArn: there.alice, Name: 'Alice there' }]);
  const { AppInstanceBots } = await root.listAppInstanceBots({ AppInstanceArn: there.AppInstanceArn });
  assert.deepEqual(AppInstanceBots, [{ AppInstanceBotArn: there.bot, Name: '' }]);
  const AppInstanceBotArn = there.bot.replace(there.AppInstanceArn, here.AppInstanceArn);
  await refused(root.describeAppInstanceBot({ AppInstanceBotArn }), 'NotFoundException');
});

describe('policies', () => {
  const user = (AppInstanceArn: string, AppInstanceUserId: string) => ({
    AppInstanceArn,
    AppInstanceUserId,
    Name: AppInstanceUserId,
    ...token(),
  });

  test('name the users of an app instance', async () => {
    const { AppInstanceArn } = there;
    const own = await somebody('users', allow('chime:*', `${AppInstanceArn}/user/*`));
    assert.ok((await own.createAppInstanceUser(user(AppInstanceArn, 'bob'))).AppInstanceUserArn);
    assert.equal((await own.listAppInstanceUsers({ AppInstanceArn })).AppInstanceUsers?.length, 2);
    assert.ok(await own.describeAppInstanceUser({ AppInstanceUserArn: there.alice }));
    await assert.rejects(own.createAppInstanceUser(user(here.AppInstanceArn, 'bob')), denied);
    await assert.rejects(own.listAppInstanceUsers({ AppInstanceArn: here.AppInstanceArn }), denied);
    await assert.rejects(own.describeAppInstanceUser({ AppInstanceUserArn: here.alice }), denied);
    await assert.rejects(own.describeAppInstance({ AppInstanceArn }), denied);
    await assert.rejects(own.listAppInstanceBots({ AppInstanceArn }), denied);
  });

  test('name a single user', async () => {
    const own = await somebody('alice', allow('chime:*', there.alice));
    const { AppInstanceUser } = await own.describeAppInstanceUser({ AppInstanceUserArn: there.alice });
    assert.equal(AppInstanceUser?.Name, 'Alice there');
    await own.createAppInstanceUser(user(there.AppInstanceArn, 'alice'));
    await assert.rejects(own.createAppInstanceUser(user(there.AppInstanceArn, 'carol')), denied);
    await assert.rejects(own.listAppInstanceUsers({ AppInstanceArn: there.AppInstanceArn }), denied);
  });

  test('name the bots of an app instance', async () => {
    const { AppInstanceArn, bot: AppInstanceBotArn } = there;
    const own = await somebody('bots', allow('chime:*', `${AppInstanceArn}/bot/*`));
    const request = { AppInstanceArn, Configuration: { Lex: LEX } };
    assert.ok((await own.createAppInstanceBot({ ...request, ...token() })).AppInstanceBotArn);
    assert.ok((await own.describeAppInstanceBot({ AppInstanceBotArn })).AppInstanceBot);
    assert.ok((await own.listAppInstanceBots({ AppInstanceArn })).AppInstanceBots);
    const elsewhere = { ...request, AppInstanceArn: here.AppInstanceArn };
    await assert.rejects(own.createAppInstanceBot({ ...elsewhere, ...token() }), denied);
  });

  test('name an app instance, and for its admins the admin as well', async () => {
    const { AppInstanceArn, alice: AppInstanceAdminArn } = there;
    const admin = { AppInstanceArn, AppInstanceAdminArn };
    const half = await somebody('half', allow('chime:*', AppInstanceArn));
    assert.ok((await half.describeAppInstance({ AppInstanceArn })).AppInstance);
    assert.ok((await half.getAppInstanceRetentionSettings({ AppInstanceArn })).AppInstanceRetentionSettings);
    assert.ok((await half.listAppInstanceAdmins({ AppInstanceArn })).AppInstanceAdmins);
    await assert.rejects(half.createAppInstanceAdmin(admin), denied);
    await assert.rejects(half.listAppInstances({}), denied);
    const whole = await somebody('whole', allow('chime:*', [AppInstanceArn, AppInstanceAdminArn]));
    await whole.createAppInstanceAdmin(admin);
    assert.ok((await whole.describeAppInstanceAdmin(admin)).AppInstanceAdmin);
    await assert.rejects(half.deleteAppInstanceAdmin(admin), denied);
    await whole.deleteAppInstanceAdmin(admin);
  });

  test('must allow expiration settings besides the user that is created with them', async () => {
    const { AppInstanceArn } = there;
    const ExpirationSettings = { ExpirationDays: 1, ExpirationCriterion: 'CREATED_TIMESTAMP' } as const;
    const own = await somebody('creator', allow('chime:CreateAppInstanceUser'));
    await own.createAppInstanceUser(user(AppInstanceArn, 'lasting'));
    const brief = { ...user(AppInstanceArn, 'brief'), ExpirationSettings };
    await assert.rejects(own.createAppInstanceUser(brief), /chime:PutAppInstanceUserExpirationSettings/);
    const both = await somebody(
      'creator-2',
      allow(['chime:CreateAppInstanceUser', 'chime:PutAppInstanceUserExpirationSettings']),
    );
    assert.ok((await both.createAppInstanceUser(brief)).AppInstanceUserArn);
  });

  test('must allow the application that notifies besides the user that registers', async () => {
    const endpoint = {
      AppInstanceUserArn: there.alice,
      Type: 'GCM',
      ResourceArn: APP,
      EndpointAttributes: { DeviceToken: 'token' },
    } as const;
    const own = await somebody('device', allow('chime:*', there.alice));
    await assert.rejects(own.registerAppInstanceUserEndpoint({ ...endpoint, ...token() }), /mobiletargeting:GetApp/);
    const both = await somebody('device-2', allow('chime:*', there.alice), allow('mobiletargeting:GetApp', APP));
    assert.ok((await both.registerAppInstanceUserEndpoint({ ...endpoint, ...token() })).EndpointId);
  });
});
