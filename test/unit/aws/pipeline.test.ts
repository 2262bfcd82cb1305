import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createScope } from '../../../src/aws/arn.ts';
import { errorType } from '../../../src/aws/errors.ts';
import { operationsWith, type Service } from '../../../src/aws/operation.ts';
import { createAwsHandler, type Failure, type Outcome } from '../../../src/aws/pipeline.ts';
import type { Authorize, Principal } from '../../../src/aws/ports.ts';
import { header, optional, path, query, string, structure } from '../../../src/aws/shape.ts';
import { signRequest } from '../../../src/aws/sigv4.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const KEY = { accessKeyId: 'AKIATESTTESTTEST', secretAccessKey: 'secret' };
const PRINCIPAL: Principal = {
  type: 'Account',
  arn: 'arn:aws:iam::000000000000:root',
  accountId: '000000000000',
  id: '000000000000',
};

const Throttling = errorType<{ message: string }>('ThrottlingException', 429);
const Validation = errorType<{ message: string; names: string[] }>('ValidationException', 400);
const Internal = errorType<{ message: string }>('ServiceFailureException', 500);

interface Context {
  readonly handled: unknown[];
}
const operation = operationsWith<Context>();

const operations = {
  Echo: operation({
    http: 'POST /things/{thing}/echo?operation=echo 201',
    action: 'test:Echo',
    resource: ({ scope, input }) => [scope.arn(`thing/${input.thing}`), scope.arn('thing/*')],
    alsoNeeds: ({ color }) => (color === 'gold' ? ['test:Gild', { action: 'gold:Take', resource: 'gold' }] : []),
    input: structure({
      thing: path('thing', string()),
      color: optional(query('color', string())),
      bearer: optional(header('x-amz-bearer', string())),
      size: string({ max: 3 }),
    }),
    output: structure({ thing: string() }),
    errors: [],
    handle({ input, principal, requestId, handled }) {
      handled.push({ input, principal: principal.arn, requestId });
      return { thing: input.thing };
    },
  }),
  Remove: operation({
    http: 'DELETE /things/{thing} 204',
    action: 'test:Remove',
    resource: ({ scope }) => scope.arn('thing/*'),
    input: structure({ thing: path('thing', string()) }),
    errors: [],
    handle({ input, handled }) {
      if (input.thing === 'broken') throw new Error('the database is on fire at /var/lib');
      handled.push(input);
    },
  }),
};

function setUp(options: { readonly authorize?: Authorize; readonly throttled?: boolean } = {}) {
  const { authorize = () => ({ allowed: true }), throttled = false } = options;
  const handled: unknown[] = [];
  const outcomes: Outcome[] = [];
  const failures: Failure[] = [];
  const asked: Parameters<Authorize>[0][] = [];
  const service: Service<Context> = {
    name: 'test',
    signingName: 'test',
    scope: createScope('test', 'us-east-1', '000000000000'),
    operations,
    context: { handled },
    throttle(name) {
      if (throttled) throw Throttling({ message: name });
    },
    invalid: (problems) => Validation({ message: 'invalid', names: problems.map(({ name }) => name) }),
    internal: () => Internal({ message: 'sorry' }),
  };
  let requests = 0;
  let elapsed = 0;
  const handle = createAwsHandler({
    services: [service],
    region: 'us-east-1',
    principals: {
      find: (id) => (id === KEY.accessKeyId ? { secret: KEY.secretAccessKey, principal: PRINCIPAL } : undefined),
    },
    authorize(request) {
      asked.push(request);
      return authorize(request);
    },
    clock: { now: () => NOW, monotonic: () => elapsed++ },
    newRequestId: () => `request-${++requests}`,
    observe: (outcome) => outcomes.push(outcome),
    report: (failure) => failures.push(failure),
  });
  async function send(method: string, target: string, body = '', more: Record<string, string> = {}, key = KEY) {
    const headers = signRequest({ method, target, headers: { host: 'h', ...more }, body }, key, {
      region: 'us-east-1',
      service: 'test',
      now: NOW,
    });
    const rawHeaders = Object.entries(headers).flat();
    return handle({ method, target, rawHeaders, headers, body: Buffer.from(body), address: '192.0.2.1' });
  }
  return { send, handled, outcomes, failures, asked };
}

const ECHO = '/things/a%2Fb/echo?operation=echo&color=red';
const WRONG_KEY = { ...KEY, secretAccessKey: 'wrong' };

describe('a request that passes all steps', () => {
  test('reaches its handler with its input from wherever it travelled', async () => {
    const { send, handled } = setUp();
    await send('POST', ECHO, '{"size":"xl"}', { 'x-amz-bearer': 'me' });
    const input = { thing: 'a/b', color: 'red', bearer: 'me', size: 'xl' };
    assert.deepEqual(handled, [{ input, principal: PRINCIPAL.arn, requestId: 'request-1' }]);
  });

  test('is answered with the status of its operation, JSON and its id', async () => {
    const { send } = setUp();
    assert.deepEqual(await send('POST', ECHO, '{"size":"xl"}'), {
      status: 201,
      headers: { 'x-amzn-RequestId': 'request-1', 'content-type': 'application/json' },
      body: '{"thing":"a/b"}',
    });
  });

  test('is answered without a body when its operation has no output', async () => {
    const { send } = setUp();
    assert.deepEqual(await send('DELETE', '/things/a'), { status: 204, headers: { 'x-amzn-RequestId': 'request-1' } });
  });

  test('is authorised for its action on all its resources', async () => {
    const { send, asked } = setUp();
    await send('POST', ECHO, '{"size":"xl"}');
    const resources = ['arn:aws:test:us-east-1:000000000000:thing/a/b', 'arn:aws:test:us-east-1:000000000000:thing/*'];
    const context = { sourceIp: '192.0.2.1', time: NOW, secureTransport: false, region: 'us-east-1' };
    assert.deepEqual(asked, [{ principal: PRINCIPAL, action: 'test:Echo', resources, context }]);
  });

  test('is told of', async () => {
    const { send, outcomes } = setUp();
    await send('POST', ECHO, '{"size":"xl"}');
    assert.deepEqual(outcomes, [
      {
        requestId: 'request-1',
        service: 'test',
        operation: 'Echo',
        action: 'test:Echo',
        principal: PRINCIPAL.arn,
        accessKeyId: KEY.accessKeyId,
        resources: ['arn:aws:test:us-east-1:000000000000:thing/a/b', 'arn:aws:test:us-east-1:000000000000:thing/*'],
        address: '192.0.2.1',
        status: 201,
        error: undefined,
        elapsedMs: 1,
      },
    ]);
  });
});

