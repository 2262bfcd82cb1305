/** Signatures as they arrive over a socket (spec/ivs-chat 3.1, 3.2). */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { type RawResponse, type Signing, send, sendSigned, signed } from '../support/raw-http.ts';
import { ROOT_KEY, startServer } from '../support/server.ts';

const server = await startServer();
after(() => server[Symbol.asyncDispose]());
const { url } = server;

const LIST = { target: '/ListRooms', body: '{}' };
const ARN = encodeURIComponent('arn:aws:ivschat:us-east-1:000000000000:room/AAAAAAAAAAAA');

function refusedAs({ status, headers, json }: RawResponse, type: string, message: RegExp): void {
  assert.equal(headers['x-amzn-errortype'], type);
  assert.equal(status, 403);
  assert.match(String(headers['x-amzn-requestid']), /^[0-9a-f-]{36}$/);
  assert.ok(headers['date']);
  assert.deepEqual(Object.keys(json as object), ['message']);
  assert.match((json as { message: string }).message, message);
}

test('a signed request is answered', async () => {
  const { status, headers, json } = await sendSigned(url, LIST);
  assert.equal(status, 200);
  assert.equal(headers['content-type'], 'application/json');
  assert.deepEqual(json, { rooms: [] });
});

test('the path of the tag routes is encoded twice in the signature', async () => {
  const { status } = await sendSigned(url, { method: 'GET', target: `/tags/${ARN}` });
  assert.equal(status, 404);
  const removed = await sendSigned(url, { method: 'DELETE', target: `/tags/${ARN}?tagKeys=a%20b&tagKeys=c%26d` });
  assert.equal(removed.headers['x-amzn-errortype'], 'ResourceNotFoundException');
});

test('an unsigned request is refused', async () => {
  refusedAs(await send(url, LIST), 'MissingAuthenticationTokenException', /^Missing Authentication Token$/);
});

test('an incomplete signature is refused', async () => {
  const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request' };
  refusedAs(await send(url, { ...LIST, headers }), 'IncompleteSignatureException', /requires 'Signature' parameter/);
});

describe('a signature is refused', () => {
  const cases: [string, Signing, string, RegExp][] = [
    [
      'of an unknown key',
      { credentials: { ...ROOT_KEY, accessKeyId: 'AKIAOTHER' } },
      'UnrecognizedClientException',
      /security token/,
    ],
    [
      'with a session token that the key has none of',
      { credentials: { ...ROOT_KEY, sessionToken: 'token' } },
      'UnrecognizedClientException',
      /security token/,
    ],
    [
      'of another secret',
      { credentials: { ...ROOT_KEY, secretAccessKey: 'no' } },
      'InvalidSignatureException',
      /does not match/,
    ],
    ['for another region', { region: 'eu-west-1' }, 'InvalidSignatureException', /valid region, not 'eu-west-1'/],
    ['for another service', { service: 'chime' }, 'InvalidSignatureException', /correct service: 'ivschat'/],
    ['of six minutes ago', { now: Date.now() - 360_000 }, 'InvalidSignatureException', /^Signature expired: /],
    [
      'of six minutes ahead',
      { now: Date.now() + 360_000 },
      'InvalidSignatureException',
      /^Signature not yet current: /,
    ],
  ];
  for (const [what, signing, type, message] of cases) {
    test(what, async () => refusedAs(await sendSigned(url, LIST, signing), type, message));
  }

  test('when the body was altered on the way', async () => {
    const request = signed(url, LIST);
    refusedAs(await send(url, { ...request, body: '{ }' }), 'InvalidSignatureException', /x-amz-content-sha256/);
  });

  test('when the target was altered on the way', async () => {
    const request = signed(url, LIST);
    const altered = [{ target: '/ListRooms?a=b' }, { target: '/CreateRoom' }];
    for (const each of altered) {
      refusedAs(await send(url, { ...request, ...each }), 'InvalidSignatureException', /does not match/);
    }
  });

  test('when it is sent to another host', async () => {
    const { headers, ...request } = signed(url, LIST);
    const other = { ...request, headers: { ...headers, host: 'example.com' } };
    refusedAs(await send(url, other), 'InvalidSignatureException', /does not match/);
  });
});

test('a path prefix is part of what is signed, and not of the route', async () => {
  await using prefixed = await startServer({ 'path-prefix': '/parlor' });
  const { status } = await sendSigned(prefixed.url, { ...LIST, target: '/parlor/ListRooms' });
  assert.equal(status, 200);
  assert.equal((await sendSigned(prefixed.url, LIST)).status, 404);
});

test('neither secrets nor signatures are logged', async () => {
  const request = signed(url, LIST);
  await send(url, request);
  await sendSigned(url, LIST, { credentials: { ...ROOT_KEY, secretAccessKey: 'another-secret' } });
  const signature = /Signature=(\w+)/.exec(request.headers?.['authorization'] ?? '')?.[1] ?? 'none';
  const log = server.log.join('');
  for (const secret of [ROOT_KEY.secretAccessKey, 'another-secret', signature])
    assert.equal(log.includes(secret), false);
});
