/** Garbage gets the protocol's own errors, and never a 500. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import { ivsOperations } from '../../../src/ivs/service.ts';
import { type RawRequest, type RawResponse, send, sendSigned } from '../support/raw-http.ts';
import { startServer } from '../support/server.ts';

const server = await startServer();
after(() => server[Symbol.asyncDispose]());
const { url } = server;

const ARN = 'arn:aws:ivschat:us-east-1:000000000000:room/AAAAAAAAAAAA';

function invalid({ status, headers, json }: RawResponse, ...names: string[]): void {
  assert.equal(status, 400);
  assert.equal(headers['x-amzn-errortype'], 'ValidationException');
  assert.partialDeepStrictEqual(json, {
    reason: 'FIELD_VALIDATION_FAILED',
    fieldList: names.map((name) => ({ name })),
  });
}

const call = (target: string, body: string | Buffer) => sendSigned(url, { target, body });

describe('a body', () => {
  test('that is not JSON is invalid', async () => {
    for (const body of ['x', '{', '{"name":"a"', "{'name':'a'}", '{"name":"a"}}', '\ufeff{}', 'undefined', '<xml/>']) {
      invalid(await call('/CreateRoom', body), 'body');
    }
  });

  test('that is not UTF-8 is invalid', async () => {
    invalid(await call('/CreateRoom', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])), 'body');
  });

  test('that is no JSON object is invalid', async () => {
    for (const body of ['null', '[]', '"name"', '1', 'true', '[{"name":"a"}]']) {
      invalid(await call('/CreateRoom', body), 'body');
    }
  });

  test('may be empty when nothing in it is required', async () => {
    assert.equal((await call('/ListRooms', '')).status, 200);
    invalid(await call('/GetRoom', ''), 'identifier');
  });

  test('of great depth is read no deeper than its shape', async () => {
    const deep = '['.repeat(50_000) + ']'.repeat(50_000);
    invalid(await call('/CreateRoom', deep), 'body');
    invalid(await call('/CreateRoom', `{"tags":${deep}}`), 'tags');
    assert.equal((await call('/CreateRoom', `{"unknown":${deep}}`)).status, 200);
    const objects = `${'{"a":'.repeat(30_000)}1${'}'.repeat(30_000)}`;
    invalid(await call('/CreateRoom', `{"messageReviewHandler":{"uri":${objects}}}`), 'messageReviewHandler.uri');
  });

  test('that is too large is refused before it has arrived', async () => {
    const headers = { 'content-length': '300000' };
    const response = await send(url, { target: '/CreateRoom', headers, body: '{"name":"' });
    assert.equal(response.status, 413);
    assert.equal(response.headers['x-amzn-errortype'], 'RequestEntityTooLargeException');
  });

  test('is read as JSON whatever its content type', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=latin1', '']) {
      const headers = { 'content-type': type };
      const { json } = await sendSigned(url, { target: '/CreateRoom', headers, body: '{"name":"é"}' });
      invalid({ ...(await sendSigned(url, { target: '/CreateRoom', headers, body: 'name=a' })) }, 'body');
      assert.partialDeepStrictEqual(json, { fieldList: [{ name: 'name' }] });
    }
  });
});

describe('a member', () => {
  test('of the wrong JSON type is named', async () => {
    for (const value of ['1', 'true', '[]', '{}', '["a"]'])
      invalid(await call('/CreateRoom', `{"name":${value}}`), 'name');
    invalid(await call('/CreateRoom', '{"maximumMessageLength":"5"}'), 'maximumMessageLength');
    invalid(await call('/CreateRoom', '{"tags":{"k":1}}'), 'tags.k');
    invalid(await call('/CreateRoom', '{"tags":["a"]}'), 'tags');
    invalid(await call('/CreateRoom', '{"loggingConfigurationIdentifiers":"a"}'), 'loggingConfigurationIdentifiers');
    invalid(await call('/CreateRoom', '{"messageReviewHandler":"a"}'), 'messageReviewHandler');
    invalid(await call('/CreateLoggingConfiguration', '{"destinationConfiguration":[]}'), 'destinationConfiguration');
  });

  test('that is null is absent', async () => {
    assert.equal((await call('/CreateRoom', '{"name":null,"tags":null}')).status, 200);
    invalid(await call('/GetRoom', '{"identifier":null}'), 'identifier');
  });

  test('that is unknown is ignored, those of every object among them', async () => {
    const body =
      '{"__proto__":{"name":"a b"},"constructor":{"prototype":{"name":1}},"prototype":{},"other":1,"Name":"a b"}';
    const { status, json } = await call('/CreateRoom', body);
    assert.equal(status, 200);
    assert.partialDeepStrictEqual(json, { name: '' });
  });

  test('of a map may have any name', async () => {
    const { status, json } = await call('/CreateRoom', '{"tags":{"__proto__":"a","constructor":"b"}}');
    assert.equal(status, 200);
    assert.deepEqual(Object.entries((json as { tags: object }).tags), [
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
  });

  test('that is not well-formed Unicode is invalid', async () => {
    const body = `{"roomIdentifier":"${ARN}","userId":"\\ud800"}`;
    invalid(await call('/CreateChatToken', body), 'userId');
  });
});

describe('a route', () => {
  async function unknown(request: RawRequest): Promise<void> {
    const { status, headers } = await send(url, request);
    assert.equal(status, 404, request.target);
    assert.equal(headers['x-amzn-errortype'], 'UnknownOperationException');
  }

  test('that there is none is no operation', async () => {
    for (const target of [
      '/NoSuchOperation',
      '/CreateRoom/',
      '/createroom',
      '//CreateRoom',
      '/CreateRoom%00',
      '/tags',
      '/constructor',
    ]) {
      await unknown({ target });
    }
  });

  test('with another method is no operation', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) await unknown({ method, target: '/CreateRoom' });
    await unknown({ method: 'PUT', target: `/tags/${encodeURIComponent(ARN)}` });
  });

  test('whose encoding is broken is malformed', async () => {
    for (const target of ['/tags/%', '/tags/%ff', '/ListRooms?a=%zz']) {
      const { status, headers } = await send(url, { target });
      assert.equal(status, 400);
      assert.equal(headers['x-amzn-errortype'], 'MalformedHttpRequestException');
    }
  });

  test('has its ARN in one segment, encoded', async () => {
    invalid(await sendSigned(url, { method: 'GET', target: '/tags/' }), 'resourceArn');
    await unknown({ method: 'GET', target: `/tags/${ARN}` });
    invalid(await sendSigned(url, { method: 'GET', target: '/tags/..%2F..%2Fetc%2Fpasswd' }), 'resourceArn');
  });

  test('takes query parameters that it does not know', async () => {
    assert.equal((await sendSigned(url, { target: '/ListRooms?x=y&x=z&__proto__=a', body: '{}' })).status, 200);
  });
});

test('whatever JSON is sent to whatever operation, the answer is not a 500', async () => {
  const targets = Object.values(ivsOperations).map(({ http }) => {
    const [method = '', path = ''] = http.split(' ');
    return { method, target: path.replace('{resourceArn}', encodeURIComponent(ARN)) };
  });
  const members = ['name', 'identifier', 'roomIdentifier', 'userId', 'tags', 'attributes', 'nextToken', 'maxResults'];
  const value = fc.oneof(fc.jsonValue(), fc.constant(ARN));
  const body = fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom(...members), value));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...targets), body, async (route, json) => {
      const { status, headers } = await sendSigned(url, { ...route, body: JSON.stringify(json) });
      assert.ok(status < 500, `${status} ${headers['x-amzn-errortype']}`);
    }),
    { numRuns: 300 },
  );
});
