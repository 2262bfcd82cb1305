import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { TokenBucket } from '../engine/limits.ts';
import type { Clock } from '../engine/ports.ts';
import type { HttpRequest, HttpResponse } from '../transport/ports.ts';

/** What the welcome page tells about the server. Nothing in it is secret. */
export interface ConsoleStatus {
  readonly version: string;
  readonly region: string;
  readonly accountId: string;
  /** The base URL the server listens on, such as `http://127.0.0.1:8080`. */
  readonly address: string;
  readonly uptimeSeconds: number;
  /** Open chat connections. */
  readonly connections: number;
}

/** The two people of the demo: one with every capability, one with SEND_MESSAGE alone. */
export type DemoRole = 'moderator' | 'viewer';

export interface DemoToken {
  readonly token: string;
  readonly userId: string;
  /** ARN of the demo's room. */
  readonly room: string;
  /** RFC 3339, as CreateChatToken gives it. */
  readonly sessionExpirationTime: string;
  /** RFC 3339, as CreateChatToken gives it. */
  readonly tokenExpirationTime: string;
}

export interface Demo {
  /** Makes a chat token for one of the two people, in the demo's room. */
  mint(as: DemoRole): DemoToken | Promise<DemoToken>;
  /** Whether the server listens on loopback alone; then only a loopback `Host` gets a token. */
  readonly loopback: boolean;
}

