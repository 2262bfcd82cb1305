import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type ConsoleOptions, createConsole } from '../../../src/ops/console.ts';
import type { Demo } from '../../../src/ops/demo.ts';
import type { HttpRequest, HttpResponse } from '../../../src/transport/ports.ts';

const STATUS = {
  version: '1.2.3',
  region: 'us-east-1',
  accountId: '000000000000',
  address: 'http://127.0.0.1:8080',
  uptimeSeconds: 5,
  connections: 2,
  pathPrefix: '',
  tls: { port: 8443, localCa: true },
};
const EXPIRY = { sessionExpirationTime: '2030-01-01T01:00:00.000Z', tokenExpirationTime: '2030-01-01T00:01:00.000Z' };
const APP_INSTANCE = 'arn:aws:chime:us-east-1:000000000000:app-instance/demo';
const ROOM = 'arn:aws:ivschat:us-east-1:000000000000:room/AbCdEf123456';

const demo: Demo = {
  loopback: true,
  mint: (as) => ({ token: 'a.b.c', userId: as, room: ROOM, ...EXPIRY }),
  lend: (as) => ({ AppInstanceUserArn: `${APP_INSTANCE}/user/${as}` }),
};
const publicDemo: Demo = { ...demo, loopback: false };

let directory: string;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'parlor-console-'));
  await mkdir(join(directory, 'assets'));
  await writeFile(join(directory, 'index.html'), '<!doctype html><title>Parlor</title>');
  await writeFile(join(directory, 'messaging.html'), '<!doctype html><title>Messaging</title>');
  await writeFile(join(directory, 'assets', 'index-AbC123.js'), 'render()');
  await writeFile(join(directory, 'assets', 'index-AbC123.css'), 'body{}');
});

after(() => rm(directory, { recursive: true }));

/** What the console answers; undefined when it leaves the request to others. */
async function ask(
  request: Partial<HttpRequest>,
  options: Partial<ConsoleOptions> = {},
): Promise<HttpResponse | undefined> {
  const handle = createConsole({ directory, status: () => STATUS, clock: { monotonic: () => 0 }, ...options });
  return handle(completed(request));
}

function completed(request: Partial<HttpRequest>): HttpRequest {
  const nothing = { method: 'GET', target: '/', rawHeaders: [], headers: {}, body: Buffer.alloc(0) };
  return { ...nothing, address: '127.0.0.1', ...request };
}

/** A request for a token as the page sends it, some of its headers replaced. */
function tokenRequest(headers: HttpRequest['headers'] = {}, body = '{"as":"viewer"}'): Partial<HttpRequest> {
  const own = { host: 'localhost:8080', origin: 'http://localhost:8080', 'x-parlor-demo': '1' };
  return { method: 'POST', target: '/demo/token', headers: { ...own, ...headers }, body: Buffer.from(body) };
}

function header(response: HttpResponse | undefined, name: string): string | undefined {
  return response?.headers?.[name];
}

function message(response: HttpResponse | undefined): string {
  return JSON.parse(String(response?.body)).message;
}

describe('GET /', () => {
  it('answers the page, to be asked for again each time', async () => {
    const response = await ask({});
    assert.equal(response?.status, 200);
    assert.equal(header(response, 'content-type'), 'text/html; charset=utf-8');
    assert.equal(header(response, 'cache-control'), 'no-cache');
    assert.match(String(response?.body), /Parlor/);
  });

  it('allows the page nothing but its own files and its own server', async () => {
    const policy = header(await ask({}), 'content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe|\*|http|data:/);
  });

  it('answers 304 to a browser that has the page already', async () => {
    const etag = header(await ask({}), 'etag');
    const again = await ask({ headers: { 'if-none-match': etag } });
    assert.equal(again?.status, 304);
    assert.equal(again?.body, undefined);
  });

  it('says what to run when the console has not been built, and serves it once it has', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'parlor-console-'));
    const handle = createConsole({
      directory: join(empty, 'console'),
      status: () => STATUS,
      clock: { monotonic: () => 0 },
    });
    const unbuilt = await handle(completed({}));
    assert.equal(unbuilt?.status, 503);
    assert.match(String(unbuilt?.body), /npx vite build console/);
    await mkdir(join(empty, 'console'));
    await writeFile(join(empty, 'console', 'index.html'), 'built');
    assert.equal((await handle(completed({})))?.status, 200);
    await rm(empty, { recursive: true });
  });

  it('leaves other methods to the API', async () => {
    assert.equal(await ask({ method: 'POST' }), undefined);
  });
});

