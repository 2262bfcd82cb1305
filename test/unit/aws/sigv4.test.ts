import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { describe, test } from 'node:test';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import type { AwsError } from '../../../src/aws/errors.ts';
import type { Principal } from '../../../src/aws/ports.ts';
import { createVerifier, signRequest } from '../../../src/aws/sigv4.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const PRINCIPAL: Principal = {
  type: 'Account',
  arn: 'arn:aws:iam::123456789012:root',
  accountId: '123456789012',
  id: '123456789012',
};
const SCOPE = { region: 'us-east-1', service: 'ivschat', now: NOW };

const { verify } = createVerifier({
  region: SCOPE.region,
  now: () => NOW,
  principals: {
    find: (accessKeyId, sessionToken) =>
      accessKeyId === CREDENTIALS.accessKeyId && sessionToken === undefined
        ? { secret: CREDENTIALS.secretAccessKey, principal: PRINCIPAL }
        : undefined,
  },
});

interface Parts {
  readonly method: string;
  readonly target: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}
const REQUEST: Parts = { method: 'POST', target: '/CreateRoom', headers: { host: 'localhost:8080' }, body: '{}' };

/** A request as a transport hands it over. */
function received({ method, target, headers, body }: Parts) {
  return { method, target, rawHeaders: Object.entries(headers).flat(), body: Buffer.from(body) };
}

/** A request that we have signed ourselves. */
function signed(parts: Partial<Parts> = {}, scope: Partial<typeof SCOPE> = {}, credentials = CREDENTIALS): Parts {
  const request = { ...REQUEST, ...parts };
  return { ...request, headers: signRequest(request, credentials, { ...SCOPE, ...scope }) };
}

async function refused(request: Parts, type: string, message: string | RegExp = ''): Promise<void> {
  await assert.rejects(verify(received(request), SCOPE.service), (error: AwsError) => {
    assert.equal(error.type, type);
    assert.equal(error.status, 403);
    assert.match(String(error.body['message']), typeof message === 'string' ? RegExp(RegExp.escape(message)) : message);
    return true;
  });
}

function without(request: Parts, name: string): Parts {
  const { [name]: _, ...headers } = request.headers;
  return { ...request, headers };
}

/** SHA-256 as the SDK's signer wants it. */
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

const sdk = new SignatureV4({ ...SCOPE, credentials: CREDENTIALS, sha256: Sha256 });

describe('what the AWS SDK signs is accepted', () => {
  test('whatever is in path, query, headers and body', async () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }).filter((value) => value.isWellFormed());
    const segment = text.filter((value) => value !== '.' && value !== '..');
    const headerValue = fc.stringMatching(/^[ -~]{0,20}$/);
    await fc.assert(
      fc.asyncProperty(
        fc.array(segment, { minLength: 1, maxLength: 4 }),
        // The SDK's signer forgets a parameter of the name `__proto__`.
        fc.dictionary(
          text.filter((name) => name !== '__proto__'),
          fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 3 })),
          { maxKeys: 3 },
        ),
        fc.dictionary(fc.stringMatching(/^x-[a-z0-9-]{1,10}$/), headerValue, { maxKeys: 3 }),
        fc.string({ maxLength: 40 }),
        async (segments, query, extra, body) => {
          const path = `/${segments.map(encode).join('/')}`;
          const headers: Record<string, string> = { host: 'localhost:8080', ...extra };
          const outgoing = { method: 'POST', protocol: 'http:', hostname: 'localhost', path, query, headers, body };
          const { headers: sent } = await sdk.sign(outgoing, { signingDate: new Date(NOW) });
          const pairs = Object.entries(query).flatMap(([name, value]) =>
            [value].flat().map((each) => `${encode(name)}=${encode(each)}`),
          );
          const target = pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
          assert.deepEqual(
            await verify(received({ method: 'POST', target, headers: sent, body }), 'ivschat'),
            PRINCIPAL,
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  test('with a path that is to be normalised', async () => {
    for (const path of ['/', '/a/', '/a//b', '/a/./b', '/a/../b', '//']) {
      const outgoing = { method: 'GET', protocol: 'http:', hostname: 'h', path, headers: { host: 'h' } };
      const { headers } = await sdk.sign(outgoing, { signingDate: new Date(NOW) });
      await verify(received({ method: 'GET', target: path, headers, body: '' }), 'ivschat');
    }
  });

  function encode(value: string): string {
    return encodeURIComponent(value).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  }
});

