/** The errors of every operation (spec/chime-messaging 5.1). What they are like is checked of each answer by `typeOf`. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { identityOperations, messagingOperations } from '../../../src/chime/service.ts';
import { type Account, openAccount } from '../iam/support/account.ts';
import { send } from '../support/raw-http.ts';
import { ROOT_KEY } from '../support/server.ts';
import { typeOf } from './support/answers.ts';
import { furnish } from './support/place.ts';
import {
  type ApiRequest,
  arnsOf,
  ask,
  IDENTITY,
  type Names,
  NOT_BUILT,
  OPERATIONS,
  type OperationName,
  ORIGIN,
  requestOf,
  successOf,
  targetOf,
  withoutRequired,
} from './support/requests.ts';

const resources = new AsyncDisposableStack();
let account: Account;
let url: string;
let names: Names;

before(async () => {
  account = resources.use(await openAccount({ limits: 'off' }));
  url = account.server.url;
  names = await furnish(url);
});
after(() => resources.disposeAsync());

/** Query parameters by the names that the model has for them. */
const MEMBER_OF_PARAMETER: Readonly<Record<string, RegExp>> = {
  arn: /"ResourceARN/,
  'app-instance-arn': /"AppInstanceArn/,
  'app-instance-user-arn': /"AppInstanceUserArn/,
  'channel-flow-arn': /"ChannelFlowArn/,
};

const isNotBuilt = (name: OperationName) => NOT_BUILT.includes(name);

async function answerOf(operation: OperationName, request: ApiRequest): Promise<string | undefined> {
  return typeOf(operation, await ask(url, request));
}

/** What those operations answer whose answers are not the usual one. */
async function exceptions(
  operations: readonly OperationName[],
  usual: string | undefined,
  request: (operation: OperationName) => ApiRequest,
): Promise<Record<string, string | undefined>> {
  const answers = await Promise.all(
    operations.map(async (name) => [name, await answerOf(name, request(name))] as const),
  );
  return Object.fromEntries(answers.filter(([, answer]) => answer !== usual));
}

const each = (operations: readonly OperationName[], answer: string) =>
  Object.fromEntries(operations.map((name) => [name, answer]));

test('the requests are those of all operations', () => {
  const known = new Set([...Object.keys(messagingOperations), ...Object.keys(identityOperations)]);
  assert.deepEqual([...OPERATIONS].sort(), [...known].sort());
});

test('every operation succeeds with its own status, but for those that are not built', async () => {
  for (const operation of OPERATIONS) {
    const { method } = requestOf(operation, names);
    const response = await ask(url, requestOf(operation, method === 'GET' ? names : await furnish(url)));
    const built = !isNotBuilt(operation);
    assert.equal(typeOf(operation, response), built ? undefined : 'ServiceUnavailableException', response.text);
    assert.equal(response.status, built ? successOf(operation) : 503, operation);
  }
});

