import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import type { Clock } from '../engine/ports.ts';
import type { HttpRequest, HttpResponse } from '../transport/ports.ts';
import { createDemoDesk, type Demo } from './demo.ts';
import { json, methodNotAllowed } from './replies.ts';

/** What the welcome page tells about the server. Nothing in it is secret. */
export interface ConsoleStatus {
  readonly version: string;
  readonly region: string;
  readonly accountId: string;
  /** The base URL the server listens on, such as `http://127.0.0.1:8080`. */
  readonly address: string;
  readonly uptimeSeconds: number;
  /** Open connections of both kinds of chat. */
  readonly connections: number;
  /** What the paths of the API begin with: `''` or `/some/prefix`. */
  readonly pathPrefix: string;
  /** The TLS listener, and whether its certificate is one of the local CA; undefined: there is none. */
  readonly tls: { readonly port: number; readonly localCa: boolean } | undefined;
}

export interface ConsoleOptions {
  /** Where `vite build console` wrote its files. */
  readonly directory: string;
  readonly status: () => ConsoleStatus;
  /** Absent: the demo is switched off. */
  readonly demo?: Demo | undefined;
  /** Where WebSockets of Chime are served, `host` or `host:port`; undefined: where the page is. */
  readonly messagingEndpoint?: string | undefined;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** Answers what belongs to the console; `undefined` for everything else, which others may answer. */
export type ConsoleHandler = (request: HttpRequest) => HttpResponse | Promise<HttpResponse> | undefined;

interface Asset {
  readonly body: Buffer;
  readonly etag: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The built files that are pages, by the paths that they are opened at. */
const PAGES = new Map([
  ['/', 'index.html'],
  ['/demo/messaging', 'messaging.html'],
]);

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** @param elsewhere what a page may connect to besides its own server */
function pageHeaders(elsewhere: readonly string[]): Readonly<Record<string, string>> {
  return {
    'content-security-policy': [
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'",
      ["connect-src 'self'", ...elsewhere].join(' '),
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ].join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  };
}

const NOT_BUILT = `Parlor is running. Its web console has not been built.

Run this in Parlor's folder, then reload the page:

    npx vite build console

The API and the chat work without it.
`;

/**
 * Serves the web console and what it asks for:
 * - `GET /` the welcome page, `GET /demo/messaging` the demo of Chime SDK messaging, `GET /console/<file>` the built
 *   files they refer to;
 * - `GET /console/status` ConsoleStatus as JSON, with `demo`: whether the demos are on;
 * - `POST /demo/token`, `POST /demo/credentials`: see `createDemoDesk`.
 */
export function createConsole(options: ConsoleOptions): ConsoleHandler {
  const { messagingEndpoint: elsewhere } = options;
  const pages = pageHeaders(elsewhere === undefined ? [] : [`wss://${elsewhere}`]);
  const desk = createDemoDesk(options.demo, options.clock);
  let loaded: ReadonlyMap<string, Asset> | undefined;

  async function assets(): Promise<ReadonlyMap<string, Asset>> {
    if (loaded !== undefined) return loaded;
    const found = await loadAssets(options.directory, pages);
    // Kept only with a page in it, so that a build made meanwhile is found by the next request.
    if (found.has('index.html')) loaded = found;
    return found;
  }

  async function servePage(request: HttpRequest, name: string): Promise<HttpResponse> {
    const page = (await assets()).get(name);
    if (page !== undefined) return answer(request, page);
    return {
      status: 503,
      headers: { ...pages, 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
      body: NOT_BUILT,
    };
  }

  async function serveFile(request: HttpRequest, name: string): Promise<HttpResponse> {
    const asset = (await assets()).get(name);
    return asset === undefined ? json(404, { message: 'The web console has no such file.' }) : answer(request, asset);
  }

  return (request) => {
    const [path = '', query = ''] = request.target.split('?', 2);
    const given = desk(request, path);
    if (given !== undefined) return given;
    const reads = request.method === 'GET' || request.method === 'HEAD';
    const page = PAGES.get(path);
    // Other methods on `/` are the API's own: form-encoded POST is IAM and STS, and so is a query that names an action.
    if (page !== undefined) return reads && !/(?:^|&)Action=/.test(query) ? servePage(request, page) : undefined;
    if (!path.startsWith('/console/')) return undefined;
    if (!reads) return methodNotAllowed('GET, HEAD');
    if (path === '/console/status') return json(200, { ...options.status(), demo: options.demo !== undefined });
    return serveFile(request, path.slice('/console/'.length));
  };
}

function answer(request: HttpRequest, asset: Asset): HttpResponse {
  if (request.headers['if-none-match'] === asset.etag) return { status: 304, headers: asset.headers };
  return { status: 200, headers: asset.headers, body: asset.body };
}

/** Every file below the directory by its path with slashes; empty when there is no such directory. */
async function loadAssets(
  directory: string,
  pages: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, Asset>> {
  const assets = new Map<string, Asset>();
  for (const file of await filesBelow(directory)) {
    const name = relative(directory, file).split(sep).join('/');
    const body = await readFile(file);
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    assets.set(name, {
      body,
      etag,
      headers: {
        ...pages,
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
