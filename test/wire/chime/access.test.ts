/** The first gate, for every operation: what policies must allow on which resources (spec/chime-messaging 4.1, D). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ACCOUNT, type Account, allow, deny, document, openAccount, type TestUser } from '../iam/support/account.ts';
import type { RawResponse } from '../support/raw-http.ts';
import { typeOf } from './support/answers.ts';
import { furnish } from './support/place.ts';
import {
  type ApiRequest,
  ask,
  type Names,
  NOT_BUILT,
  OPERATIONS,
  type OperationName,
  requestOf,
  successOf,
} from './support/requests.ts';

/** Appendix D. Who acts is Alice; what is listed, or has no name yet, is all of its kind. */
const RESOURCES: readonly (readonly [resources: (names: Names) => string[], actions: OperationName[]])[] = [
  [() => ['*'], ['GetMessagingSessionEndpoint']],
  [() => ['arn:aws:chime:us-east-1:000000000000:app-instance/*'], ['CreateAppInstance', 'ListAppInstances']],
  [({ appInstance }) => [`${appInstance}/bot/*`], ['CreateAppInstanceBot', 'ListAppInstanceBots']],
  [({ appInstance }) => [`${appInstance}/user/newcomer`], ['CreateAppInstanceUser']],
  [({ appInstance }) => [`${appInstance}/user/*`], ['ListAppInstanceUsers']],
  [({ appInstance }) => [`${appInstance}/channel-flow/*`], ['ListChannelFlows']],
  [({ bot }) => [bot], ['DeleteAppInstanceBot', 'DescribeAppInstanceBot', 'UpdateAppInstanceBot']],
  [
    ({ alice }) => [alice],
    [
      'DeleteAppInstanceUser',
      'DeregisterAppInstanceUserEndpoint',
      'DescribeAppInstanceUser',
      'DescribeAppInstanceUserEndpoint',
      'ListAppInstanceUserEndpoints',
      'PutAppInstanceUserExpirationSettings',
      'RegisterAppInstanceUserEndpoint',
      'UpdateAppInstanceUser',
      'UpdateAppInstanceUserEndpoint',
      'CreateChannel',
      'ListChannelMembershipsForAppInstanceUser',
      'ListChannels',
      'ListChannelsModeratedByAppInstanceUser',
      'SearchChannels',
    ],
  ],
  [({ channel }) => [channel], ['ChannelFlowCallback', 'ListTagsForResource', 'TagResource', 'UntagResource']],
  [
    ({ appInstance }) => [appInstance],
    [
      'CreateChannelFlow',
      'DeleteAppInstance',
      'DeleteMessagingStreamingConfigurations',
      'DescribeAppInstance',
      'GetAppInstanceRetentionSettings',
      'GetMessagingStreamingConfigurations',
      'ListAppInstanceAdmins',
      'PutAppInstanceRetentionSettings',
      'PutMessagingStreamingConfigurations',
      'UpdateAppInstance',
    ],
  ],
  // That the reference has DeleteChannelFlow among those on channels is taken for a slip.
  [
    ({ flow }) => [flow],
    ['DeleteChannelFlow', 'DescribeChannelFlow', 'ListChannelsAssociatedWithChannelFlow', 'UpdateChannelFlow'],
  ],
  [({ appInstance, carol }) => [appInstance, carol], ['CreateAppInstanceAdmin']],
  [({ appInstance, bob }) => [appInstance, bob], ['DeleteAppInstanceAdmin', 'DescribeAppInstanceAdmin']],
  [
    ({ alice, channel }) => [alice, channel],
    [
      'BatchCreateChannelMembership',
      'CreateChannelBan',
      'CreateChannelMembership',
      'CreateChannelModerator',
      'DeleteChannel',
      'DeleteChannelBan',
      'DeleteChannelMembership',
      'DeleteChannelMessage',
      'DeleteChannelModerator',
      'DescribeChannel',
      'DescribeChannelBan',
      'DescribeChannelMembership',
      'DescribeChannelMembershipForAppInstanceUser',
      'DescribeChannelModeratedByAppInstanceUser',
      'DescribeChannelModerator',
      'GetChannelMembershipPreferences',
      'GetChannelMessage',
      'GetChannelMessageStatus',
      'ListChannelBans',
      'ListChannelMemberships',
      'ListChannelMessages',
      'ListChannelModerators',
      'ListSubChannels',
      'PutChannelExpirationSettings',
      'PutChannelMembershipPreferences',
      'RedactChannelMessage',
      'SendChannelMessage',
      'UpdateChannel',
      'UpdateChannelMessage',
      'UpdateChannelReadMarker',
    ],
  ],
  [({ alice, channel, flow }) => [alice, channel, flow], ['AssociateChannelFlow', 'DisassociateChannelFlow']],
];

