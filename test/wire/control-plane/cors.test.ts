/** Browsers call the API directly (spec/chime-messaging 0.6): every response lets them read it, errors included. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { type RawResponse, send, sendSigned } from '../support/raw-http.ts';
import { startServer } from '../support/server.ts';

const ORIGIN = 'https://app.example';
const ALLOW = 'access-control-allow-origin';
const preflight = {
  method: 'OPTIONS',
  target: '/CreateRoom',
  headers: {
    origin: ORIGIN,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,content-type,x-amz-date',
  },
};
const createRoom = {
  target: '/CreateRoom',
  headers: { origin: ORIGIN, 'content-type': 'application/json' },
  body: '{}',
};

/** What a browser lets the page read. */
const readable = ({ status, headers }: RawResponse) => [
  status,
  headers[ALLOW],
  headers['access-control-expose-headers'],
];
const EXPOSED = 'x-amzn-errortype,x-amzn-requestid,date';

test('a preflight is answered without a signature', async () => {
  await using server = await startServer();
  const { status, headers, text: body } = await send(server.url, preflight);
  assert.deepEqual([status, body], [204, '']);
  assert.equal(headers[ALLOW], '*');
  assert.equal(headers['access-control-allow-methods'], 'GET,POST,PUT,DELETE');
  assert.equal(headers['access-control-max-age'], '172800');
  for (const name of ['authorization', 'x-amz-security-token', 'x-amz-chime-bearer', 'amz-sdk-request']) {
    assert.ok(String(headers['access-control-allow-headers']).split(',').includes(name), name);
  }
});

test('the page of the server leaves preflights for IAM and STS to the API', async () => {
  await using server = await startServer();
  assert.equal((await send(server.url, { ...preflight, target: '/' })).headers[ALLOW], '*');
});

test('OPTIONS that is no preflight is no operation', async () => {
  await using server = await startServer();
  assert.equal((await send(server.url, { method: 'OPTIONS', target: '/CreateRoom' })).status, 404);
});

test('success and every kind of error are readable', async () => {
  await using server = await startServer();
  const { url } = server;
  assert.deepEqual(readable(await sendSigned(url, createRoom)), [200, '*', EXPOSED]);
  assert.deepEqual(readable(await send(url, createRoom)), [403, '*', EXPOSED]);
  assert.deepEqual(readable(await send(url, { ...createRoom, target: '/Nothing' })), [404, '*', EXPOSED]);
  assert.deepEqual(readable(await sendSigned(url, { ...createRoom, body: '{' })), [400, '*', EXPOSED]);
  assert.deepEqual(readable(await send(url, { ...createRoom, body: Buffer.alloc(300 << 10) })), [413, '*', EXPOSED]);
  const padded = { ...createRoom, headers: { ...createRoom.headers, 'x-padding': 'x'.repeat(20 << 10) } };
  assert.deepEqual(readable(await send(url, padded)), [431, '*', EXPOSED]);
});

/** What comes back for bytes that are no request. */
async function answerTo(url: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write(bytes);
  return await text(socket);
}

test('what is no request is answered readably, to listed origins alone where there is a list', async () => {
  const broken = (origin: string) => `POST / HTTP/1.1\r\nHost: a\r\nOrigin: ${origin}\r\nBad Header: x\r\n\r\n`;
  await using open = await startServer();
  assert.match(await answerTo(open.url, broken(ORIGIN)), /^HTTP\/1\.1 400 [\s\S]*access-control-allow-origin: \*\r\n/);

  await using listed = await startServer({ 'cors-origin': [ORIGIN, 'https://other.example'] });
  const answer = await answerTo(listed.url, broken(ORIGIN));
  assert.match(answer, /^HTTP\/1\.1 400 [\s\S]*access-control-allow-origin: https:\/\/app\.example\r\n/);
  assert.doesNotMatch(await answerTo(listed.url, broken('https://evil.example')), /access-control-allow-origin/);
});

test('with a list, an origin on it is named in the answer and another is not', async () => {
  await using server = await startServer({ 'cors-origin': ['https://other.example', ORIGIN] });
  const [mine, foreign] = [await send(server.url, createRoom), await send(server.url, from('https://evil.example'))];
  assert.deepEqual(readable(mine), [403, ORIGIN, EXPOSED]);
  assert.deepEqual(readable(foreign), [403, undefined, undefined]);
  for (const { headers } of [mine, foreign]) assert.equal(headers['vary'], 'Origin');

  const refused = await send(server.url, {
    ...preflight,
    headers: { ...preflight.headers, origin: 'https://evil.example' },
  });
  assert.deepEqual([refused.status, refused.headers[ALLOW]], [204, undefined]);
  assert.equal(refused.headers['access-control-allow-methods'], undefined);
});

test('what is not the API stays closed to other pages', async () => {
  await using server = await startServer();
  for (const target of ['/metrics', '/healthz', '/console/status']) {
    const { headers } = await send(server.url, { method: 'GET', target, headers: { origin: ORIGIN } });
    assert.equal(headers[ALLOW], undefined, target);
  }
});

function from(origin: string) {
  return { ...createRoom, headers: { ...createRoom.headers, origin } };
}
