/** The composition root: the only file that knows every folder. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Logger, pino } from 'pino';
import { createScope } from './aws/arn.ts';
import { createCors } from './aws/cors.ts';
import { failure } from './aws/failure.ts';
import { createSealer } from './aws/jwe.ts';
import { createPageTokens, type PageTokens } from './aws/page-token.ts';
import { createAwsHandler } from './aws/pipeline.ts';
import type { Keyring } from './aws/ports.ts';
import { createVerifier } from './aws/sigv4.ts';
import { localBus } from './bus/local.ts';
import { createSocketHost } from './chime/messaging-session.ts';
import { SERVICE as CHIME, createChimeService } from './chime/service.ts';
import { MessagingDoor } from './chime/socket.ts';
import { type Config, ConfigError } from './config.ts';
import { systemClock } from './engine/clock.ts';
import { Hub } from './engine/hub.ts';
import { createIds } from './engine/ids.ts';
import type { Clock } from './engine/ports.ts';
import { createAccessKeys } from './iam/access-key-facts.ts';
import { createAuthorize } from './iam/authorize.ts';
import { DeclarationError, readDeclaration } from './iam/declaration.ts';
import { applyDeclaration } from './iam/declared.ts';
import { createIamIds } from './iam/identifiers.ts';
import { createIdentities } from './iam/identities.ts';
import { iamMigrations } from './iam/migrations/index.ts';
import type { IamContext } from './iam/operation.ts';
import { createPrincipals, rootPrincipal } from './iam/principals.ts';
import { createRootKey, type RootKey, readRootKey } from './iam/root-key.ts';
import { createIamService, iamScope } from './iam/service.ts';
import { createSessionTokens } from './iam/session-tokens.ts';
import { createStsService } from './iam/sts.ts';
import type { IamTables } from './iam/tables.ts';
import { createWebIdentities } from './iam/web-identity.ts';
import { Admission } from './ivs/admission.ts';
import { createBroadcast } from './ivs/broadcast.ts';
import { createDemo } from './ivs/demo.ts';
import { createLimits, createSocketLimits, type Limits } from './ivs/limits.ts';
import { ivsMigrations } from './ivs/migrations/index.ts';
import type { IvsContext } from './ivs/operation.ts';
import { createRoomFacts } from './ivs/room-facts.ts';
import { createIvsService, ivsOperations, SERVICE } from './ivs/service.ts';
import { ChatDoor } from './ivs/socket.ts';
import type { IvsTables } from './ivs/tables.ts';
import { createChatTokens } from './ivs/tokens.ts';
import { NOT_SERVED } from './operations.ts';
import { AuditLog } from './ops/audit.ts';
import { createConsole } from './ops/console.ts';
import { createHealth } from './ops/health.ts';
import { createMetrics } from './ops/metrics.ts';
import type { Database } from './storage/database.ts';
import { openKeyring } from './storage/keyring.ts';
import { openSqlite } from './storage/sqlite.ts';
import { createClientOf } from './transport/client.ts';
import { type HttpListener, type HttpServerOptions, listenHttp } from './transport/http.ts';
import type { Door, Handshake, HttpHandler } from './transport/ports.ts';
import type { TlsListener } from './transport/tls.ts';
import { createUpgradeListener } from './transport/websocket.ts';

const HANDSHAKE_WAIT_MS = 10_000;
const ROOMS_KNOWN = 10_000;
const PRINCIPALS_KNOWN = 10_000;

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
  const { clock = systemClock(), log } = options;
  const report = (error: unknown) => log.error({ err: error }, 'internal failure');
  const ids = createIds();
  const scope = createScope(SERVICE, config.region, config.accountId);
  await using resources = new AsyncDisposableStack();

  const audit = await openAudit(config, { clock, log });
  if (audit !== undefined) resources.use(audit);
  const database = resources.use(
    await openSqlite<IvsTables & IamTables>({
      directory: config.dataDir,
      migrations: [...ivsMigrations, ...iamMigrations],
      clock,
      onFatal: options.onFatal,
      onError: report,
    }),
  );
  const { rootKey, isNew } = openRootKey(config);
  const root = rootPrincipal(config.accountId);
  const keyring = await openKeyring(database.hot, ['chat-token', 'page-token', 'access-key', 'session-token'], {
    clock,
    ids,
  });
  const metrics = createMetrics();
  const limits = limitsOf(config, clock);

  const hub = resources.use(new Hub({ bus: localBus(), clock, observer: metrics.engine }));
  const rooms = createRoomFacts({ read: database.read, scope, capacity: ROOMS_KNOWN });
  const broadcast = createBroadcast({ hub, clock, ids, observer: metrics.chat });
  const tokens = createChatTokens({
    sealer: createSealer(keyring, 'chat-token'),
    lifetimeMs: config.tokenSeconds * 1000,
    clock,
  });
  const pages = createPageTokens(createSealer(keyring, 'page-token'));
  const context: IvsContext = {
    read: database.read,
    write: database.write,
    pages,
    clock,
    ids,
    limits,
    rooms,
    tokens,
    broadcast,
  };
  const admission = resources.use(
    new Admission(clock, {
      connections: limits.get('connections'),
      handshakesPerSecond: limits.get('handshakes-per-second'),
      handshakesPerUserPerSecond: limits.get('handshakes-per-user-per-second'),
      waiting: limits.get('waiting-handshakes'),
      waitMs: HANDSHAKE_WAIT_MS,
    }),
  );
  const chat = new ChatDoor({
    hub,
    clock,
    ids,
    coordinator: { claim: database.hot.claim },
    admission,
    openToken: tokens.open,
    rooms,
    limits: createSocketLimits(limits, clock),
    broadcast,
    observer: {
      ...metrics.chat,
      handshake(outcome) {
        metrics.chat.handshake(outcome);
        const { cause: error, roomId, ...told } = outcome;
        const resources = roomId === undefined ? [] : [scope.arn(`room/${roomId}`)];
        audit?.record({ event: 'handshake', service: SERVICE, ...told, error, resources });
      },
    },
    report,
  });
  metrics.observe({
    connections: () => hub.sessions.size,
    handshakesWaiting: () => admission.waiting,
    unreadBytes: () => hub.unreadBytes,
    auditLinesLost: () => audit?.lost ?? 0,
  });

  const iam = createIam(config, database, { keyring, pages, clock });
  await declareIam(config, iam, log);
  const { accountId, region } = config;
  const sessions = createSessionTokens({ sealer: createSealer(keyring, 'session-token'), ids: iam.ids });
  const principals = createPrincipals({ accountId, rootKeys: [rootKey], sessions, ...iam });
  const authorize = createAuthorize(iam);
  const webIdentities = createWebIdentities({ issuers: config.oidcIssuers, clock });
  const sts = { ...iam, authorize, sessions, webIdentities, iamScope: iamScope(accountId) };
  const chimeScope = createScope(CHIME, region, accountId);
  const messaging = new MessagingDoor({
    hub,
    clock,
    scope: chimeScope,
    verify: createVerifier({ region, principals, now: clock.now }).verify,
    authorize,
    observe: ({ userArn, ...told }) =>
      audit?.record({
        event: 'handshake',
        service: CHIME,
        ...told,
        error: told.status === 101 ? undefined : String(told.status),
        resources: userArn === undefined ? [] : [userArn],
      }),
  });
  let tls: TlsListener | undefined;
  const socketHost = createSocketHost({ endpoint: config.messagingEndpoint, tlsPort: () => tls?.address.port });
  const handleAws = createAwsHandler({
    services: [
      createIvsService({ scope, context }),
      createChimeService({ scope: chimeScope, context: { socketHost } }),
      createIamService({ accountId, context: iam }),
      createStsService({ accountId, context: sts }),
    ],
    region,
    pathPrefix: config.pathPrefix,
    principals,
    authorize,
    clock,
    newRequestId: randomUUID,
    observe(outcome) {
      metrics.apiCall({ ...outcome, operation: outcome.operation ?? 'unknown' });
      audit?.record({ event: 'call', ...outcome });
      log.debug(outcome, 'call');
    },
    report: (failure) => log.error({ err: failure.error, ...failure }, 'internal failure'),
  });

  let listener: HttpListener | undefined;
  const url = () => urlOf('http', config, listener?.address.port ?? config.port);
  const startedMs = clock.monotonic();
  const health = createHealth({ ready: () => !chat.draining });
  const console = createConsole({
    directory: fileURLToPath(new URL('../dist/console', import.meta.url)),
    clock,
    status: () => ({
      version: version(),
      region: config.region,
      accountId: config.accountId,
      address: url(),
      uptimeSeconds: Math.floor((clock.monotonic() - startedMs) / 1000),
      connections: hub.sessions.size,
    }),
    demo:
      (config.demo ?? config.loopback)
        ? { loopback: config.loopback, mint: createDemo(scope, root, context) }
        : undefined,
  });
  const cors = createCors(config.corsOrigins);
  const api = cors.allow(handleAws);
  const handle: HttpHandler = (request) =>
    health(request) ??
    (request.target === '/metrics' ? metrics.render() : undefined) ??
    console(request) ??
    api(request);

  const http: HttpServerOptions = {
    handle,
    upgrade: createUpgradeListener({ route: doorOf(chat, messaging), origins: config.webSocketOrigins, report }),
    clientOf: createClientOf(config.trustedProxies),
    failure: (status, origin) => cors.add(failure(status), origin),
    report,
  };
  const { plain, tls: tlsSocket } = options.inherited ?? {};
  listener = resources.use(
    await listenHttp(plain === undefined ? { host: config.host, port: config.port } : { fd: plain }, http),
  );
  tls = await openTls(config, http, { clock, log, plain, tls: tlsSocket });
  if (tls !== undefined) resources.use(tls);
  void database.warm().catch(report);

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
      await Promise.all([chat, messaging].map((door) => door.drain(config.drainSeconds * 1000)));
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

async function openAudit(
  { audit }: Config,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): Promise<AuditLog | undefined> {
  if (audit === undefined) return undefined;
  const report = (error: unknown) => log.error({ err: error }, 'lines of the audit log are lost');
  try {
    return await AuditLog.open({ ...audit, clock, report });
  } catch (error) {
    throw new ConfigError(`The audit log cannot be opened: ${error instanceof Error ? error.message : error}.`);
  }
}

/**
 * Opens the TLS listener once the plain one serves. With inherited sockets nothing is listened on beside them unless it
 * was asked for.
 */
