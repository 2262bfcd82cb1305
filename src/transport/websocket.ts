/** WebSocket bytes in and out: `ws` does the handshake, parsing, ping, pong and close; outgoing frames come finished. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Server as PeerServer, WebSocket, WebSocketServer } from 'ws';
import type { Connection } from '../engine/ports.ts';
import type { Client } from './client.ts';
import { STATUS_CODES } from './node-http.ts';
import type { Acceptance, Door, Handshake, Receiver, Refusal } from './ports.ts';

/** Bounds that the published types of `ws` do not name; spread into its options. */
const PEER_LIMITS = {
  /** How long a peer has to answer a close frame before its socket is destroyed, milliseconds. */
  closeTimeout: 5000,
  /** Fragments of one message. */
  maxFragments: 4096,
  /** Pings whose pongs the peer has not read yet. */
  maxPendingAutoPongs: 60,
};

class PeerSocket extends WebSocket {
  /** Who hears of this socket. On the socket itself, so that a connection needs no closures. */
  receiver: Receiver | undefined;
}

class WebSocketConnection implements Connection {
  readonly #peer: PeerSocket;
  readonly #socket: Duplex;
  readonly #wire: Socket;

  constructor(peer: PeerSocket, { socket, wire }: Upgrade) {
    this.#peer = peer;
    this.#socket = socket;
    this.#wire = wire;
  }

  get unsent(): number {
    return this.#socket.writableLength;
  }