test('what botocore signs is accepted: the double-encoded path, and no x-amz-content-sha256', async () => {
  const channel =
    'arn%3Aaws%3Achime%3Aus-east-1%3A123456789012%3Aapp-instance%2F11111111-2222-3333-4444-555555555555%2Fchannel%2Fgeneral';
  const request = {
    method: 'POST',
    target: `/channels/${channel}/messages`,
    headers: {
      Host: 'localhost:9180',
      'Content-Type': 'application/json',
      'X-Amz-Date': '20260102T030405Z',
      'x-amz-chime-bearer':
        'arn:aws:chime:us-east-1:123456789012:app-instance/11111111-2222-3333-4444-555555555555/user/alice',
      Authorization:
        'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/chime/aws4_request, ' +
        'SignedHeaders=content-type;host;x-amz-chime-bearer;x-amz-date, ' +
        'Signature=1865523bf9fe3a8b498b669268ba13b860307dd6fcd8aca2f634d5d665398acf',
    },
    body: '{"Content": "hi", "Type": "STANDARD", "Persistence": "PERSISTENT", "ClientRequestToken": "tok-1"}',
  };
  assert.deepEqual(await verify(received(request), 'chime'), PRINCIPAL);
});

describe('what we sign is accepted', () => {
  test('with other headers', async () => {
    const headers = { Host: 'h', 'Content-Type': ' application/json ', 'x-amz-user-agent': 'a  b\tc' };
    assert.deepEqual(await verify(received(signed({ headers })), 'ivschat'), PRINCIPAL);
  });

  test('with a repeated header, its values joined in order', async () => {
    const request = received(signed({ headers: { host: 'h', 'x-amz-meta': 'a,b' } }));
    const at = request.rawHeaders.indexOf('x-amz-meta');
    request.rawHeaders.splice(at, 2, 'X-Amz-Meta', 'a', 'x-amz-meta', 'b');
    assert.deepEqual(await verify(request, 'ivschat'), PRINCIPAL);
  });

  test('with a Date header in place of X-Amz-Date', async () => {
    // The signature covers `date` here, so it is made by hand from the SDK's parts of the algorithm.
    const date = new Date(NOW).toUTCString();
    const sha = (value: string) => createHash('sha256').update(value).digest('hex');
    const hmac = (key: string | Buffer, value: string) => createHmac('sha256', key).update(value).digest();
    const canonical = `POST\n/CreateRoom\n\ndate:${date}\nhost:h\n\ndate;host\n${sha('{}')}`;
    const scope = '20260102/us-east-1/ivschat/aws4_request';
    const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${CREDENTIALS.secretAccessKey}`);
    const signature = hmac(key, `AWS4-HMAC-SHA256\n20260102T030405Z\n${scope}\n${sha(canonical)}`).toString('hex');
    const authorization = `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scope},SignedHeaders=date;host,Signature=${signature}`;
    await verify(received({ ...REQUEST, headers: { host: 'h', date, authorization } }), 'ivschat');
  });

  test('up to five minutes before and after', async () => {
    for (const skew of [-300_000, 300_000]) await verify(received(signed({}, { now: NOW + skew })), 'ivschat');
  });
});

describe('a request is refused', () => {
  test('without a signature', () =>
    refused(REQUEST, 'MissingAuthenticationTokenException', 'Missing Authentication Token'));

  test('with another algorithm', async () => {
    for (const authorization of ['Bearer x', 'AWS4-ECDSA-P256-SHA256 Credential=a', '']) {
      await refused({ ...REQUEST, headers: { host: 'h', authorization } }, 'IncompleteSignatureException', 'algorithm');
    }
  });

  test('without parts of the signature, which are named', async () => {
    const request = signed();
    const authorization = request.headers['authorization'] ?? '';
    for (const part of ['Credential', 'SignedHeaders', 'Signature']) {
      const headers = { ...request.headers, authorization: authorization.replace(`${part}=`, 'Other=') };
      await refused({ ...request, headers }, 'IncompleteSignatureException', `requires '${part}' parameter`);
    }
    const headers = { ...request.headers, authorization: authorization.replace('/aws4_request', '') };
    await refused({ ...request, headers }, 'IncompleteSignatureException', 'Credential must be');
  });

  test('without a date', async () => {
    await refused(without(signed(), 'x-amz-date'), 'IncompleteSignatureException', "'X-Amz-Date' or a 'Date'");
    const request = signed();
    const headers = { ...request.headers, 'x-amz-date': 'yesterday' };
    await refused({ ...request, headers }, 'IncompleteSignatureException', "'X-Amz-Date' or a 'Date'");
  });

  test('of an unknown key, or with a session token that the key has none of', async () => {
    const unknown = { ...CREDENTIALS, accessKeyId: 'AKIDOTHER' };
    await refused(signed({}, {}, unknown), 'UnrecognizedClientException', 'security token');
    const withToken = signRequest(REQUEST, { ...CREDENTIALS, sessionToken: 't' }, SCOPE);
    await refused({ ...REQUEST, headers: withToken }, 'UnrecognizedClientException', 'security token');
  });

  test('of another secret', () =>
    refused(
      signed({}, {}, { ...CREDENTIALS, secretAccessKey: 'other' }),
      'InvalidSignatureException',
      'does not match',
    ));

  test('of more than five minutes ago', () =>
    refused(
      signed({}, { now: NOW - 301_000 }),
      'InvalidSignatureException',
      'Signature expired: 20260102T025904Z is now earlier than 20260102T025905Z (20260102T030405Z - 5 min.)',
    ));

  test('of more than five minutes ahead', () =>
    refused(
      signed({}, { now: NOW + 301_000 }),
      'InvalidSignatureException',
      'Signature not yet current: 20260102T030906Z is still later than 20260102T030905Z (20260102T030405Z + 5 min.)',
    ));

  test('scoped to another region, service or day', async () => {
    await refused(signed({}, { region: 'eu-west-1' }), 'InvalidSignatureException', "valid region, not 'eu-west-1'");
    await refused(signed({}, { service: 'chime' }), 'InvalidSignatureException', "correct service: 'ivschat'");
    const request = signed();
    const authorization = request.headers['authorization']?.replace('/20260102/', '/20260101/') ?? '';
    const headers = { ...request.headers, authorization };
    await refused({ ...request, headers }, 'InvalidSignatureException', "'20260101' != '20260102'");
  });

  test('with anything signed altered', async () => {
    const request = signed({ target: '/tags/a%3Ab?tagKeys=a&tagKeys=b' });
    const altered: Parts[] = [
      { ...request, method: 'DELETE' },
      { ...request, target: '/tags/a%3Ac?tagKeys=a&tagKeys=b' },
      { ...request, target: '/tags/a%3Ab?tagKeys=a' },
      { ...request, target: '/tags/a%3Ab?tagKeys=a&tagKeys=b&tagKeys=c' },
      { ...request, headers: { ...request.headers, host: 'other' } },
      { ...request, headers: { ...request.headers, 'x-amz-date': '20260102T030406Z' } },
    ];
    for (const each of altered) await refused(each, 'InvalidSignatureException', 'does not match');
  });

  test('with an altered body, whether or not the client says its hash', async () => {
    const request = signed();
    await refused(
      { ...request, body: '{ }' },
      'InvalidSignatureException',
      "'x-amz-content-sha256' is not the SHA-256",
    );
    const headers = { ...request.headers, 'x-amz-content-sha256': createHash('sha256').update('{ }').digest('hex') };
    await refused({ ...request, body: '{ }', headers }, 'InvalidSignatureException', 'does not match');
  });

  test('with an unsigned host, date or x-amz header', async () => {
    const request = signed();
    const headers = { ...request.headers, 'x-amz-chime-bearer': 'arn' };
    await refused(
      { ...request, headers },
      'InvalidSignatureException',
      "'x-amz-chime-bearer' must be a 'SignedHeader'",
    );
    const authorization = (request.headers['authorization'] ?? '').replace('host;', '');
    const unsignedHost = { ...request, headers: { ...request.headers, authorization } };
    await refused(unsignedHost, 'InvalidSignatureException', "'host' must be a 'SignedHeader'");
  });

  test('but not for the id that a proxy adds', async () => {
    const request = signed();
    await verify(received({ ...request, headers: { ...request.headers, 'x-amz-cf-id': 'x' } }), 'ivschat');
  });

  test('with a signature that is no hexadecimal, or too long', async () => {
    const request = signed();
    const authorization = request.headers['authorization'] ?? '';
    for (const wrong of ['zz', 'Signature', '']) {
      const headers = {
        ...request.headers,
        authorization: authorization.replace(/Signature=.*/, `Signature=x${wrong}`),
      };
      await refused({ ...request, headers }, 'InvalidSignatureException', 'does not match');
    }
    const headers = { ...request.headers, authorization: `${authorization}00` };
    await refused({ ...request, headers }, 'InvalidSignatureException', 'does not match');
  });

  test('whatever is in its authorization, by one of the errors of signatures', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), async (text) => {
        const headers = { host: 'h', 'x-amz-date': '20260102T030405Z', authorization: `AWS4-HMAC-SHA256 ${text}` };
        await refused({ ...REQUEST, headers }, 'IncompleteSignatureException');
      }),
    );
  });
});
