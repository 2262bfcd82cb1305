/** The policies that applications have, as the guide and the chat demo print them (spec/chime-messaging 4.4). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type AssumeRoleCommandOutput, STS } from '@aws-sdk/client-sts';
import type { Credentials } from '../../../src/aws/sigv4.ts';
import { ACCOUNT, type Account, document, openAccount, type Statement } from '../iam/support/account.ts';
import { AUDIENCE, openIssuer, type TestIssuer } from '../iam/support/issuer.ts';
import { connect, connectUrl } from '../support/app-instance.ts';
import { ROOT_KEY } from '../support/server.ts';
import { typeOf } from './support/answers.ts';
import { furnish } from './support/place.ts';
import { ask, IDENTITY, type Names, OPERATIONS, type OperationName, requestOf } from './support/requests.ts';

const resources = new AsyncDisposableStack();
let account: Account;
let issuer: TestIssuer;
let sts: STS;
let url: string;
/** All but the users is nowhere, so that whatever is allowed changes nothing. */
let names: Names;

before(async () => {
  issuer = resources.use(await openIssuer());
  account = resources.use(await openAccount({ limits: 'off', 'oidc-issuer': `${issuer.url}=${AUDIENCE}` }));
  url = account.server.url;
  const place = await furnish(url);
  names = { ...place, channel: `${place.appInstance}/channel/nowhere`, flow: `${place.appInstance}/channel-flow/none` };
  sts = new STS({ endpoint: url, region: 'us-east-1', credentials: ROOT_KEY });
  resources.defer(() => sts.destroy());
});
after(() => resources.disposeAsync());

/** What is not denied to somebody. @param others what the requests name instead */
async function allowedTo(credentials: Credentials, others: Partial<Names> = {}): Promise<OperationName[]> {
  const allowed: OperationName[] = [];
  for (const operation of OPERATIONS) {
    const response = await ask(url, requestOf(operation, { ...names, ...others }), { credentials });
    if (typeOf(operation, response) !== 'AccessDeniedException') allowed.push(operation);
  }
  return allowed.sort();
}

/** Whether a socket opens: what is heard first is an event, or the close for those who may not. */
async function connects(credentials: Credentials, userArn: string): Promise<boolean> {
  const { socket, first } = await connect(connectUrl(url, credentials, { userArn }));
  socket.terminate();
  if (first !== 4003) assert.match(String(first), /SESSION_ESTABLISHED/);
  return first !== 4003;
}

async function role(name: string, trust: Statement, statements: Statement[]): Promise<string> {
  await account.iam.createRole({ RoleName: name, AssumeRolePolicyDocument: document(trust) });
  await account.iam.putRolePolicy({ RoleName: name, PolicyName: 'own', PolicyDocument: document(...statements) });
  return `arn:aws:iam::${ACCOUNT}:role/${name}`;
}

function credentialsOf({ Credentials: given }: AssumeRoleCommandOutput): Credentials {
  return {
    accessKeyId: given?.AccessKeyId ?? '',
    secretAccessKey: given?.SecretAccessKey ?? '',
    sessionToken: given?.SessionToken ?? '',
  };
}

/** A session of a role of these statements that is tagged as Alice's. */
async function session(name: string, ...statements: Statement[]): Promise<Credentials> {
  const trust = { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: ['sts:AssumeRole', 'sts:TagSession'] };
  return credentialsOf(
    await sts.assumeRole({
      RoleArn: await role(name, trust, statements),
      RoleSessionName: 'chime_alice',
      Tags: [{ Key: 'UserUUID', Value: 'alice' }],
    }),
  );
}

async function user(name: string, ...statements: Statement[]): Promise<Credentials> {
  return (await account.user(name, ...statements)).credentials;
}

const statement = (actions: readonly string[], ...on: readonly string[]): Statement => ({
  Effect: 'Allow',
  Action: actions.map((action) => `chime:${action}`),
  Resource: on,
});
const ENDPOINT = statement(['GetMessagingSessionEndpoint'], '*');
const TAGGED = `$\{aws:PrincipalTag/UserUUID}`;
const onChannels = (user: string) => [`${names.appInstance}/user/${user}`, `${names.appInstance}/channel/*`] as const;