describe('GET /demo/messaging', () => {
  it('answers the demo of Chime SDK messaging', async () => {
    const response = await ask({ target: '/demo/messaging' });
    assert.equal(response?.status, 200);
    assert.match(String(response?.body), /Messaging/);
  });

  it('lets it connect to where WebSockets are served, if that is elsewhere', async () => {
    const response = await ask({ target: '/demo/messaging' }, { messagingEndpoint: 'sockets.example.com' });
    assert.match(
      header(response, 'content-security-policy') ?? '',
      /connect-src 'self' wss:\/\/sockets\.example\.com;/,
    );
  });
});

describe('GET /console/', () => {
  it('answers a built file, to be kept for ever', async () => {
    const response = await ask({ target: '/console/assets/index-AbC123.js' });
    assert.equal(response?.status, 200);
    assert.equal(header(response, 'content-type'), 'text/javascript; charset=utf-8');
    assert.equal(header(response, 'cache-control'), 'public, max-age=31536000, immutable');
    assert.equal(String(response?.body), 'render()');
  });

  it('knows style sheets', async () => {
    const response = await ask({ target: '/console/assets/index-AbC123.css' });
    assert.equal(header(response, 'content-type'), 'text/css; charset=utf-8');
  });

  it('answers HEAD as it answers GET', async () => {
    assert.equal((await ask({ method: 'HEAD', target: '/console/assets/index-AbC123.js' }))?.status, 200);
  });

  for (const name of ['missing.js', '', '../package.json', '..%2fpackage.json', '__proto__', 'assets']) {
    it(`answers 404 to "${name}"`, async () => {
      assert.equal((await ask({ target: `/console/${name}` }))?.status, 404);
    });
  }

  it('answers 405 to a method that changes something', async () => {
    const response = await ask({ method: 'PUT', target: '/console/assets/index-AbC123.js' });
    assert.equal(response?.status, 405);
    assert.equal(header(response, 'allow'), 'GET, HEAD');
  });

  it('leaves every other path to others', async () => {
    for (const target of ['/ListRooms', '/healthz', '/console', '/consoles/x', '/demo', '/demo/tokens']) {
      assert.equal(await ask({ target }), undefined, target);
    }
  });
});

describe('GET /console/status', () => {
  it('answers the status, and whether the demo is on', async () => {
    const off = await ask({ target: '/console/status' });
    assert.deepEqual(JSON.parse(String(off?.body)), { ...STATUS, demo: false });
    const on = await ask({ target: '/console/status?now' }, { demo });
    assert.deepEqual(JSON.parse(String(on?.body)), { ...STATUS, demo: true });
    assert.equal(header(on, 'cache-control'), 'no-store');
  });
});

