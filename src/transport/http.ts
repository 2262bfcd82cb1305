/** HTTP bytes in and out, within bounds. */
import type { IncomingMessage, RequestListener, Server, ServerOptions, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ClientOf } from './client.ts';
import { createServer, STATUS_CODES } from './node-http.ts';
import type { HttpHandler, HttpResponse } from './ports.ts';
import type { UpgradeListener } from './websocket.ts';

export interface HttpLimits {
  readonly headerBytes: number;
  readonly bodyBytes: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  /** Connections the kernel holds until they are accepted: the audience of a restart waits here. */
  readonly backlog: number;
}

export const HTTP_LIMITS: HttpLimits = {
  headerBytes: 16 << 10,
  bodyBytes: 256 << 10,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 65_000,
  backlog: 4096,
};

export interface HttpServerOptions {
  readonly handle: HttpHandler;
  readonly upgrade: UpgradeListener;
  readonly clientOf: ClientOf;
  /**
   * The answer to a request that never reaches `handle`: 400, 408, 413, 431 or 500.
   * @param origin its `Origin`, if that could be read
   */
  failure(status: number, origin: string | undefined): HttpResponse;
  /** A failure inside `handle`. The peer has been answered 500. */
  report(error: unknown): void;
  readonly limits?: HttpLimits;
}

/** Where to listen: an address, or an inherited socket that is already bound (supervisor, systemd). */
export type ListenOn = { readonly host: string; readonly port: number } | { readonly fd: number };

export interface HttpListener extends AsyncDisposable {
  readonly address: AddressInfo;
  /** Stops accepting; requests under way are answered, with `Connection: close`. */
  stopAccepting(): void;
}

/** What a server of either kind is made with. */
export interface ServerParts {
  readonly settings: ServerOptions;
  readonly onRequest: RequestListener;
  /** Whether it speaks TLS. */
  readonly secure: boolean;
  /** The TCP socket below a connection. */
  wireOf(socket: Duplex): Socket;
}

/** Starts serving. Rejects when the address cannot be listened on. */
export async function listenHttp(where: ListenOn, options: HttpServerOptions): Promise<HttpListener> {
  const parts = { ...partsOf(options, false), wireOf: (socket: Duplex) => socket as Socket };
  return await listen(createServer(parts.settings, parts.onRequest), where, options, parts);
}

export function partsOf(options: HttpServerOptions, secure: boolean): Omit<ServerParts, 'wireOf'> {
  const limits = options.limits ?? HTTP_LIMITS;
  const settings: ServerOptions = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: 2000,
    noDelay: true,
    shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === 'websocket',
  };
  return {
    settings,
    onRequest: (request, response) => serve(request, response, options, limits.bodyBytes, secure),
    secure,
  };
}

export async function listen(
  server: Server,
  where: ListenOn,
  options: HttpServerOptions,
  { secure, wireOf }: ServerParts,
): Promise<HttpListener> {
  const upgraded = new Set<Duplex>();
  const forget = function (this: Duplex) {
    upgraded.delete(this);
  };
  server.on('upgrade', (request, socket, head) => {
    upgraded.add(socket.on('close', forget));
    options.upgrade({ request, socket, head, wire: wireOf(socket), client: options.clientOf(request, secure) });
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => answerUnparsed(socket, error, options));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...where, backlog: (options.limits ?? HTTP_LIMITS).backlog }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return listenerOf(server, upgraded);
}

/** @param upgraded the connections that are not HTTP's any more, which the server does not know */
function listenerOf(server: Server, upgraded: ReadonlySet<Duplex>): HttpListener {
  const closed = new Promise<void>((resolve) => server.once('close', resolve));
  return {
    address: server.address() as AddressInfo,
    stopAccepting() {
      server.close();
      server.closeIdleConnections();
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      for (const socket of upgraded) socket.destroy();
      await closed;
    },
  };
}

function serve(
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpServerOptions,
  maximum: number,
  secure: boolean,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  if (Number(request.headers['content-length']) > maximum) {
    answer(request, response, options.failure(413, request.headers.origin), true);
    return;
  }
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= maximum) chunks.push(chunk);
    else if (!response.headersSent) answer(request, response, options.failure(413, request.headers.origin), true);
  });
  request.on('end', () => {
    if (size > maximum) return;
    const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size);
    run(request, body, options, secure).then((result) => answer(request, response, result, false));
  });
}

async function run(
  request: IncomingMessage,
  body: Buffer,
  options: HttpServerOptions,
  secure: boolean,
): Promise<HttpResponse> {
  try {
    return await options.handle({
      method: request.method ?? '',
      target: request.url ?? '/',
      rawHeaders: request.rawHeaders,
      headers: request.headers,
      body,
      ...options.clientOf(request, secure),
    });
  } catch (error) {
    options.report(error);
    return options.failure(500, request.headers.origin);
  }
}

function answer(request: IncomingMessage, response: ServerResponse, result: HttpResponse, close: boolean): void {
  if (response.destroyed || response.headersSent) return;
  const body = result.body ?? '';
  const headers: Record<string, string | number> = { ...result.headers };
  if (result.status !== 204 && result.status !== 304) headers['content-length'] = Buffer.byteLength(body);
  if (close) {
    headers['connection'] = 'close';
    // What is still arriving is not read: the peer may send for ever.
    response.once('finish', () => request.socket.destroySoon());
  }
  response.writeHead(result.status, headers);
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** A request that was read so far that it was found wrong; anything else is a connection that failed. */
const UNPARSED = /^(?:HPE_|ERR_HTTP_)/;

interface UnparsedError extends NodeJS.ErrnoException {
  /** What was being read, if anything was. */
  readonly rawPacket?: Buffer;
}

/** Answers what node:http could not parse. */
function answerUnparsed(socket: Duplex, error: UnparsedError, { failure }: HttpServerOptions): void {
  if (!UNPARSED.test(error.code ?? '') || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  const [, origin] = /^origin:[ \t]*(\S+)/im.exec(error.rawPacket?.toString('latin1') ?? '') ?? [];
  const { headers = {}, body = '' } = failure(status, origin);
  const lines = Object.entries({ ...headers, 'content-length': Buffer.byteLength(body), connection: 'close' });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.once('finish', () => socket.destroy()); // a peer that does not hang up would stay for ever
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nDate: ${new Date().toUTCString()}\r\n${head}\r\n${body}`);
}