describe('every operation', () => {
  test('refuses who has not signed, and whose signature is not right', async () => {
    const wrong = { credentials: { ...ROOT_KEY, secretAccessKey: 'wrong' } };
    const unknown = { credentials: { ...ROOT_KEY, accessKeyId: 'AKIAUNKNOWNUNKNOWN00' } };
    for (const operation of OPERATIONS) {
      const request = requestOf(operation, names);
      const target = targetOf(request);
      const unsigned = await send(url, { method: request.method, target, headers: { origin: ORIGIN } });
      assert.equal(typeOf(operation, unsigned), 'MissingAuthenticationTokenException', operation);
      assert.equal(typeOf(operation, await ask(url, request, wrong)), 'InvalidSignatureException', operation);
      assert.equal(typeOf(operation, await ask(url, request, unknown)), 'UnrecognizedClientException', operation);
    }
  });

  test('needs what the model requires, and says what is missing', async () => {
    for (const operation of OPERATIONS) {
      for (const [member, request] of withoutRequired(operation, names)) {
        const response = await ask(url, request);
        assert.equal(typeOf(operation, response), 'BadRequestException', `${operation} without ${member}`);
        assert.match(response.text, MEMBER_OF_PARAMETER[member] ?? new RegExp(`"${member}\\b`), operation);
      }
    }
  });

  test('that has a bearer knows who that is', async () => {
    const bearers = [
      `${names.alice}x`,
      names.alice.replace('/user/', '/bot/'),
      names.channel,
      names.appInstance,
      names.alice.replace(names.appInstance, `${names.appInstance}0`),
    ];
    for (const bearer of bearers) {
      for (const operation of OPERATIONS) {
        if (isNotBuilt(operation) || requestOf(operation, names).bearer === undefined) continue;
        const response = await ask(url, { ...requestOf(operation, names), bearer });
        assert.equal(typeOf(operation, response), 'UnauthorizedClientException', operation);
        assert.deepEqual(response.json, {
          Code: 'Unauthorized',
          Message: 'An invalid app instance user ARN was supplied for the x-amz-chime-bearer HTTP header.',
        });
      }
    }
  });

  test('on a channel tells one that there is not as one that is forbidden', async () => {
    const there = await furnish(url);
    const onChannel = OPERATIONS.filter((name) =>
      arnsOf(requestOf(name, names)).some(({ arn }) => arn === names.channel),
    );
    assert.equal(onChannel.length, 36);
    const tags: OperationName[] = ['ListTagsForResource', 'TagResource', 'UntagResource'];
    for (const channel of [`${names.channel}x`, names.channel.replace('/channel/', '/user/'), there.channel]) {
      // Tags have no bearer, whose app instance it could be: the channel there is a channel.
      const others = channel === there.channel ? onChannel.filter((name) => !tags.includes(name)) : onChannel;
      const answers = await exceptions(others, 'ForbiddenException', (name) => requestOf(name, { ...names, channel }));
      assert.deepEqual(answers, each(others.filter(isNotBuilt), 'ServiceUnavailableException'), channel);
    }
  });

  test('on an app instance, a user or a bot forbids one that there is not, but for what is deleted', async () => {
    const identity = OPERATIONS.filter((name) => name in IDENTITY && !/^(?:Create|List)AppInstances?$/.test(name));
    const nowhere = { ...names };
    for (const name of ['appInstance', 'alice', 'bob', 'carol', 'bot'] as const) {
      nowhere[name] = names[name].replace(names.appInstance, names.appInstance.replace(/.{12}$/, '0'.repeat(12)));
    }
    assert.deepEqual(await exceptions(identity, 'ForbiddenException', (name) => requestOf(name, nowhere)), {
      DescribeAppInstanceBot: 'NotFoundException',
      DescribeAppInstanceUser: 'NotFoundException',
      DeleteAppInstance: undefined,
      DeleteAppInstanceBot: undefined,
      DeleteAppInstanceUser: undefined,
      DeregisterAppInstanceUserEndpoint: undefined,
    });
  });
});

/** Somebody whom the operation has not been done to. */
async function newcomer({ appInstance }: Names, operation: OperationName): Promise<string> {
  const AppInstanceUserId = `for-${operation}`;
  const { json } = await ask(url, {
    ...requestOf('CreateAppInstanceUser', names),
    body: { AppInstanceArn: appInstance, AppInstanceUserId, Name: 'name' },
  });
  return Object(json).AppInstanceUserArn;
}

test('what is created a second time conflicts, or is as it was', async () => {
  const place = await furnish(url);
  const twice = OPERATIONS.filter((name) => name.startsWith('Create') && !isNotBuilt(name));
  for (const operation of twice) {
    const request = requestOf(operation, { ...place, carol: await newcomer(place, operation) });
    const named =
      operation === 'CreateChannel' ? { ...request, body: { ...request.body, ChannelId: 'twice' } } : request;
    assert.equal(await answerOf(operation, named), undefined, operation);
    const again = /^CreateAppInstance(?:User|Bot)?$/.test(operation) ? undefined : 'ConflictException';
    assert.equal(await answerOf(operation, named), again, operation);
  }
});

test('what is beyond a quota is a 400 of its own', async () => {
  await using full = await openAccount({ limit: ['app-instances=1'] });
  const request = requestOf('CreateAppInstance', names);
  assert.equal(typeOf('CreateAppInstance', await ask(full.server.url, request)), undefined);
  assert.equal(typeOf('CreateAppInstance', await ask(full.server.url, request)), 'ResourceLimitExceededException');
});
