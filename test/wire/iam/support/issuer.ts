/** An OpenID Connect issuer on this machine. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

export const AUDIENCE = 'chat-app';

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;

/** What of a token is other than usual. */
export interface Parts {
  readonly subject?: string;
  readonly audience?: string;
  readonly from?: string;
  readonly lifetime?: string;
  /** A key that the issuer does not have, in place of its own. */
  readonly forged?: boolean;
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** What the issuer is asked for. */
export type Page = 'discovery' | 'keys';

export interface TestIssuer extends AsyncDisposable {
  readonly url: string;
  /** How often each page was asked for. */
  readonly asked: Record<Page, number>;
  /** A token for alice-1, good for 5 minutes. */
  tokenOf(parts?: Parts): Promise<string>;
  /** Signs with a new key from now on, and publishes it in place of the old one. */
  rotate(): Promise<void>;
  /** Answers a page in another way from now on; the rest of the body is left to the function. */
  answer(page: Page, how: (response: ServerResponse) => void): void;
}

export async function openIssuer(): Promise<TestIssuer> {
  let key: Pair;
  let published: JWK[] = [];
  let rotations = 0;
  const others = new Map<Page, (response: ServerResponse) => void>();
  const asked = { discovery: 0, keys: 0 };

  const server = createServer((request, response) => {
    const page: Page = request.url?.startsWith('/realm/.well-known/') ? 'discovery' : 'keys';
    asked[page] += 1;
    response.setHeader('content-type', 'application/json');
    const other = others.get(page);
    if (other) return other(response);
    response.end(JSON.stringify(page === 'discovery' ? { issuer: url, jwks_uri: `${url}/keys` } : { keys: published }));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/realm`;

  async function rotate() {
    rotations += 1;
    key = await generateKeyPair('ES256');
    published = [{ ...(await exportJWK(key.publicKey)), kid: `key-${rotations}`, alg: 'ES256' }];
  }
  await rotate();

  return {
    url,
    asked,
    rotate,
    answer: (page, how) => others.set(page, how),
    async tokenOf({ subject = 'alice-1', audience = AUDIENCE, from = url, lifetime = '5m', forged, claims = {} } = {}) {
      const { privateKey } = forged ? await generateKeyPair('ES256') : key;
      return new SignJWT({ ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: `key-${rotations}` })
        .setIssuer(from)
        .setSubject(subject)
        .setAudience(audience)
        .setIssuedAt()
        .setExpirationTime(lifetime)
        .sign(privateKey);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
