import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { describe, test } from 'node:test';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { AwsError } from '../../../src/aws/errors.ts';
import type { Principal } from '../../../src/aws/ports.ts';
import { createVerifier } from '../../../src/aws/sigv4.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const TOKEN = 'tok+en/with=chars';
const SESSION: Principal = {
  type: 'AssumedRole',
  arn: 'arn:aws:sts::123456789012:assumed-role/chat/alice',
  accountId: '123456789012',
  id: 'AROACHAT',
  session: { name: 'alice', tags: {}, issuedAt: NOW - 60_000, expiresAt: NOW + 3_600_000 },
};

/** What amazon-chime-sdk-js 3.32.0 made of a user id with parentheses, which it leaves unescaped. */
const URL_OF_SDK =
  '/connect?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=ASIAEXAMPLEKEY000001%2F20260102%2Fus-east-1%2Fchime' +
  '%2Faws4_request&X-Amz-Date=20260102T030405Z&X-Amz-Expires=10&X-Amz-Security-Token=tok%2Ben%2Fwith%3Dchars' +
  '&X-Amz-SignedHeaders=host&X-Amzn-User-Agent=node-NaN&X-Amzn-Version=3.32.0&prefetch-on=connect' +
  '&sessionId=3735928559&userArn=arn%3Aaws%3Achime%3Aus-east-1%3A123456789012%3Aapp-instance' +
  '%2F11111111-2222-3333-4444-555555555555%2Fuser%2Fus-east-1%3Aab(c)' +
  '&X-Amz-Signature=56ef2284a2d621cbfeefa1a82f7a644ec4a39db0e6a4e740c6f9652116d025da';

interface Parts {
  readonly target?: string;
  readonly headers?: readonly string[];
  readonly body?: string;
  readonly service?: string;
  readonly now?: number;
}

function verify({ target = URL_OF_SDK, headers = [], body = '', service = 'chime', now = NOW }: Parts) {
  const { verify } = createVerifier({
    region: 'us-east-1',
    now: () => now,
    principals: {
      find: (id, token) =>
        id === 'ASIAEXAMPLEKEY000001' && token === TOKEN ? { secret: SECRET, principal: SESSION } : undefined,
    },
  });
  const rawHeaders = ['Host', 'localhost:9443', ...headers];
  return verify({ method: 'GET', target, rawHeaders, body: Buffer.from(body) }, service);
}

async function refused(parts: Parts, type: string, message: string): Promise<void> {
  await assert.rejects(verify(parts), (error) => {
    assert.ok(error instanceof AwsError);
    assert.equal(error.type, type);
    assert.ok(String(error.body['message']).includes(message), `${error.body['message']} has no ${message}`);
    return true;
  });
}

class Sha256 {
  readonly #hash;
  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', Buffer.from(key as Uint8Array));
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(data as Uint8Array);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {
    throw new Error('not used');
  }
}

/** What the AWS SDK presigns, as a request target. */
async function presign(query: Record<string, string>, headers: Record<string, string>, expiresIn?: number) {
  const credentials = { accessKeyId: 'ASIAEXAMPLEKEY000001', secretAccessKey: SECRET, sessionToken: TOKEN };
  const sdk = new SignatureV4({ region: 'us-east-1', service: 'chime', credentials, sha256: Sha256 });
  const request = {
    method: 'GET',
    protocol: 'wss:',
    hostname: 'localhost',
    port: 9443,
    path: '/connect',
    query,
    headers,
  };
  const options = { signingDate: new Date(NOW), ...(expiresIn === undefined ? {} : { expiresIn }) };
  const { query: signed = {} } = await sdk.presign(
    { ...request, headers: { host: 'localhost:9443', ...headers } },
    { ...options, unhoistableHeaders: new Set(Object.keys(headers)) },
  );
  const encode = (text: string) =>
    encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  const pairs = Object.entries(signed).flatMap(([name, value]) =>
    [value ?? ''].flat().map((each) => `${encode(name)}=${encode(each)}`),
  );
  return `/connect?${pairs.join('&')}`;
}

describe('a presigned URL is accepted', () => {
  test('as the Chime SDK makes it, whose encoding is its own', async () => assert.deepEqual(await verify({}), SESSION));

  test('as the AWS SDK makes it, whatever its parameters', async () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }).filter((value) => value.isWellFormed());
    await fc.assert(
      fc.asyncProperty(fc.dictionary(text, text, { maxKeys: 3 }), async (query) => {
        assert.deepEqual(await verify({ target: await presign(query, {}) }), SESSION);
      }),
      { numRuns: 100 },
    );
  });

  test('until it expires, and up to five minutes before it was signed', async () => {
    for (const now of [NOW - 300_000, NOW, NOW + 10_000]) await verify({ now });
  });

  test('for fifteen minutes when it does not say how long', async () => {
    const target = (await presign({}, {}, 900)).replace(/X-Amz-Expires=\d+/, '');
    await refused({ target, now: NOW + 901_000 }, 'InvalidSignatureException', 'Signature expired');
  });

  test('with further signed headers', async () => {
    const target = await presign({}, { 'x-amz-chime-bearer': 'arn' });
    assert.deepEqual(await verify({ target, headers: ['X-Amz-Chime-Bearer', 'arn'] }), SESSION);
  });
});