/** As in the guide, a spelling of its own included: actions are compared without regard to case. */
const USER_POLICY = [
  'CreateChannel',
  'DescribeChannel',
  'DeleteChannel',
  'UpdateChannel',
  'ListChannels',
  'Listsubchannels',
  'ListChannelMembershipsForAppInstanceUser',
  'DescribeChannelMembershipForAppInstanceUser',
  'ListChannelsModeratedByAppInstanceUser',
  'DescribeChannelModeratedByAppInstanceUser',
  'UpdateChannelReadMarker',
  'CreateChannelModerator',
  'DescribeChannelModerator',
  'ListChannelModerators',
  'DeleteChannelModerator',
  'SendChannelMessage',
  'GetChannelMessage',
  'DeleteChannelMessage',
  'UpdateChannelMessage',
  'RedactChannelMessage',
  'ListChannelMessages',
  'CreateChannelMembership',
  'DescribeChannelMembership',
  'DeleteChannelMembership',
  'ListChannelMemberships',
  'CreateChannelBan',
  'DeleteChannelBan',
  'ListChannelBans',
  'DescribeChannelBan',
  'Connect',
  'AssociateChannelFlow',
  'DisassociateChannelFlow',
  'GetChannelMessageStatus',
];

/** The operations of actions, sorted; those besides are on anything. */
const operationsOf = (actions: readonly string[], ...besides: readonly string[]) =>
  [...actions, ...besides]
    .filter((action) => action !== 'Connect')
    .map((action) => action.replace('Listsubchannels', 'ListSubChannels'))
    .sort();

describe('the template for a role that all users share', () => {
  const ACTIONS = [
    'Connect',
    'CreateChannel',
    'DescribeChannel',
    'ListChannels',
    'ListChannelMembershipsForAppInstanceUser',
    'CreateChannelMembership',
    'ListChannelMemberships',
    'DeleteChannelMembership',
    'SendChannelMessage',
    'UpdateChannelMessage',
    'RedactChannelMessage',
    'ListChannelMessages',
    'GetChannelMessage',
    'GetChannelMessageStatus',
    'UpdateChannelReadMarker',
  ];
  let own: Credentials;
  before(async () => {
    own = await session('template', ENDPOINT, statement(ACTIONS, ...onChannels(TAGGED)));
  });

  test('allows what it lists, as the user that the session is tagged with', async () => {
    assert.deepEqual(await allowedTo(own), operationsOf(ACTIONS, 'GetMessagingSessionEndpoint'));
    assert.equal(await connects(own, names.alice), true);
  });

  test('allows nothing as another user', async () => {
    assert.deepEqual(await allowedTo(own, { alice: names.bob }), ['GetMessagingSessionEndpoint']);
    assert.equal(await connects(own, names.bob), false);
  });
});

describe('the roles of the demo', () => {
  const DEVICES = [
    'RegisterAppInstanceUserEndpoint',
    'ListAppInstanceUserEndpoints',
    'DeregisterAppInstanceUserEndpoint',
    'UpdateAppInstanceUserEndpoint',
  ];
  let own: Credentials;
  before(async () => {
    own = await session(
      'demo',
      ENDPOINT,
      statement([...USER_POLICY, ...DEVICES], ...onChannels(TAGGED), `${names.appInstance}/channel-flow/*`),
      statement(['DescribeAppInstance'], names.appInstance),
      statement(['ListAppInstanceUsers'], `${names.appInstance}/user/*`),
      statement(['ListChannelFlows'], `${names.appInstance}/channel-flow/*`),
    );
  });
  const EVERYBODY = ['GetMessagingSessionEndpoint', 'DescribeAppInstance', 'ListAppInstanceUsers', 'ListChannelFlows'];

  test('let users use channels and flows, find each other and register their devices', async () => {
    assert.deepEqual(await allowedTo(own), operationsOf([...USER_POLICY, ...DEVICES], ...EVERYBODY));
    assert.equal(await connects(own, names.alice), true);
  });

  test('let them act as nobody else', async () => {
    assert.deepEqual(await allowedTo(own, { alice: names.bob }), EVERYBODY.sort());
    assert.equal(await connects(own, names.bob), false);
  });
});

