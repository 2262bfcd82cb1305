/** HTTP over TLS: the same server, with a certificate that can be replaced while it serves. */
import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContextOptions } from 'node:tls';
import type { KeyPair } from './certificate.ts';
import { type HttpListener, type HttpServerOptions, type ListenOn, listen, partsOf } from './http.ts';

const HANDSHAKE_TIMEOUT_MS = 10_000;

export interface HttpsListener extends HttpListener {
  /** Connections from now on get this certificate; those that are open keep theirs. */
  use(pair: KeyPair): void;
}

/** Starts serving over TLS 1.2 and 1.3. Rejects when the address cannot be listened on. */
export async function listenHttps(where: ListenOn, options: HttpServerOptions, pair: KeyPair): Promise<HttpsListener> {
  const { settings, onRequest, secure } = partsOf(options, true);
  const server = createServer({ ...settings, ...contextOf(pair), handshakeTimeout: HANDSHAKE_TIMEOUT_MS }, onRequest);
  const wires = new Map<string, Socket>();
  const forget = function (this: Socket) {
    wires.delete(endsOf(this));
  };
  server.on('connection', (wire: Socket) => wires.set(endsOf(wire.on('close', forget)), wire));
  const wireOf = (socket: Duplex) => wires.get(endsOf(socket as Socket)) ?? (socket as Socket);
  const listener = await listen(server, where, options, { settings, onRequest, secure, wireOf });
  return {
    ...listener,
    use: (next) => server.setSecureContext(contextOf(next)),
    async [Symbol.asyncDispose]() {
      const closed = listener[Symbol.asyncDispose]();
      for (const wire of wires.values()) wire.destroy(); // those in a TLS handshake are not HTTP's yet
      await closed;
    },
  };
}

function contextOf({ cert, key }: KeyPair): SecureContextOptions {
  return { cert, key, minVersion: 'TLSv1.2' };
}

/** What a TCP connection and the TLS connection on top of it have in common, and no other has. */
function endsOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}