describe('a presigned URL is refused', () => {
  test('after it has expired', () =>
    refused({ now: NOW + 10_001 }, 'InvalidSignatureException', 'Signature expired: 20260102T030415Z'));

  test('more than five minutes before it was signed', () =>
    refused({ now: NOW - 300_001 }, 'InvalidSignatureException', 'Signature not yet current'));

  test('with a lifetime of more than seven days, or that is none', async () => {
    for (const expires of ['604801', '0', '-1', '1e3', '']) {
      const target = URL_OF_SDK.replace('X-Amz-Expires=10', `X-Amz-Expires=${expires}`);
      await refused({ target }, 'IncompleteSignatureException', 'X-Amz-Expires must be');
    }
  });

  test('without one of its parameters, which is named', async () => {
    for (const name of ['X-Amz-Credential', 'X-Amz-Date', 'X-Amz-SignedHeaders', 'X-Amz-Signature']) {
      await refused({ target: URL_OF_SDK.replace(`${name}=`, 'other=') }, 'IncompleteSignatureException', name);
    }
    await refused({ target: URL_OF_SDK.replace('HMAC', 'HMUC') }, 'IncompleteSignatureException', 'X-Amz-Algorithm');
  });

  test('with one of its parameters twice', () =>
    refused({ target: `${URL_OF_SDK}&X-Amz-Expires=600` }, 'IncompleteSignatureException', 'more than once'));

  test('with anything altered', async () => {
    for (const [before, after] of [
      ['sessionId=3735928559', 'sessionId=3735928558'],
      ['X-Amz-Expires=10', 'X-Amz-Expires=11'],
      ['/connect', '/connected'],
      ['&prefetch-on=connect', ''],
    ] as const) {
      await refused({ target: URL_OF_SDK.replace(before, after) }, 'InvalidSignatureException', 'does not match');
    }
    await refused({ target: `${URL_OF_SDK}&more=1` }, 'InvalidSignatureException', 'does not match');
    await refused({ body: 'x' }, 'InvalidSignatureException', 'does not match');
  });

  test('with another session token, or none', async () => {
    for (const target of [URL_OF_SDK.replace('tok%2Ben', 'tok'), URL_OF_SDK.replace('X-Amz-Security-Token', 'x')]) {
      await refused({ target }, 'UnrecognizedClientException', 'security token');
    }
  });

  test('scoped to another service, region or day', async () => {
    await refused({ service: 'ivschat' }, 'InvalidSignatureException', "correct service: 'ivschat'");
    const region = URL_OF_SDK.replace('%2Fus-east-1%2F', '%2Feu-west-1%2F');
    await refused({ target: region }, 'InvalidSignatureException', "not 'eu-west-1'");
    const day = URL_OF_SDK.replace('%2F20260102%2F', '%2F20260101%2F');
    await refused({ target: day }, 'InvalidSignatureException', "'20260101' != '20260102'");
  });

  test('when host or a sent x-amz header is not signed', async () => {
    const target = URL_OF_SDK.replace('SignedHeaders=host', 'SignedHeaders=accept');
    await refused({ target }, 'InvalidSignatureException', "'host' must be");
    const headers = ['X-Amz-Chime-Bearer', 'arn'];
    await refused({ headers }, 'InvalidSignatureException', "'x-amz-chime-bearer' must be");
  });

  test('when its session has expired', async () => {
    const later = NOW + 3_600_000;
    const { verify } = createVerifier({
      region: 'us-east-1',
      now: () => NOW,
      principals: {
        find: () => ({
          secret: SECRET,
          principal: { ...SESSION, session: { tags: {}, issuedAt: NOW - later, expiresAt: NOW } },
        }),
      },
    });
    const request = { method: 'GET', target: URL_OF_SDK, rawHeaders: ['Host', 'localhost:9443'], body: Buffer.of() };
    await assert.rejects(verify(request, 'chime'), { type: 'ExpiredTokenException', status: 403 });
  });

  test('whatever its query is, by one of the errors of signatures', async () => {
    await fc.assert(
      fc.asyncProperty(fc.webQueryParameters(), async (text) => {
        await assert.rejects(verify({ target: `/connect?X-Amz-Algorithm=AWS4-HMAC-SHA256&${text}` }), AwsError);
      }),
    );
  });
});
