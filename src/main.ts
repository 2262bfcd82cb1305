/** The composition root: with main/, the only place that knows every folder. */
import type { Logger } from 'pino';
import { createCors } from './aws/cors.ts';
import { failure } from './aws/failure.ts';
import type { MessagingDoor } from './chime/socket.ts';
import type { Config } from './config.ts';
import type { Clock } from './engine/ports.ts';
import type { RootKey } from './iam/root-key.ts';
import type { ChatDoor } from './ivs/socket.ts';
import { openAccess, openRootKey } from './main/access.ts';
import { createApi, openExchange } from './main/api.ts';
import { openChat } from './main/chat.ts';
import { openConsole } from './main/console.ts';
import { layGround } from './main/ground.ts';
import { openMessaging } from './main/messaging.ts';
import { openTls } from './main/tls.ts';
import { createHealth } from './ops/health.ts';
import { createClientOf } from './transport/client.ts';
import { type HttpListener, type HttpServerOptions, listenHttp } from './transport/http.ts';
import type { Door, Handshake, HttpHandler } from './transport/ports.ts';
import type { TlsListener } from './transport/tls.ts';
import { createUpgradeListener } from './transport/websocket.ts';

/** Loading the rest keeps the event loop for 0.1 s: what waits for the listener is answered first. */
const WARM_AFTER_MS = 250;

/** A running server. */
export interface Parlor extends AsyncDisposable {
  /** Base URL, with the real port. */
  readonly url: string;
  /** The TLS listener, if there is one. */
  readonly tls: { readonly url: string; readonly caFile: string | undefined } | undefined;
  readonly rootKey: RootKey;
  /** Whether the root key was made by this start. */
  readonly rootKeyIsNew: boolean;
  /** Sends the audience away over the configured time, then stops everything. */
  drain(): Promise<void>;
}

/** File descriptors. */
export interface InheritedSockets {
  readonly plain: number | undefined;
  readonly tls: number | undefined;
}

export interface StartOptions {
  /** Listening sockets inherited from a supervisor or systemd, in place of host and ports. */
  readonly inherited?: InheritedSockets | undefined;
  readonly clock?: Clock;
  readonly log: Logger;
  /** The process cannot keep its promises any more and must end. */
  onFatal(error: unknown): void;
}

/** Starts a server. @throws ConfigError and StorageError with one line for a person */
export async function start(config: Config, options: StartOptions): Promise<Parlor> {
  await using resources = new AsyncDisposableStack();
  const ground = await layGround(config, options, resources);
  const { clock, database, hub, metrics, audit, report } = ground;
  const { rootKey, isNew } = openRootKey(config);
  const access = await openAccess(ground, rootKey, resources);
  const chat = openChat(ground, resources);
  let tls: TlsListener | undefined;
  const messaging = openMessaging(ground, access, resources, () => tls?.address.port);
  metrics.observe({
    chatConnections: () => chat.door.sessions.size,
    messagingConnections: () => messaging.door.connections.sessions.size,
    handshakesWaiting: () => chat.admission.waiting + messaging.admission.waiting,
    unreadBytes: () => hub.unreadBytes,
    auditLinesLost: () => audit?.lost ?? 0,
  });

  let listener: HttpListener | undefined;
  const url = () => urlOf('http', config, listener?.address.port ?? config.port);
  const cors = createCors(config.corsOrigins);
  const api = cors.allow(createApi(ground, access, [chat.service, ...messaging.services, ...access.services]));
  const health = createHealth({ ready: () => !chat.door.draining });
  const demos = { mint: chat.demo, lend: messaging.demo };
  const console = openConsole(ground, demos, url, () => tls);
  const creds = openExchange(ground, access, messaging.ensureUser);
  const handle: HttpHandler = (request) =>
    health(request) ??
    (request.target === '/metrics' ? metrics.render() : undefined) ??
    console(request) ??
    creds?.(request) ??
    api(request);

  const http: HttpServerOptions = {
    handle,
    upgrade: createUpgradeListener({
      route: doorOf(chat.door, messaging.door),
      origins: config.webSocketOrigins,
      report,
    }),
    clientOf: createClientOf(config.trustedProxies),
    failure: (status, origin) => cors.add(failure(status), origin),
    report,
  };
  const { plain, tls: tlsSocket } = options.inherited ?? {};
  listener = resources.use(
    await listenHttp(plain === undefined ? { host: config.host, port: config.port } : { fd: plain }, http),
  );
  tls = await openTls(config, http, { clock, log: options.log, plain, tls: tlsSocket });
  if (tls !== undefined) resources.use(tls);
  const stopWaiting = clock.every(WARM_AFTER_MS, () => {
    stopWaiting();
    metrics.warm();
    void database.warm().then(() => messaging.removal.soon(), report);
  });
  resources.defer(stopWaiting);

  const running = resources.move();
  const dispose = () => running.disposeAsync();
  return {
    url: url(),
    tls: tls && { url: urlOf('https', config, tls.address.port), caFile: tls.caFile },
    rootKey,
    rootKeyIsNew: isNew,
    async drain() {
      listener.stopAccepting();
      tls?.stopAccepting();
      await Promise.all([chat.door, messaging.door].map((door) => door.drain(config.drainSeconds * 1000)));
      await dispose();
    },
    [Symbol.asyncDispose]: dispose,
  };
}

/** Chat tokens come as subprotocols, whatever the path; `/connect` takes none. */
function doorOf(chat: ChatDoor, messaging: MessagingDoor): (handshake: Handshake) => Door {
  return ({ target, headers }) => {
    if (headers['sec-websocket-protocol'] !== undefined) return chat;
    return /^[^?]*\/connect(?:\?|$)/.test(target) ? messaging : chat;
  };
}

function urlOf(scheme: string, { host }: Config, port: number): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
