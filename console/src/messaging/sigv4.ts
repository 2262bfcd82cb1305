/**
 * Signature Version 4 with the browser's own cryptography, for two things: requests of the HTTP API, whose signature
 * is a header (spec/chime-messaging 0.4), and the URL of the WebSocket, which has it in its query (2.3). Pages have
 * `crypto.subtle` on secure origins alone, which over the network means TLS.
 */

export interface Credentials {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly SessionToken: string;
  /** ISO 8601. */
  readonly Expiration: string;
}

export interface Signer {
  readonly credentials: Credentials;
  readonly region: string;
  /** The name that the service signs with. */
  readonly service: string;
}

export interface UnsignedRequest {
  readonly method: string;
  /** With path and query encoded as they will be sent. */
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

/** @returns all headers to be sent, but `host`, which the browser sends by itself */
export async function signRequest(signer: Signer, request: UnsignedRequest): Promise<Record<string, string>> {
  const { method, url, body } = request;
  const date = timestamp();
  const headers: Record<string, string> = {
    ...request.headers,
    'x-amz-date': date,
    'x-amz-security-token': signer.credentials.SessionToken,
  };
  const signed = Object.entries({ ...headers, host: url.host }).toSorted(byName);
  const names = signed.map(([name]) => name).join(';');
  const canonical = [
    method,
    // The path that is sent is encoded once more: %3A becomes %253A.
    url.pathname.split('/').map(encode).join('/'),
    canonicalQuery(url.searchParams),
    ...signed.map(([name, value]) => `${name}:${value.trim()}`),
    '',
    names,
    await sha256(body),
  ].join('\n');
  const signature = await sign(signer, date, canonical);
  const credential = `${signer.credentials.AccessKeyId}/${scopeOf(signer, date)}`;
  const authorization = `${ALGORITHM} Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...headers, authorization };
}

/** Gives the URL with a signature that holds for some seconds from now. */
export async function presign(signer: Signer, url: URL, expiresSeconds: number): Promise<URL> {
  const { AccessKeyId, SessionToken } = signer.credentials;
  const date = timestamp();
  const signed = new URL(url);
  const parameters = {
    'X-Amz-Algorithm': ALGORITHM,
    'X-Amz-Credential': `${AccessKeyId}/${scopeOf(signer, date)}`,
    'X-Amz-Date': date,
    'X-Amz-Expires': String(expiresSeconds),
    'X-Amz-Security-Token': SessionToken,
    'X-Amz-SignedHeaders': 'host',
  };
  for (const [name, value] of Object.entries(parameters)) signed.searchParams.set(name, value);
  const query = canonicalQuery(signed.searchParams);
  const canonical = ['GET', url.pathname, query, `host:${url.host}`, '', 'host', await sha256('')].join('\n');
  signed.search = `${query}&X-Amz-Signature=${await sign(signer, date, canonical)}`;
  return signed;
}

async function sign(signer: Signer, date: string, canonicalRequest: string): Promise<string> {
  const scope = scopeOf(signer, date);
  let key = bytes(`AWS4${signer.credentials.SecretAccessKey}`);
  for (const part of scope.split('/')) key = await hmac(key, part);
  return hex(await hmac(key, [ALGORITHM, date, scope, await sha256(canonicalRequest)].join('\n')));
}

function scopeOf({ region, service }: Signer, date: string): string {
  return `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
}

/** Now, as `20260102T030405Z`. */
function timestamp(): string {
  return new Date().toISOString().replace(/[-:]|\.\d+/g, '');
}

function canonicalQuery(parameters: URLSearchParams): string {
  const encoded = [...parameters].map(([name, value]): [string, string] => [encode(name), encode(value)]);
  return encoded
    .toSorted(byName)
    .map((pair) => pair.join('='))
    .join('&');
}

/** By code units, as signatures want it; the order of a language would be another one. */
function byName([a]: [string, string], [b]: [string, string]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Percent-encodes all but what RFC 3986 calls unreserved. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) =>
    `%${character.charCodeAt(0).toString(16)}`.toUpperCase(),
  );
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

async function hmac(key: Uint8Array<ArrayBuffer>, text: string): Promise<Uint8Array<ArrayBuffer>> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const imported = await crypto.subtle.importKey('raw', key, algorithm, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, bytes(text)));
}

async function sha256(text: string): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes(text))));
}

function hex(digest: Uint8Array): string {
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