export interface ConsoleOptions {
  /** Where `vite build console` wrote its files. */
  readonly directory: string;
  readonly status: () => ConsoleStatus;
  /** Absent: the demo is switched off. */
  readonly demo?: Demo | undefined;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** Answers what belongs to the console; `undefined` for everything else, which others may answer. */
export type ConsoleHandler = (request: HttpRequest) => HttpResponse | Promise<HttpResponse> | undefined;

interface Asset {
  readonly body: Buffer;
  readonly etag: string;
  readonly headers: Readonly<Record<string, string>>;
}

const TOKENS_PER_SECOND = 20;
const LOOPBACK_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

const NOT_BUILT = `Parlor is running. Its web console has not been built.

Run this in Parlor's folder, then reload the page:

    npx vite build console

The API and the chat work without it.
`;

/**
 * Serves the web console and the demo's API:
 * - `GET /` the welcome page, `GET /console/<file>` the built files it refers to;
 * - `GET /console/status` ConsoleStatus as JSON, with `demo`: whether the demo is on;
 * - `POST /demo/token` `{ "as": "moderator" | "viewer" }` → DemoToken as JSON, at most 20 a second.
 *
 * A page on another site must not be able to obtain a token, neither by a cross-site request nor by pointing a name of
 * its own at this address (DNS rebinding). So `POST /demo/token` demands a loopback `Host`, an `Origin` equal to it,
 * and the header `X-Parlor-Demo: 1`. On a listener that others can reach, any `Host` equal to the `Origin` will do:
 * there, whoever can open the page may chat.
 */
export function createConsole(options: ConsoleOptions): ConsoleHandler {
  const bucket = new TokenBucket(TOKENS_PER_SECOND, options.clock);
  let loaded: ReadonlyMap<string, Asset> | undefined;

  async function assets(): Promise<ReadonlyMap<string, Asset>> {
    if (loaded !== undefined) return loaded;
    const found = await loadAssets(options.directory);
    // Kept only with a page in it, so that a build made meanwhile is found by the next request.
    if (found.has('index.html')) loaded = found;
    return found;
  }

  return (request) => {
    const [path = '', query = ''] = request.target.split('?', 2);
    if (path === '/demo/token') {
      return request.method === 'POST' ? mintToken(request, options.demo, bucket) : methodNotAllowed('POST');
    }
    const reads = request.method === 'GET' || request.method === 'HEAD';
    // Other methods on `/` are the API's own: form-encoded POST is IAM and STS, and so is a query that names an action.
    if (path === '/') return reads && !/(?:^|&)Action=/.test(query) ? servePage(request, assets()) : undefined;
    if (!path.startsWith('/console/')) return undefined;
    if (!reads) return methodNotAllowed('GET, HEAD');
    if (path === '/console/status') return json(200, { ...options.status(), demo: options.demo !== undefined });
    return serveFile(request, path.slice('/console/'.length), assets());
  };
}

async function servePage(request: HttpRequest, assets: Promise<ReadonlyMap<string, Asset>>): Promise<HttpResponse> {
  const page = (await assets).get('index.html');
  if (page !== undefined) return answer(request, page);
  return {
    status: 503,
    headers: { ...PAGE_HEADERS, 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
    body: NOT_BUILT,
  };
}

async function serveFile(
  request: HttpRequest,
  name: string,
  assets: Promise<ReadonlyMap<string, Asset>>,
): Promise<HttpResponse> {
  const asset = (await assets).get(name);
  return asset === undefined ? json(404, { message: 'The web console has no such file.' }) : answer(request, asset);
}

function answer(request: HttpRequest, asset: Asset): HttpResponse {
  if (request.headers['if-none-match'] === asset.etag) return { status: 304, headers: asset.headers };
  return { status: 200, headers: asset.headers, body: asset.body };
}

async function mintToken(request: HttpRequest, demo: Demo | undefined, bucket: TokenBucket): Promise<HttpResponse> {
  if (demo === undefined)
    return json(404, { message: 'The demo is off. Start the server with --demo to switch it on.' });
  const refusal = refuse(request, demo.loopback);
  if (refusal !== undefined) return json(403, { message: refusal });
  const as = decodeRole(request.body);
  if (as === undefined) return json(400, { message: 'The body must be {"as":"moderator"} or {"as":"viewer"}.' });
  if (!bucket.take()) {
    return json(429, {
      message: `The demo hands out at most ${TOKENS_PER_SECOND} tokens a second. Try again shortly.`,
    });
  }
  return json(200, await demo.mint(as));
}

/** Why the request may not have a token; undefined when it may. */
function refuse({ headers }: HttpRequest, loopback: boolean): string | undefined {
  const { host, origin } = headers;
  if (typeof host !== 'string' || host === '') return 'Host: the header is missing.';
  if (loopback && !LOOPBACK_HOST.test(host)) {
    return 'Host: the demo is open to this machine alone. Use localhost, 127.0.0.1 or [::1] as the address.';
  }
  // Either scheme: TLS may end in front of the server.
  if (origin !== `http://${host}` && origin !== `https://${host}`) {
    return "Origin: tokens are given to this server's own page alone; the header must name the address in Host.";
  }
  if (headers['x-parlor-demo'] !== '1') return 'X-Parlor-Demo: the header must be 1.';
  return undefined;
}

function decodeRole(body: Buffer): DemoRole | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch {
    return undefined;
  }
  const as = typeof value === 'object' && value !== null && 'as' in value ? value.as : undefined;
  return as === 'moderator' || as === 'viewer' ? as : undefined;
}

/** Every file below the directory by its path with slashes; empty when there is no such directory. */
async function loadAssets(directory: string): Promise<ReadonlyMap<string, Asset>> {
  const assets = new Map<string, Asset>();
  for (const file of await filesBelow(directory)) {
    const name = relative(directory, file).split(sep).join('/');
    const body = await readFile(file);
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    assets.set(name, {
      body,
      etag,
      headers: {
        ...PAGE_HEADERS,
        'content-type': CONTENT_TYPES[extname(name)] ?? 'application/octet-stream',
        // Vite puts a hash of the content into the name of every file in assets/.
        'cache-control': name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
        etag,
      },
    });
  }
  return assets;
}

async function filesBelow(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

function json(status: number, value: object): HttpResponse {
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
    body: JSON.stringify(value),
  };
}

function methodNotAllowed(allow: string): HttpResponse {
  const { headers, ...rest } = json(405, { message: `Use ${allow} here.` });
  return { ...rest, headers: { ...headers, allow } };
}