async function openTls(
  config: Config,
  http: HttpServerOptions,
  { clock, log, plain, tls: fd }: { clock: Clock; log: Logger } & InheritedSockets,
): Promise<TlsListener | undefined> {
  const { tls, host, dataDir: directory } = config;
  if (tls === undefined || (!tls.required && plain !== undefined && fd === undefined)) return undefined;
  const { listenTls } = await import('./transport/tls.ts');
  try {
    return await listenTls(fd === undefined ? { host, port: tls.port } : { fd }, {
      http,
      files: tls.files,
      directory,
      host,
      clock,
      renewed: () => log.info('The TLS certificate has changed; new connections get the new one.'),
      report: (error) => log.warn({ err: error }, 'The new TLS certificate cannot be used; the old one stays.'),
    });
  } catch (error) {
    if (tls.required) throw error;
    const why = error instanceof Error ? error.message : error;
    log.warn(`There is no TLS listener: ${why}. Choose another port with --tls-port, or none with --no-tls.`);
    return undefined;
  }
}

/** Starts the server of this process, prints what a person needs, and ends with the process's signals. */
export async function run(config: Config, inherited: InheritedSockets | undefined): Promise<void> {
  const log = pino({ level: config.logLevel, base: null }, pino.destination({ dest: 2, sync: true }));
  const parlor = await start(config, {
    inherited,
    log,
    onFatal(error) {
      log.fatal({ err: error }, 'the server cannot go on');
      process.exit(1);
    },
  });
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= parlor.drain().then(
      () => process.exit(0),
      (error: unknown) => {
        log.fatal({ err: error }, 'the shutdown failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', () => (stopping === undefined ? stop() : process.exit(130))); // a second Ctrl-C does not wait
  process.on('disconnect', stop); // the supervisor is gone
  process.channel?.unref();

  process.stdout.write(banner(config, parlor));
  for (const warning of config.warnings) log.warn(warning);
}

/** The package's version; its manifest stands beside src/ and dist/ alike. */
function version(): string {
  const { version }: { version: string } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  );
  return version;
}

function limitsOf({ limits: mode, limit: overrides }: Config, clock: Clock): Limits {
  try {
    return createLimits({ mode, overrides, operations: ivsOperations, clock });
  } catch (error) {
    throw error instanceof RangeError ? new ConfigError(error.message) : error;
  }
}

function createIam(
  { accountId }: Config,
  { read, write }: Database<IamTables>,
  given: { readonly keyring: Keyring; readonly pages: PageTokens; readonly clock: Clock },
): IamContext {
  const { keyring, pages, clock } = given;
  const sealer = createSealer(keyring, 'access-key');
  return {
    read,
    write,
    clock,
    pages,
    sealer,
    ids: createIamIds(),
    identities: createIdentities({ read, scope: iamScope(accountId), capacity: PRINCIPALS_KNOWN }),
    accessKeys: createAccessKeys({ read, sealer, capacity: PRINCIPALS_KNOWN }),
  };
}

async function declareIam({ iam }: Config, context: IamContext, log: Logger): Promise<void> {
  if (iam === undefined) return;
  try {
    const declaration = readDeclaration(iam.declaration, iam.env);
    for (const warning of await applyDeclaration(declaration, context)) log.warn(warning);
  } catch (error) {
    throw error instanceof DeclarationError ? new ConfigError(`${iam.file}: ${error.message}`) : error;
  }
}

function openRootKey({ dataDir, rootKey }: Config): { rootKey: RootKey; isNew: boolean } {
  if (rootKey !== undefined) return { rootKey, isNew: false };
  const kept = readRootKey(dataDir);
  return kept === undefined ? { rootKey: createRootKey(dataDir), isNew: true } : { rootKey: kept, isNew: false };
}

function banner(config: Config, { url, tls, rootKey, rootKeyIsNew }: Parlor): string {
  const secret = rootKeyIsNew ? `  ${rootKey.secretAccessKey}  (shown only now)` : '  (secret: parlor root-key show)';
  return [
    `Parlor listening on ${url}`,
    '',
    `  Data        ${config.dataDir}`,
    `  Root key    ${rootKey.accessKeyId}${config.rootKey === undefined ? secret : ''}`,
    ...(tls === undefined ? [] : tlsLines(tls)),
    '',
    `  Welcome     ${url}/`,
    '  Try         npx parlor room create --name hello',
    ...NOT_SERVED.map((text) => `  Warning     ${text}`),
    '',
    '',
  ].join('\n');
}

/** Browsers and Node refuse a WebSocket with an unknown certificate without a word of why. */
function tlsLines({ url, caFile }: NonNullable<Parlor['tls']>): string[] {
  if (caFile === undefined) return [`  TLS         ${url}`];
  return [
    `  TLS         ${url}  with a certificate of this server's own CA, which clients must trust:`,
    `    Node      NODE_EXTRA_CA_CERTS=${resolve(caFile)}`,
    `    Browser   open ${url}/ once and accept the certificate, or import the CA above`,
  ];
}

function urlOf(scheme: string, { host }: Config, port: number): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
