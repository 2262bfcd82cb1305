/** The rates of calls, as the General Reference has them (spec/chime-messaging 5.3). They hold with `--limits aws`. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type StoppedClock, stoppedClock } from '../support/clock.ts';
import { refused } from '../support/expect.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { typeOf } from './support/answers.ts';
import { furnish } from './support/place.ts';
import { ask, MESSAGING, type Names, type OperationName, requestOf } from './support/requests.ts';
import { chimeClients } from './support/venue.ts';

/** Calls a second, what they are counted for, and the operations that are counted together. */
const RATES: readonly (readonly [
  rate: number,
  scope: 'app instance' | 'channel' | 'user' | 'account',
  operations: OperationName[],
])[] = [
  [15, 'app instance', ['CreateChannel', 'UpdateChannel', 'DeleteChannel']],
  [10, 'app instance', ['ListChannels']],
  [20, 'channel', ['DescribeChannel']],
  [
    15,
    'channel',
    [
      'CreateChannelMembership',
      'DeleteChannelMembership',
      'CreateChannelBan',
      'DeleteChannelBan',
      'CreateChannelModerator',
      'DeleteChannelModerator',
    ],
  ],
  [15, 'channel', ['ListChannelMemberships', 'ListChannelBans', 'ListChannelModerators']],
  [
    30,
    'channel',
    [
      'SendChannelMessage',
      'UpdateChannelMessage',
      'RedactChannelMessage',
      'DeleteChannelMessage',
      'ChannelFlowCallback',
    ],
  ],
  [30, 'channel', ['ListChannelMessages']],
  [30, 'channel', ['GetChannelMessage']],
  [15, 'user', ['ListChannelMembershipsForAppInstanceUser', 'ListChannelsModeratedByAppInstanceUser']],
  [15, 'channel', ['ListSubChannels']],
  [1, 'channel', ['BatchCreateChannelMembership']],
  [5, 'app instance', ['UpdateAppInstance', 'DeleteAppInstance']],
  [5, 'account', ['CreateAppInstance']],
  [10, 'app instance', ['CreateAppInstanceUser', 'UpdateAppInstanceUser', 'DeleteAppInstanceUser']],
  [20, 'app instance', ['DescribeAppInstance']],
  [20, 'user', ['DescribeAppInstanceUser']],
  [10, 'account', ['ListAppInstances']],
  [10, 'app instance', ['ListAppInstanceUsers']],
];

/** More than a second's calls are taken at once: the burst is undocumented. */
const BURST = 2;

let server: TestServer;
let clock: StoppedClock;
let names: Names;
/** Where nothing is that is counted here. */
let elsewhere: Names;

async function call(operation: OperationName, place = names): Promise<string | undefined> {
  return typeOf(operation, await ask(server.url, requestOf(operation, place), { now: clock.now() }));
}

/** What so many calls are answered, the operations taking turns. */
async function calls(operations: readonly OperationName[], count: number): Promise<Set<string | undefined>> {
  const answers = new Set<string | undefined>();
  for (let made = 0; made < count; made++)
    answers.add(await call(operations[made % operations.length] as OperationName));
  return answers;
}

async function open(flags: Parameters<typeof startServer>[0]): Promise<void> {
  clock = stoppedClock();
  const startedMs = clock.now();
  // As on a machine that was just started: fractions of milliseconds since the epoch would not be exact enough.
  server = await startServer({ limits: 'aws', ...flags }, { ...clock, monotonic: () => clock.now() - startedMs });
  names = nameOnly('11111111-1111-1111-1111-111111111111');
  elsewhere = nameOnly('22222222-2222-2222-2222-222222222222');
}

/** Names of what need not exist: calls are counted before anything is looked for. */
function nameOnly(id: string): Names {
  const appInstance = `arn:aws:chime:us-east-1:000000000000:app-instance/${id}`;
  return {
    appInstance,
    alice: `${appInstance}/user/alice`,
    bob: `${appInstance}/user/bob`,
    carol: `${appInstance}/user/carol`,
    erin: `${appInstance}/user/erin`,
    bot: `${appInstance}/bot/bot`,
    channel: `${appInstance}/channel/channel`,
    flow: `${appInstance}/channel-flow/flow`,
    message: 'message',
    endpoint: 'endpoint',
  };
}

describe('calls of', () => {
  // Of all calls of one bearer there may be fewer than of some operations.
  before(() => open({ limit: ['calls-per-bearer-per-second=1000', 'identity-calls-per-second=1000'] }));
  after(() => server[Symbol.asyncDispose]());

  for (const [rate, scope, operations] of RATES) {
    test(`${operations.join(', ')}: ${rate}/s for each ${scope}`, async () => {
      const taken = await calls(operations, rate * BURST);
      assert.ok(!taken.has('ThrottledClientException'));
      for (const operation of operations) assert.equal(await call(operation), 'ThrottledClientException', operation);
      if (scope !== 'account') {
        for (const operation of operations) {
          assert.notEqual(await call(operation, elsewhere), 'ThrottledClientException', operation);
        }
      }
      clock.advance(1000);
      const again = await calls(operations, rate);
      assert.ok(!again.has('ThrottledClientException'));
      for (const operation of operations) assert.equal(await call(operation), 'ThrottledClientException', operation);
    });
  }
});

describe('all calls of', () => {
  before(() => open({}));
  after(() => server[Symbol.asyncDispose]());

  test('one bearer: 10/s', async () => {
    const operations = (Object.keys(MESSAGING) as (keyof typeof MESSAGING)[]).filter(
      (name) => MESSAGING[name].bearer && name !== 'BatchCreateChannelMembership',
    );
    const taken = await calls(operations, 10 * BURST);
    assert.ok(!taken.has('ThrottledClientException'));
    for (const operation of operations) assert.equal(await call(operation), 'ThrottledClientException', operation);
    const other = { ...names, alice: names.bob };
    assert.notEqual(await call('GetChannelMessage', other), 'ThrottledClientException');
    assert.notEqual(await call('GetMessagingSessionEndpoint'), 'ThrottledClientException');
  });

  test('the identity service: 50/s', async () => {
    const operations = [
      'ListAppInstanceBots',
      'DescribeAppInstanceBot',
      'GetAppInstanceRetentionSettings',
      'ListAppInstanceAdmins',
      'DescribeAppInstanceUserEndpoint',
    ] as const;
    const taken = await calls(operations, 50 * BURST);
    assert.ok(!taken.has('ThrottledClientException'));
    for (const operation of operations) assert.equal(await call(operation), 'ThrottledClientException', operation);
    assert.equal(await call('DescribeAppInstanceBot', elsewhere), 'ThrottledClientException');
    assert.notEqual(await call('DescribeChannel', elsewhere), 'ThrottledClientException');
  });
});

test('the SDK knows the error', async () => {
  const clock = stoppedClock();
  await using server = await startServer({ limits: 'aws', limit: ['app-instance-lists-per-second=1'] }, clock);
  const { identity, messaging } = chimeClients(server.url);
  await identity.listAppInstances({});
  await identity.listAppInstances({});
  await refused(identity.listAppInstances({}), 'ThrottledClientException', {
    $metadata: { httpStatusCode: 429 },
    Code: 'Throttled',
    message: 'Rate exceeded: app-instance-lists-per-second of this account is 1.',
  });
  identity.destroy();
  messaging.destroy();
});

test('there is no rate of calls unless asked for', async () => {
  await using open = await startServer({}, stoppedClock());
  const place = await furnish(open.url);
  for (let made = 0; made < 100; made++) {
    assert.equal((await ask(open.url, requestOf('DescribeChannel', place))).status, 200);
  }
});
