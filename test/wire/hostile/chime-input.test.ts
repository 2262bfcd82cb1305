/** Garbage for the operations of the Chime door gets their own errors, and never a 500. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { withoutFailure } from '../chime/support/answers.ts';
import { Listener } from '../chime/support/listener.ts';
import { furnish } from '../chime/support/place.ts';
import {
  ask,
  type Names,
  NOT_BUILT,
  OPERATIONS,
  type OperationName,
  ORIGIN,
  requestOf,
  targetOf,
} from '../chime/support/requests.ts';
import { connectUrl } from '../support/app-instance.ts';
import { type RawResponse, sendSigned } from '../support/raw-http.ts';
import { ROOT_KEY, startServer, type TestServer } from '../support/server.ts';

const LISTINGS = OPERATIONS.filter((name) => /^(?:List|Search)/.test(name) && !NOT_BUILT.includes(name));

let server: TestServer;
let url: string;

before(async () => {
  server = await startServer({ limits: 'off' });
  url = server.url;
});
after(async () => {
  assert.doesNotMatch(server.log.join(''), /internal failure/);
  await server[Symbol.asyncDispose]();
});

/** Names of what is not, so that what should happen to fit does nothing. */
function misnamed(): Names {
  const appInstance = 'arn:aws:chime:us-east-1:000000000000:app-instance/00000000-0000-0000-0000-000000000000';
  const user = (id: string) => `${appInstance}/user/${id}`;
  return {
    ...{ appInstance, alice: user('alice'), bob: user('bob'), carol: user('carol'), erin: user('erin') },
    ...{ bot: `${appInstance}/bot/bot`, channel: `${appInstance}/channel/c`, flow: `${appInstance}/channel-flow/f` },
    ...{ message: 'message', endpoint: 'endpoint' },
  };
}

function sendRaw(operation: OperationName, body: string | Buffer): Promise<RawResponse> {
  const request = requestOf(operation, misnamed());
  const headers = {
    origin: ORIGIN,
    ...(request.bearer !== undefined && { 'x-amz-chime-bearer': request.bearer }),
  };
  return sendSigned(url, { method: request.method, target: targetOf(request), headers, body }, { service: 'chime' });
}

describe('a body', () => {
  const withBody = OPERATIONS.filter((name) => requestOf(name, misnamed()).body !== undefined);

  test('whose members have other types is a bad request', async () => {
    const wrong = [0, 1.5, -1, 1e300, true, '', 'x', [], [[]], [null], {}, { a: { b: [] } }, [1, 'a', {}]];
    for (const operation of withBody) {
      const request = requestOf(operation, misnamed());
      for (const name of Object.keys(request.body ?? {})) {
        for (const value of [...wrong, null]) {
          const response = await ask(url, { ...request, body: { ...request.body, [name]: value } });
          const type = withoutFailure(operation, response, `${name} ${JSON.stringify(value)}`);
          const fits = typeof value === 'string' || typeof value === 'object';
          if (!fits) assert.equal(type, 'BadRequestException', `${operation} ${name} ${JSON.stringify(value)}`);
        }
      }
    }
  });

  test('that is no JSON object, or deep, or no UTF-8, is a bad request', async () => {
    const deep = (open: string, close: string) => open.repeat(50_000) + close.repeat(50_000);
    const bodies = ['{', 'null', '[]', '1', '"a"', deep('[', ']'), Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])];
    for (const operation of withBody) {
      for (const body of bodies) {
        const response = await sendRaw(operation, body);
        assert.equal(withoutFailure(operation, response, 'body'), 'BadRequestException', operation);
      }
      const nested = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`;
      for (const name of Object.keys(requestOf(operation, misnamed()).body ?? {})) {
        const body = JSON.stringify({ ...requestOf(operation, misnamed()).body, [name]: '@' }).replace(
          '"@"',
          () => nested,
        );
        withoutFailure(operation, await sendRaw(operation, body), name);
      }
    }
  });

  test('that is huge is refused', async () => {
    for (const operation of withBody) {
      const { status, headers } = await sendRaw(operation, `{"Name":"${'x'.repeat(300 << 10)}"}`);
      assert.deepEqual([status, headers['x-amzn-errortype']], [413, 'RequestEntityTooLargeException'], operation);
    }
  });

  test('may have members that all objects have', async () => {
    const body = '{"__proto__":{"ResourceARN":"x"},"constructor":{"prototype":{"Name":"x"}},"toString":1}';
    for (const operation of withBody) withoutFailure(operation, await sendRaw(operation, body), 'prototype');
  });
});

test('a query parameter may be anything', async () => {
  const names = await furnish(url);
  const parameters = [
    'max-results',
    'next-token',
    'sort-order',
    'not-before',
    'not-after',
    'sub-channel-id',
    'type',
    'privacy',
  ];
  const values = [
    '',
    '0',
    '-1',
    '51',
    '1e9',
    'NaN',
    '1.5',
    '9'.repeat(400),
    'x'.repeat(3000),
    '\0',
    'é',
    '💥',
    '[object Object]',
  ];
  const times = [
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999999999Z',
    '2020-02-30T00:00:00Z',
    '2020-01-01T00:00:00+23:59',
  ];
  for (const operation of LISTINGS) {
    for (const name of parameters) {
      for (const value of [...values, ...times]) {
        const request = requestOf(operation, names);
        const response = await ask(url, { ...request, query: [...request.query, [name, value]] });
        withoutFailure(operation, response, `${name}=${value}`);
      }
    }
  }
});

test('whatever text is sent comes back as it was, over HTTP and on the socket', async () => {
  const names = await furnish(url);
  using listener = new Listener(connectUrl(url, ROOT_KEY, { userArn: names.bob }));
  await listener.hear('SESSION_ESTABLISHED');
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 30 });
  const name = fc.oneof(text, fc.constantFrom('__proto__', 'constructor', 'toString'));
  const attributes = fc.dictionary(name, fc.record({ StringValues: fc.array(text, { maxLength: 2 }) }), { maxKeys: 3 });
  await fc.assert(
    fc.asyncProperty(text, text, attributes, async (Content, Metadata, MessageAttributes) => {
      const sent = { Content, Metadata, MessageAttributes, Type: 'STANDARD', Persistence: 'PERSISTENT' };
      const { json } = await ask(url, { ...requestOf('SendChannelMessage', names), body: sent });
      const message = Object(json).MessageId;
      const got = await ask(url, requestOf('GetChannelMessage', { ...names, message }));
      const heard = await listener.hear('CREATE_CHANNEL_MESSAGE', ({ payload }) => payload.MessageId === message);
      for (const shown of [Object(got.json).ChannelMessage, heard.payload]) {
        assert.deepEqual([shown.Content, shown.Metadata], [Content, Metadata]);
        assert.equal(JSON.stringify(shown.MessageAttributes ?? {}), JSON.stringify(MessageAttributes));
      }
    }),
  );
});

test('text that is no Unicode is a bad request', async () => {
  const names = await furnish(url);
  for (const operation of ['SendChannelMessage', 'UpdateChannel', 'TagResource', 'UpdateAppInstanceUser'] as const) {
    const request = requestOf(operation, names);
    const body = JSON.parse(JSON.stringify(request.body).replace(/"(?:content|name|a)"/, '"\\ud800"'));
    const response = await ask(url, { ...request, body });
    assert.equal(withoutFailure(operation, response, 'half a pair'), 'BadRequestException', operation);
  }
});