describe('POST /demo/token', () => {
  it('answers a token for the person asked for', async () => {
    const response = await ask(tokenRequest({}, '{"as":"moderator"}'), { demo });
    assert.equal(response?.status, 200);
    assert.equal(header(response, 'cache-control'), 'no-store');
    const token = { token: 'a.b.c', userId: 'moderator', room: ROOM, ...EXPIRY };
    assert.deepEqual(JSON.parse(String(response?.body)), token);
  });

  for (const host of ['localhost', 'localhost:1', '127.0.0.1:8080', '[::1]:65535', 'LOCALHOST:80']) {
    it(`takes ${host} for this machine`, async () => {
      assert.equal((await ask(tokenRequest({ host, origin: `http://${host}` }), { demo }))?.status, 200);
    });
  }

  for (const host of [
    'evil.example',
    'localhost.evil.example',
    'evil.example:8080',
    '127.0.0.1.evil.example',
    'localhost:8080@evil.example',
    'localhost:',
    '192.168.0.1:8080',
    '',
    undefined,
  ]) {
    it(`refuses the Host ${host}, even with an Origin that equals it`, async () => {
      const response = await ask(tokenRequest({ host, origin: `http://${host}` }), { demo });
      assert.equal(response?.status, 403);
      assert.match(message(response), /^Host:/);
    });
  }

  for (const origin of ['http://evil.example', 'http://localhost', 'null', 'localhost:8080', undefined]) {
    it(`refuses the Origin ${origin}`, async () => {
      const response = await ask(tokenRequest({ origin }), { demo });
      assert.equal(response?.status, 403);
      assert.match(message(response), /^Origin:/);
    });
  }

  it('refuses a request that a form on another site could send', async () => {
    const response = await ask(tokenRequest({ 'x-parlor-demo': undefined }), { demo });
    assert.equal(response?.status, 403);
    assert.match(message(response), /^X-Parlor-Demo:/);
  });

  it('takes any Host that equals the Origin where the server listens on the network', async () => {
    const request = tokenRequest({ host: 'chat.example.com', origin: 'https://chat.example.com' });
    assert.equal((await ask(request, { demo: publicDemo }))?.status, 200);
  });

  it('refuses an Origin other than the Host there too', async () => {
    const request = tokenRequest({ host: 'chat.example.com', origin: 'https://evil.example' });
    assert.match(message(await ask(request, { demo: publicDemo })), /^Origin:/);
  });

  for (const body of ['', '{', 'null', '[]', '"viewer"', '{"as":"admin"}', '{"as":["viewer"]}']) {
    it(`answers 400 to the body ${JSON.stringify(body)}`, async () => {
      assert.equal((await ask(tokenRequest({}, body), { demo }))?.status, 400);
    });
  }

  it('answers 405 to GET', async () => {
    const response = await ask({ target: '/demo/token' }, { demo });
    assert.equal(response?.status, 405);
    assert.equal(header(response, 'allow'), 'POST');
  });

  it('answers 404 and how to switch the demo on when it is off', async () => {
    const response = await ask(tokenRequest());
    assert.equal(response?.status, 404);
    assert.match(message(response), /--demo/);
  });

  it('hands out 20 tokens a second, whoever asks', async () => {
    let nowMs = 0;
    const handle = createConsole({ directory, status: () => STATUS, demo, clock: { monotonic: () => nowMs } });
    const ask = async () => (await handle(completed(tokenRequest())))?.status;
    for (let taken = 0; taken < 20; taken += 1) assert.equal(await ask(), 200);
    assert.equal(await ask(), 429);
    nowMs = 50;
    assert.equal(await ask(), 200);
    assert.equal(await ask(), 429);
  });
});

describe('POST /demo/credentials', () => {
  const request = (as: string): Partial<HttpRequest> => ({
    ...tokenRequest({}, JSON.stringify({ as })),
    target: '/demo/credentials',
  });

  it('answers credentials for the person asked for', async () => {
    const response = await ask(request('carol'), { demo });
    assert.equal(response?.status, 200);
    assert.deepEqual(JSON.parse(String(response?.body)), { AppInstanceUserArn: `${APP_INSTANCE}/user/carol` });
  });

  it('answers 400 for anybody else', async () => {
    const response = await ask(request('viewer'), { demo });
    assert.equal(response?.status, 400);
    assert.match(message(response), /\{"as":"alice"\} or \{"as":"bob"\} or \{"as":"carol"\}/);
  });

  it('refuses what POST /demo/token refuses', async () => {
    const { headers, ...rest } = request('alice');
    const foreign = { ...rest, headers: { ...headers, origin: 'https://evil.example' } };
    assert.equal((await ask(foreign, { demo }))?.status, 403);
    assert.equal((await ask(request('alice')))?.status, 404);
  });
});