test('the role of the demo for users of Cognito: another issuer’s subject is in its place', async () => {
  const provider = issuer.url.slice('http://'.length);
  const statements = ['cognito-identity.amazonaws.com', provider].map((who) =>
    statement(USER_POLICY, ...onChannels(`$\{${who}:sub}`), `${names.appInstance}/channel-flow/*`),
  );
  const trust = {
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/${provider}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: { [`${provider}:aud`]: AUDIENCE } },
  };
  const own = credentialsOf(
    await sts.assumeRoleWithWebIdentity({
      RoleArn: await role('web', trust, statements),
      RoleSessionName: 'browser',
      WebIdentityToken: await issuer.tokenOf({ subject: 'alice' }),
    }),
  );
  assert.deepEqual(await allowedTo(own), operationsOf(USER_POLICY));
  assert.deepEqual(await allowedTo(own, { alice: names.bob }), []);
  assert.deepEqual([await connects(own, names.alice), await connects(own, names.bob)], [true, false]);
});

describe('the user policy of the guide', () => {
  let own: Credentials;
  before(async () => {
    own = await user('user', ENDPOINT, statement(USER_POLICY, ...onChannels('alice')));
  });

  test('allows what it lists; flows would have to be named', async () => {
    const withoutFlows = USER_POLICY.filter((action) => !action.endsWith('ChannelFlow'));
    assert.deepEqual(await allowedTo(own), operationsOf(withoutFlows, 'GetMessagingSessionEndpoint'));
    assert.equal(await connects(own, names.alice), true);
  });

  test('allows nothing as another user, or in another app instance', async () => {
    assert.deepEqual(await allowedTo(own, { alice: names.bob }), ['GetMessagingSessionEndpoint']);
    assert.equal(await connects(own, names.bob), false);
    const there = await furnish(url);
    for (const operation of OPERATIONS) {
      const elsewhere = await ask(url, requestOf(operation, there), { credentials: own });
      if (operation === 'GetMessagingSessionEndpoint') continue;
      assert.equal(typeOf(operation, elsewhere), 'AccessDeniedException', operation);
    }
  });
});

test('the policy of a minimal user allows to read and to send', async () => {
  const actions = [
    'ListChannels',
    'DescribeChannel',
    'ListChannelMembershipsForAppInstanceUser',
    'DescribeChannelMembershipForAppInstanceUser',
    'ListChannelsModeratedByAppInstanceUser',
    'DescribeChannelModeratedByAppInstanceUser',
    'SendChannelMessage',
    'GetChannelMessage',
    'ListChannelMessages',
    'Connect',
  ];
  const own = await user('minimal', ENDPOINT, statement(actions, ...onChannels('alice')));
  assert.deepEqual(await allowedTo(own), operationsOf(actions, 'GetMessagingSessionEndpoint'));
  assert.equal(await connects(own, names.alice), true);
});

test('a back end acts as its own user, or with a wildcard as everybody', async () => {
  const actions = USER_POLICY.filter((action) => !action.endsWith('ChannelFlow'));
  const worker = await user('worker', statement(actions, ...onChannels('backend_worker')));
  assert.deepEqual(await allowedTo(worker), []);
  assert.deepEqual(
    await allowedTo(worker, { alice: `${names.appInstance}/user/backend_worker` }),
    operationsOf(actions),
  );
  const any = await user('any', statement(actions, ...onChannels('*')));
  assert.deepEqual(await allowedTo(any, { alice: names.bob }), operationsOf(actions));
  assert.equal(await connects(any, names.bob), true);
});

test('a developer sets everything up, but acts as nobody', async () => {
  const actions = [
    ...Object.keys(IDENTITY),
    ...['TagResource', 'UntagResource', 'ListTagsForResource', 'ChannelFlowCallback'],
    ...['Get', 'Put', 'Delete'].map((verb) => `${verb}MessagingStreamingConfigurations`),
    ...['Create', 'Describe', 'Update', 'Delete'].map((verb) => `${verb}ChannelFlow`),
    ...['ListChannelFlows', 'ListChannelsAssociatedWithChannelFlow'],
  ];
  const own = await user('developer', statement(actions, '*'));
  // What it could delete is elsewhere.
  assert.deepEqual(await allowedTo(own, await furnish(url)), operationsOf(actions));
  assert.equal(await connects(own, names.alice), false);
});
