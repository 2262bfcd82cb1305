/** HTTP requests byte for byte as a test wants them, signed or not. */
import { request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type Credentials, signRequest } from '../../../src/aws/sigv4.ts';
import { ROOT_KEY } from './server.ts';

export interface RawRequest {
  readonly method?: string;
  /** The request target, sent as it is. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The body as text, and as JSON if it is. */
  readonly text: string;
  readonly json: unknown;
}

export async function send(
  url: string,
  { method = 'POST', target, headers, body = '' }: RawRequest,
): Promise<RawResponse> {
  const { hostname, port } = new URL(url);
  const outgoing = request({
    hostname,
    port,
    method,
    path: target,
    headers: { 'content-length': Buffer.byteLength(body), ...headers },
    agent: false,
  });
  const answered = new Promise<RawResponse>((resolve, reject) => {
    outgoing.once('error', reject);
    outgoing.once('response', async (incoming) => {
      const text = (await buffer(incoming)).toString();
      resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, json: parse(text) });
    });
  });
  outgoing.end(body);
  return answered;
}

export interface Signing {
  readonly credentials?: Credentials;
  readonly region?: string;
  readonly service?: string;
  readonly now?: number;
}

/** A request with a signature, which a test may still alter. */
export function signed(url: string, raw: RawRequest, signing: Signing = {}): RawRequest {
  const { credentials = ROOT_KEY, region = 'us-east-1', service = 'ivschat', now = Date.now() } = signing;
  const { method = 'POST', target, headers = {}, body = '' } = raw;
  const all = { host: new URL(url).host, ...headers };
  return {
    ...raw,
    headers: signRequest({ method, target, headers: all, body }, credentials, { region, service, now }),
  };
}

/** Signs and sends. */
export function sendSigned(url: string, raw: RawRequest, signing?: Signing): Promise<RawResponse> {
  return send(url, signed(url, raw, signing));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
