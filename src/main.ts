/** The composition root: the only file that knows every folder. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { createScope } from './aws/arn.ts';
import { createCors } from './aws/cors.ts';
import { failure } from './aws/failure.ts';
import { createSealer } from './aws/jwe.ts';
import type { Service } from './aws/operation.ts';
import { createPageTokens, type PageTokens } from './aws/page-token.ts';
import { createAwsHandler } from './aws/pipeline.ts';
import type { Keyring } from './aws/ports.ts';
import { createVerifier } from './aws/sigv4.ts';
import { localBus } from './bus/local.ts';
import { createMessagingDemo } from './chime/demo.ts';
import { Expiry } from './chime/expiry.ts';
import { createEnsureUser } from './chime/identity/app-instance-user.ts';
import { createSocketHost } from './chime/messaging/messaging-session.ts';
import { UnkeptMessages } from './chime/messaging/unkept-messages.ts';
import { chimeMigrations } from './chime/migrations/index.ts';
import type { ChimeContext } from './chime/operation.ts';
import { Removal } from './chime/removal.ts';
import { SERVICE as CHIME, createChimeServices } from './chime/service.ts';
import { MessagingDoor } from './chime/socket.ts';
import type { ChimeTables } from './chime/tables.ts';
import { type Config, ConfigError } from './config.ts';
import { Admission } from './engine/admission.ts';
import { systemClock } from './engine/clock.ts';
import { Hub } from './engine/hub.ts';
import { createIds, type Ids } from './engine/ids.ts';
import type { Clock, Event } from './engine/ports.ts';
import { createLimits, type Limits } from './engine/quotas.ts';
import { createAccessKeys } from './iam/access-key-facts.ts';
import { createAuthorize } from './iam/authorize.ts';
import { createCredentialExchange, type EnsureUser } from './iam/credential-exchange.ts';
import { DeclarationError, readDeclaration } from './iam/declaration.ts';
import { applyDeclaration } from './iam/declared.ts';
import { createIamIds } from './iam/identifiers.ts';
import { createIdentities } from './iam/identities.ts';
import { LastUsed } from './iam/last-used.ts';
import { iamMigrations } from './iam/migrations/index.ts';
import type { IamContext } from './iam/operation.ts';
import { createPrincipals, rootPrincipal } from './iam/principals.ts';
import { createRootKey, type RootKey, readRootKey } from './iam/root-key.ts';
import { createIamService, iamScope } from './iam/service.ts';
import { createSessionTokens } from './iam/session-tokens.ts';
import { createStsService } from './iam/sts.ts';
import type { IamTables } from './iam/tables.ts';
import { createTokenProof, createWebhookProof } from './iam/user-proof.ts';
import { createWebIdentities } from './iam/web-identity.ts';
import { createBroadcast } from './ivs/broadcast.ts';
import { createDemo } from './ivs/demo.ts';
import { createSocketLimits } from './ivs/limits.ts';
import { ivsMigrations } from './ivs/migrations/index.ts';
import type { IvsContext } from './ivs/operation.ts';
import { createRoomFacts } from './ivs/room-facts.ts';
import { createIvsService, SERVICE } from './ivs/service.ts';
import { ChatDoor } from './ivs/socket.ts';
import type { IvsTables } from './ivs/tables.ts';
import { createChatTokens } from './ivs/tokens.ts';
import { AuditLog } from './ops/audit.ts';
import { type ConsoleHandler, createConsole } from './ops/console.ts';
import type { Demo } from './ops/demo.ts';
import { createHealth } from './ops/health.ts';
import { createMetrics, type Metrics } from './ops/metrics.ts';
import { quotas } from './quotas.ts';
import type { Database } from './storage/database.ts';
import { openKeyring } from './storage/keyring.ts';
import { openSqlite } from './storage/sqlite.ts';
import { createClientOf } from './transport/client.ts';
import { type HttpListener, type HttpServerOptions, listenHttp } from './transport/http.ts';
import type { Door, Handshake, HttpHandler, HttpRequest } from './transport/ports.ts';
import type { TlsListener } from './transport/tls.ts';
import { createUpgradeListener } from './transport/websocket.ts';

const HANDSHAKE_WAIT_MS = 10_000;
const ROOMS_KNOWN = 10_000;
const PRINCIPALS_KNOWN = 10_000;
const KEY_PURPOSES = ['chat-token', 'page-token', 'access-key', 'session-token'];

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

type Tables = IvsTables & IamTables & ChimeTables;

/** What all parts of a server are built with. */
interface Ground {
  readonly config: Config;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly report: (error: unknown) => void;
  readonly database: Database<Tables>;
  readonly keyring: Keyring;
  readonly pages: PageTokens;
  readonly hub: Hub;
  readonly limits: Limits;
  readonly metrics: Metrics;
  readonly audit: AuditLog | undefined;
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
  void database.warm().then(() => messaging.removal.soon(), report);

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

async function layGround(config: Config, options: StartOptions, resources: AsyncDisposableStack): Promise<Ground> {
  const { clock = systemClock(), log, onFatal } = options;
  const report = (error: unknown) => log.error({ err: error }, 'internal failure');
  const ids = createIds();
  const audit = await openAudit(config, { clock, log });
  if (audit !== undefined) resources.use(audit);
  const database = resources.use(
    await openSqlite<Tables>({
      directory: config.dataDir,
      migrations: [...ivsMigrations, ...iamMigrations, ...chimeMigrations],
      clock,
      onFatal,
      onError: report,
    }),
  );
  const keyring = await openKeyring(database.hot, KEY_PURPOSES, { clock, ids });
  const pages = createPageTokens(createSealer(keyring, 'page-token'));
  const metrics = createMetrics();
  const hub = resources.use(new Hub({ bus: localBus(), clock, observer: metrics.engine }));
  const limits = limitsOf(config, clock);
  return { config, clock, ids, log, report, database, keyring, pages, hub, limits, metrics, audit };
}

/** Who may do what, and the two services by which that is managed. */
async function openAccess(ground: Ground, rootKey: RootKey, resources: AsyncDisposableStack) {
  const { config, clock, keyring, database, limits, log, report } = ground;
  const { accountId, region } = config;
  const lastUsed = resources.use(new LastUsed({ write: database.write, clock, report }));
  const iam = createIam(ground, database, lastUsed);
  await declareIam(config, iam, log);
  const sessions = createSessionTokens({ sealer: createSealer(keyring, 'session-token'), ids: iam.ids });
  const principals = createPrincipals({ accountId, rootKeys: [rootKey], sessions, ...iam });
  const authorize = createAuthorize(iam);
  const webIdentities = createWebIdentities({ issuers: config.oidcIssuers, clock });
  const sts = { ...iam, authorize, sessions, webIdentities, iamScope: iamScope(accountId) };
  return {
    principals,
    authorize,
    onChange: iam.identities.onChange,
    sessionMaker: { ...sts, scope: createScope('sts', '', accountId) },
    verify: createVerifier({ region, principals, now: () => clock.now() }).verify,
    services: [
      createIamService({ accountId, context: iam }),
      createStsService({ accountId, context: sts, take: () => limits.take('sts-calls-per-second') }),
    ],
  };
}

type Access = Awaited<ReturnType<typeof openAccess>>;

/** The door of IVS Chat. */
function openChat(ground: Ground, resources: AsyncDisposableStack) {
  const { config, clock, ids, report, database, keyring, pages, hub, limits, metrics, audit } = ground;
  const scope = createScope(SERVICE, config.region, config.accountId);
  const { read, write } = database;
  const rooms = createRoomFacts({ read, scope, capacity: ROOMS_KNOWN });
  const broadcast = createBroadcast({ hub, clock, ids, observer: metrics.chat });
  const lifetimeMs = config.tokenSeconds * 1000;
  const tokens = createChatTokens({ sealer: createSealer(keyring, 'chat-token'), lifetimeMs, clock });
  const context: IvsContext = { read, write, pages, clock, ids, limits, rooms, tokens, broadcast };
  const admission = resources.use(
    new Admission(clock, {
      connections: limits.get('connections'),
      handshakesPerSecond: limits.get('handshakes-per-second'),
      handshakesPerSubjectPerSecond: limits.get('handshakes-per-user-per-second'),
      waiting: limits.get('waiting-handshakes'),
      waitMs: HANDSHAKE_WAIT_MS,
    }),
  );
  const door = new ChatDoor({
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
  return {
    admission,
    door,
    service: createIvsService({ scope, context }),
    demo: createDemo(scope, rootPrincipal(config.accountId), context),
  };
}

/** The door of Chime SDK messaging. @param tlsPort known once the TLS listener is open */
function openMessaging(
  ground: Ground,
  access: Access,
  resources: AsyncDisposableStack,
  tlsPort: () => number | undefined,
) {
  const { config, clock, database, pages, hub, limits, metrics, audit, report } = ground;
  const scope = createScope(CHIME, config.region, config.accountId);
  const { read, write } = database;
  const admission = resources.use(
    new Admission(clock, {
      connections: Number.POSITIVE_INFINITY,
      handshakesPerSecond: limits.get('handshakes-per-second'),
      handshakesPerSubjectPerSecond: limits.get('connects-per-user-per-second'),
      waiting: limits.get('waiting-handshakes'),
      waitMs: HANDSHAKE_WAIT_MS,
    }),
  );
  const door = new MessagingDoor({
    hub,
    clock,
    scope,
    read,
    report,
    verify: access.verify,
    authorize: access.authorize,
    admission,
    connectionsPerUser: limits.get('connections-per-user'),
    observer: {
      handshake(outcome) {
        metrics.messaging.handshake(outcome);
        const { userArn, ...told } = outcome;
        const error = told.status === 101 ? undefined : String(told.status);
        const resources = userArn === undefined ? [] : [userArn];
        audit?.record({ event: 'handshake', service: CHIME, ...told, error, resources });
      },
    },
  });
  resources.defer(access.onChange((id) => door.changed(id)));
  const publish = (event: Event) => hub.publish(event);
  const removal = resources.use(new Removal({ scope, write, clock, publish, report }));
  const removeSoon = () => removal.soon();
  resources.use(
    new Expiry({
      scope,
      read,
      write,
      clock,
      publish,
      removeSoon,
      observe: ({ operation, arn }) =>
        audit?.record({ event: 'expiry', service: CHIME, operation, resources: [arn], status: 200, elapsedMs: 0 }),
      report,
    }),
  );
  const context: ChimeContext = {
    read,
    write,
    clock,
    pages,
    quota: (name) => limits.get(name),
    publish,
    unkept: new UnkeptMessages(),
    socketHost: createSocketHost({ endpoint: config.messagingEndpoint, tlsPort }),
    removeSoon,
  };
  const ensureUser = createEnsureUser({ ...context, scope });
  const principal = rootPrincipal(config.accountId);
  return {
    admission,
    door,
    removal,
    services: createChimeServices({ scope, context, limits, clock }),
    ensureUser,
    demo: createMessagingDemo({ scope, principal, context, iam: access.sessionMaker, ensureUser }),
  };
}

function createApi(ground: Ground, { principals, authorize }: Access, services: readonly Service[]): HttpHandler {
  const { config, clock, log, metrics, audit } = ground;
  return createAwsHandler({
    services,
    region: config.region,
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
}

/** `POST /creds`, when it is configured. */
function openExchange({ config, clock, log, audit }: Ground, { sessionMaker: maker }: Access, ensureUser: EnsureUser) {
  const { exchange, region, corsOrigins, pathPrefix } = config;
  if (exchange === undefined) return undefined;
  const { proof, ...settings } = exchange;
  const handle = createCredentialExchange({
    ...settings,
    region,
    ensureUser,
    prove:
      'issuer' in proof
        ? createTokenProof(createWebIdentities({ issuers: [proof.issuer], clock }), proof.claim)
        : createWebhookProof({ url: proof.webhook, secret: proof.secret, clock }),
    maker,
    clock,
    observe({ userArn, ...told }) {
      const resources = userArn === undefined ? [] : [userArn];
      audit?.record({ event: 'exchange', service: 'sts', ...told, resources });
    },
    report: (error) => log.error({ err: error }, 'an exchange of credentials failed'),
  });
  const forPages = createCors(corsOrigins, { credentials: true }).allow(handle);
  return (request: HttpRequest) =>
    request.target.split('?', 1)[0] === `${pathPrefix}/creds` ? forPages(request) : undefined;
}

function openConsole(
  { config, clock, hub }: Ground,
  demos: Omit<Demo, 'loopback'>,
  url: () => string,
  tls: () => TlsListener | undefined,
): ConsoleHandler {
  const { accountId, region, loopback, messagingEndpoint, pathPrefix } = config;
  const startedMs = clock.monotonic();
  return createConsole({
    directory: fileURLToPath(new URL('../dist/console', import.meta.url)),
    clock,
    status: () => ({
      version: version(),
      region,
      accountId,
      address: url(),
      uptimeSeconds: Math.floor((clock.monotonic() - startedMs) / 1000),
      connections: hub.sessions.size,
      pathPrefix,
      tls: shown(tls()),
    }),
    demo: (config.demo ?? loopback) ? { loopback, ...demos } : undefined,
    messagingEndpoint,
  });
}

function shown(tls: TlsListener | undefined) {
  return tls && { port: tls.address.port, localCa: tls.caFile !== undefined };
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

/** The package's version; its manifest stands beside src/ and dist/ alike. */
function version(): string {
  const { version }: { version: string } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  );
  return version;
}

function limitsOf({ limits: mode, limit: overrides }: Config, clock: Clock): Limits {
  try {
    return createLimits({ mode, overrides, quotas, clock });
  } catch (error) {
    throw error instanceof RangeError ? new ConfigError(error.message) : error;
  }
}

function createIam(
  { config, keyring, pages, clock }: Ground,
  { read, write }: Database<IamTables>,
  lastUsed: LastUsed,
): IamContext {
  const { accountId } = config;
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
    lastUsed,
  };
}

async function declareIam({ iam, accountId }: Config, context: IamContext, log: Logger): Promise<void> {
  if (iam === undefined) return;
  try {
    const declaration = readDeclaration(iam.declaration, iam.env);
    const scope = iamScope(accountId);
    for (const warning of await applyDeclaration(declaration, { ...context, scope })) log.warn(warning);
  } catch (error) {
    throw error instanceof DeclarationError ? new ConfigError(`${iam.file}: ${error.message}`) : error;
  }
}

function openRootKey({ dataDir, rootKey }: Config): { rootKey: RootKey; isNew: boolean } {
  if (rootKey !== undefined) return { rootKey, isNew: false };
  const kept = readRootKey(dataDir);
  return kept === undefined ? { rootKey: createRootKey(dataDir), isNew: true } : { rootKey: kept, isNew: false };
}

function urlOf(scheme: string, { host }: Config, port: number): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