describe('a request that fails a step goes no further', () => {
  async function failing(
    options: Parameters<typeof setUp>[0],
    ...request: Parameters<ReturnType<typeof setUp>['send']>
  ) {
    const { send, handled, outcomes, failures, asked } = setUp(options);
    const { status, headers, body } = await send(...request);
    assert.deepEqual(handled, []);
    assert.deepEqual(failures, []);
    const [outcome] = outcomes;
    assert.equal(outcomes.length, 1);
    assert.equal(outcome?.status, status);
    assert.equal(outcome?.error, headers?.['x-amzn-ErrorType']);
    return { outcome, asked, body: JSON.parse(String(body)) };
  }
  const denyAll: Authorize = ({ resources }) => ({ allowed: false, ...(resources[1] && { resource: resources[1] }) });

  test('identify', async () => {
    const { outcome } = await failing({}, 'GET', '/nothing', '', {}, WRONG_KEY);
    assert.partialDeepStrictEqual(outcome, { status: 404, error: 'UnknownOperationException' });
    assert.equal(outcome?.operation, undefined);
  });

  test('authenticate, before the rate is used up', async () => {
    const { outcome } = await failing({ throttled: true }, 'DELETE', '/things/a', '', {}, WRONG_KEY);
    assert.partialDeepStrictEqual(outcome, { status: 403, error: 'InvalidSignatureException', operation: 'Remove' });
    assert.equal(outcome?.principal, undefined);
  });

  test('validate, before the rate is used up', async () => {
    const { outcome, body } = await failing({ throttled: true }, 'POST', ECHO, '{"size":"large"}');
    assert.partialDeepStrictEqual(outcome, { status: 400, error: 'ValidationException' });
    assert.deepEqual(body.names, ['size']);
  });

  test('authorise, naming the resource it failed for', async () => {
    const { outcome, body } = await failing({ authorize: denyAll }, 'POST', ECHO, '{"size":"xl"}');
    assert.partialDeepStrictEqual(outcome, { status: 403, error: 'AccessDeniedException' });
    assert.deepEqual(body, {
      message:
        'User: arn:aws:iam::000000000000:root is not authorized to perform: test:Echo ' +
        'on resource: arn:aws:test:us-east-1:000000000000:thing/*',
    });
  });
});

describe('actions that the input needs besides', () => {
  const GOLD = ['POST', '/things/a/echo?operation=echo&color=gold', '{"size":"xl"}'] as const;

  test('are asked for on the same resources, or on their own', async () => {
    const { send, asked } = setUp();
    assert.equal((await send(...GOLD)).status, 201);
    const [first] = asked;
    assert.deepEqual(
      asked.map(({ action, resources }) => [action, resources]),
      [
        ['test:Echo', first?.resources],
        ['test:Gild', first?.resources],
        ['gold:Take', ['gold']],
      ],
    );
  });

  test('are named when they are denied', async () => {
    for (const wanted of ['test:Gild', 'gold:Take']) {
      const { send, handled } = setUp({ authorize: ({ action }) => ({ allowed: action !== wanted }) });
      const { status, body } = await send(...GOLD);
      assert.equal(status, 403);
      assert.match(String(body), new RegExp(`perform: ${wanted} on resource`));
      assert.deepEqual(handled, []);
    }
  });
});

describe('an unknown failure', () => {
  test('is the service’s own 500 and says nothing of the inside', async () => {
    const { send, outcomes } = setUp();
    assert.deepEqual(await send('DELETE', '/things/broken'), {
      status: 500,
      headers: {
        'x-amzn-RequestId': 'request-1',
        'x-amzn-ErrorType': 'ServiceFailureException',
        'content-type': 'application/json',
      },
      body: '{"message":"sorry"}',
    });
    assert.partialDeepStrictEqual(outcomes, [{ status: 500, error: 'ServiceFailureException' }]);
  });

  test('is reported with its stage', async () => {
    const { send, failures } = setUp();
    await send('DELETE', '/things/broken');
    const [failure] = failures;
    assert.partialDeepStrictEqual(failure, { stage: 'handle', requestId: 'request-1', operation: 'Remove' });
    assert.match(String(failure?.error), /on fire/);
  });

  test('in another step is one too', async () => {
    const authorize = () => {
      throw new Error('no policies');
    };
    const { send, failures, handled } = setUp({ authorize });
    assert.equal((await send('DELETE', '/things/a')).status, 500);
    assert.equal(failures[0]?.stage, 'authorise');
    assert.deepEqual(handled, []);
  });
});