  write(bytes: Buffer): void {
    if (this.#peer.readyState === WebSocket.OPEN) this.#socket.write(bytes);
  }

  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  close(code: number, reason: string): void {
    this.#peer.close(code, reason);
  }

  reset(): void {
    // A TLS socket cannot be reset; the TCP socket below it can.
    if (!this.#socket.destroyed) this.#wire.resetAndDestroy();
  }

  ping(): void {
    if (this.#peer.readyState === WebSocket.OPEN) this.#peer.ping();
  }

  pause(): void {
    this.#peer.pause();
  }

  resume(): void {
    this.#peer.resume();
  }
}

function receiverOf(socket: WebSocket): Receiver | undefined {
  return socket instanceof PeerSocket ? socket.receiver : undefined;
}

function onMessage(this: WebSocket, data: WebSocket.RawData, isBinary: boolean): void {
  const bytes = data as Buffer; // as `ws` hands data over with its default binaryType
  if (isBinary) receiverOf(this)?.binary(bytes);
  else receiverOf(this)?.text(bytes.toString('utf8'));
}

function onPong(this: WebSocket): void {
  receiverOf(this)?.pong();
}

function onClose(this: WebSocket): void {
  receiverOf(this)?.closed();
}

/** A protocol error of the peer (bad UTF-8, an oversized or unmasked frame): `ws` has answered with its close code. */
function onError(): void {
  // `close` follows and is all that the receiver needs.
}

/** An upgrade request as its server hands it over. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** What came behind the request's head. */
  readonly head: Buffer;
  /** The TCP socket: `socket` itself, or the one below its TLS. */
  readonly wire: Socket;
  readonly client: Client;
}

export type UpgradeListener = (upgrade: Upgrade) => void;

export interface UpgradeOptions {
  /** Which door an upgrade goes to; undefined: none, answered 404. */
  route(handshake: Handshake): Door | undefined;
  /** Pages of which origins may connect; undefined: of any. Native clients send no `Origin` and are not asked. */
  readonly origins: ReadonlySet<string> | undefined;
  /** A failure inside a door. The peer has been answered 500. */
  report(error: unknown): void;
}

/** Listens to a server's `upgrade` event: answers a plain refusal, or 101 and hands the connection to its door. */
export function createUpgradeListener({ route, origins, report }: UpgradeOptions): UpgradeListener {
  const servers = new Map<Door, PeerServer<typeof PeerSocket>>();
  const chosen = new WeakMap<IncomingMessage, string>();

  function serverOf(door: Door): PeerServer<typeof PeerSocket> {
    let server = servers.get(door);
    if (server === undefined) {
      server = new WebSocketServer({
        noServer: true,
        clientTracking: false,
        perMessageDeflate: false,
        maxPayload: door.maximumMessageBytes,
        ...PEER_LIMITS,
        WebSocket: PeerSocket,
        handleProtocols: (_offered, request) => chosen.get(request) ?? false,
      });
      servers.set(door, server);
    }
    return server;
  }

  /** False when the peer has gone meanwhile. */
  function open(door: Door, acceptance: Acceptance, upgrade: Upgrade): boolean {
    const { request, socket, head } = upgrade;
    let opened = false;
    if (acceptance.protocol !== undefined) chosen.set(request, acceptance.protocol);
    serverOf(door).handleUpgrade(request, socket, head, (peer) => {
      const connection = new WebSocketConnection(peer, upgrade);
      opened = true;
      peer.receiver = acceptance.opened(connection);
      peer.on('message', onMessage).on('pong', onPong).on('close', onClose).on('error', onError);
    });
    return opened;
  }

  return (upgrade) => {
    const { request, socket, client } = upgrade;
    const gone = new AbortController();
    const lost = () => gone.abort();
    // A peer that ends its half before it has an answer waits for none.
    const left = () => socket.destroy();
    socket.on('error', lost).on('close', lost).on('end', left);
    const refusal = malformation(request) ?? strangeness(request, origins);
    if (refusal !== undefined) return refuse(socket, refusal);
    const handshake: Handshake = {
      target: request.url ?? '/',
      headers: request.headers,
      protocols: protocolsOf(request),
      ...client,
      gone: gone.signal,
    };
    const door = route(handshake);
    if (door === undefined) return refuse(socket, { status: 404, message: 'No WebSocket is served at this address.' });
    door
      .admit(handshake)
      .then((answer) => {
        if (gone.signal.aborted) return;
        socket.off('error', lost).off('close', lost).off('end', left);
        if ('status' in answer) refuse(socket, answer);
        else if (!open(door, answer, upgrade)) gone.abort();
      })
      .catch((error: unknown) => {
        report(error);
        refuse(socket, { status: 500, message: 'The connection could not be opened.' });
      });
  };
}

/** The offered subprotocols. An empty header offers none; an empty name between commas is one, and malformed. */
function protocolsOf({ headers }: IncomingMessage): string[] {
  const offered = headers['sec-websocket-protocol'] ?? '';
  return offered === '' ? [] : offered.split(',').map((protocol) => protocol.trim());
}

/** What `ws` would refuse, found before a door spends a single-use token on it (RFC 6455, 4.2.1). */
function malformation(request: IncomingMessage): Refusal | undefined {
  const { method, headers } = request;
  if (method !== 'GET') return { status: 405, message: 'A WebSocket is opened with GET.' };
  if (headers.upgrade?.toLowerCase() !== 'websocket') return { status: 426, message: 'Upgrade must be websocket.' };
  const key = headers['sec-websocket-key'];
  if (key === undefined || !/^[+/0-9A-Za-z]{22}==$/.test(key)) {
    return { status: 400, message: 'Sec-WebSocket-Key is missing or malformed.' };
  }
  const version = headers['sec-websocket-version'];
  if (version !== '13' && version !== '8') return { status: 426, message: 'Sec-WebSocket-Version must be 13.' };
  if (protocolsOf(request).includes('')) return { status: 400, message: 'Sec-WebSocket-Protocol is malformed.' };
  return undefined;
}

/** A page of another site: browsers let any page open a WebSocket, and say which page it is. */
function strangeness(
  { headers: { origin } }: IncomingMessage,
  origins: ReadonlySet<string> | undefined,
): Refusal | undefined {
  if (origins === undefined || origin === undefined || origins.has(origin)) return undefined;
  return { status: 403, message: 'Pages of this origin may not connect.' };
}

/** Answers the upgrade with plain HTTP and closes. */
function refuse(socket: Duplex, { status, message }: Refusal): void {
  if (socket.destroyed || !socket.writable) return;
  const body = JSON.stringify({ message });
  socket.once('finish', () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}\r\n` +
      'Content-Type: application/json\r\n' +
      `Content-Length: ${Buffer.byteLength(body)}\r\n` +
      (status === 426 ? 'Sec-WebSocket-Version: 13\r\n' : '') +
      `Date: ${new Date().toUTCString()}\r\n` +
      'Connection: close\r\n\r\n' +
      body,
  );
}