const resources = new AsyncDisposableStack();
let account: Account;
let url: string;
let names: Names;
let user: TestUser;

before(async () => {
  account = resources.use(await openAccount({ limits: 'off' }));
  url = account.server.url;
  names = await furnish(url);
  user = await account.user('somebody');
});
after(() => resources.disposeAsync());

/** Gives the user a policy of these statements and no other. */
async function grant(...statements: ReturnType<typeof allow>[]): Promise<void> {
  await account.iam.putUserPolicy({
    UserName: user.name,
    PolicyName: 'own',
    PolicyDocument: document(...statements),
  });
}

const asUser = (request: ApiRequest): Promise<RawResponse> => ask(url, request, { credentials: user.credentials });

async function denied(operation: OperationName, resource: string, why: string): Promise<void> {
  const response = await asUser(requestOf(operation, names));
  assert.equal(typeOf(operation, response), 'AccessDeniedException', `${operation} on ${resource}`);
  assert.deepEqual(response.json, {
    Message:
      `User: arn:aws:iam::${ACCOUNT}:user/somebody is not authorized to perform: chime:${operation} ` +
      `on resource: ${resource} ${why}`,
  });
}

test('the actions are those of all operations', () => {
  assert.deepEqual(RESOURCES.flatMap(([, actions]) => actions).sort(), [...OPERATIONS].sort());
});

for (const [resourcesOf, operations] of RESOURCES) {
  for (const operation of operations) {
    test(`${operation} needs each of its resources, and nothing else`, async () => {
      const action = `chime:${operation}`;
      const all = resourcesOf(names);
      for (const [at, resource] of all.entries()) {
        const another = resource === '*' ? names.channel : `${resource}x`;
        await grant(allow('chime:Connect', resource), allow(action, [...all.toSpliced(at, 1), another]));
        await denied(operation, resource, `because no identity-based policy allows the ${action} action`);
        await grant(allow(action), deny(action, resource));
        await denied(operation, resource, 'with an explicit deny in an identity-based policy');
      }
      const place = requestOf(operation, names).method === 'GET' ? names : await furnish(url);
      await grant(allow(action, resourcesOf(place)));
      const response = await asUser(requestOf(operation, place));
      const built = !NOT_BUILT.includes(operation);
      assert.equal(typeOf(operation, response), built ? undefined : 'ServiceUnavailableException', response.text);
      assert.equal(response.status, built ? successOf(operation) : 503);
    });
  }
}

describe('a policy', () => {
  test('that allows nothing denies everything', async () => {
    await grant(allow('ivschat:*'));
    for (const operation of OPERATIONS) {
      const type = typeOf(operation, await asUser(requestOf(operation, names)));
      assert.equal(type, 'AccessDeniedException', operation);
    }
  });

  test('that names a user says nothing of a bot that acts', async () => {
    for (const operation of OPERATIONS) {
      const own = requestOf(operation, names);
      if (own.bearer === undefined) continue;
      const others = [names.channel, names.flow];
      const type = async (...on: string[]) => {
        await grant(allow(`chime:${operation}`, [...on, ...others]));
        return typeOf(operation, await asUser({ ...own, bearer: names.bot }));
      };
      assert.equal(await type(names.alice), 'AccessDeniedException', operation);
      if (own.method === 'GET') assert.notEqual(await type(names.bot), 'AccessDeniedException', operation);
    }
  });
});
