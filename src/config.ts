/** What the options of `parlor serve` come to. */
import { isIP } from 'node:net';
import {
  ConfigError,
  collectValues,
  flag,
  type Given,
  integer,
  list,
  matching,
  oneOf,
  text,
  type Values,
  wrong,
} from './config-values.ts';

export { ConfigError, type Given };

export interface Config {
  readonly host: string;
  /** Whether `host` stands for this machine alone. */
  readonly loopback: boolean;
  readonly port: number;
  /** The second listener; undefined: none. */
  readonly tls: TlsConfig | undefined;
  /** Pages of these origins may call the API; `*`: all. */
  readonly corsOrigins: readonly string[];
  /** Pages of these origins may open a WebSocket; undefined: all. */
  readonly webSocketOrigins: ReadonlySet<string> | undefined;
  /** Addresses and networks whose word on the client's address is taken. */
  readonly trustedProxies: readonly string[];
  readonly dataDir: string;
  readonly region: string;
  readonly accountId: string;
  readonly rootKey: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  readonly limits: LimitsMode;
  /** Limits named one by one: `--limit name=value`. */
  readonly limit: ReadonlyMap<string, number>;
  readonly tokenSeconds: number;
  /** Issuers of OpenID Connect tokens that roles may be assumed with. */
  readonly oidcIssuers: readonly IssuerConfig[];
  /** The exchange of credentials for browsers; undefined: there is none. */
  readonly exchange: ExchangeConfig | undefined;
  /** Where WebSockets of Chime are served, `host` or `host:port`; undefined: where the API was asked, over TLS. */
  readonly messagingEndpoint: string | undefined;
  readonly drainSeconds: number;
  /** Undefined: on when the server listens on loopback. */
  readonly demo: boolean | undefined;
  readonly pathPrefix: string;
  readonly logLevel: LogLevel;
  /** Undefined: there is none. */
  readonly audit: AuditConfig | undefined;
  /** What the file declares; undefined: nothing, and what was declared before stays. */
  readonly iam: IamConfig | undefined;
  readonly supervise: boolean;
  /** Worth telling, not worth refusing the start. */
  readonly warnings: readonly string[];
}

export interface TlsConfig {
  readonly port: number;
  /** Asked for: without it there is no start. Otherwise it is a convenience of development, on loopback. */
  readonly required: boolean;
  /** PEM files; undefined: a certificate of the local CA. */
  readonly files: { readonly cert: string; readonly key: string } | undefined;
}

export interface IssuerConfig {
  readonly url: string;
  readonly audiences: readonly string[];
}

export interface ExchangeConfig {
  readonly roleArn: string;
  readonly appInstanceArn: string;
  readonly proof:
    | { readonly issuer: IssuerConfig; readonly claim: string }
    | { readonly webhook: string; readonly secret: string | undefined };
  readonly seconds: number;
}

export interface AuditConfig {
  /** A path, or `-` for the standard output. */
  readonly target: string;
  /** When the file is moved aside for a new one. */
  readonly maximumBytes: number;
  /** How many of those moved aside are kept. */
  readonly kept: number;
}

export interface IamConfig {
  /** The file's member `iam`, not looked at yet. */
  readonly declaration: unknown;
  readonly file: string;
  /** Where the keys are that the declaration names by variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export type LimitsMode = 'default' | 'aws' | 'off';
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/;

/**
 * Puts the configuration together.
 * @param flags by long name, as the command line gave them
 * @throws ConfigError naming the first thing that is wrong and where it was said
 */
export function loadConfig(flags: ReadonlyMap<string, Given>, env: NodeJS.ProcessEnv): Config {
  const { values, iam, file, warnings } = collectValues(flags, env);
  return {
    ...interpret(values, warnings),
    iam: iam === undefined ? undefined : { declaration: iam, file, env },
  };
}

function interpret(values: Values, warnings: readonly string[]): Omit<Config, 'iam'> {
  const tokenSeconds = integer(values, 'token-seconds', 1, 3600);
  if (tokenSeconds > 60 && tokenSeconds < 120) {
    throw wrong(
      values,
      'token-seconds',
      'must not be 61 to 119: the JS client then renews at once; use 60, or 120 and more',
    );
  }
  const host = matching(values, 'host', /^[^\s/]+$/, 'must be a host name or an address');
  const loopback = LOOPBACK.test(host);
  const webSocketOrigins = list(values, 'websocket-origin');
  return {
    host,
    loopback,
    tls: tlsListener(values, loopback),
    corsOrigins: list(values, 'cors-origin').map((entry) => (entry === '*' ? entry : origin('cors-origin', entry))),
    webSocketOrigins:
      webSocketOrigins.length === 0
        ? undefined
        : new Set(webSocketOrigins.map((entry) => origin('websocket-origin', entry))),
    trustedProxies: list(values, 'trusted-proxy').map(network),
    port: integer(values, 'port', 0, 65_535),
    dataDir: text(values, 'data-dir'),
    region: matching(values, 'region', /^[a-z0-9-]{1,32}$/, 'must be lower-case letters, digits and hyphens'),
    accountId: matching(values, 'account-id', /^\d{12}$/, 'must be 12 digits'),
    rootKey: rootKey(values),
    limits: oneOf(values, 'limits', ['default', 'aws', 'off']),
    limit: namedLimits(values),
    tokenSeconds,
    oidcIssuers: issuers(values, 'oidc-issuer'),
    exchange: exchange(values),
    messagingEndpoint: messagingEndpoint(values),
    drainSeconds: integer(values, 'drain-seconds', 0, 3600),
    demo: flag(values, 'demo'),
    pathPrefix: matching(
      values,
      'path-prefix',
      /^(\/[^/?#\s]+)*$/,
      'must be empty or begin with / and not end with it',
    ),
    logLevel: oneOf(values, 'log-level', ['debug', 'info', 'warn', 'error', 'silent']),
    audit: auditLog(values),
    supervise: flag(values, 'supervise') ?? false,
    warnings: [...warnings, ...openSecrets(values)],
  };
}

/** What is sent in the clear, beyond this machine. */
function openSecrets(values: Values): string[] {
  const webhook = values.get('creds-webhook')?.value;
  const { protocol, hostname = '' } = typeof webhook === 'string' && URL.canParse(webhook) ? new URL(webhook) : {};
  if (protocol !== 'http:' || LOOPBACK.test(hostname)) return [];
  return ['--creds-webhook is http: whoever is on the way to it can read the tokens of users.'];
}

/** On when it is asked for, by whatever option of it, and when the host is loopback. */
function tlsListener(values: Values, loopback: boolean): TlsConfig | undefined {
  const wanted = flag(values, 'tls');
  const cert = values.has('tls-cert') ? text(values, 'tls-cert') : undefined;
  const key = values.has('tls-key') ? text(values, 'tls-key') : undefined;
  if ((cert === undefined) !== (key === undefined)) {
    throw new ConfigError('--tls-cert and --tls-key must be given together.');
  }
  const port = integer(values, 'tls-port', 0, 65_535);
  const required = wanted === true || cert !== undefined || values.get('tls-port')?.from !== 'default';
  if (wanted === false || !(required || loopback)) return undefined;
  return { port, required, files: cert === undefined || key === undefined ? undefined : { cert, key } };
}

function auditLog(values: Values): AuditConfig | undefined {
  const maximumBytes = integer(values, 'audit-log-bytes', 65_536, 999_999_999);
  const kept = integer(values, 'audit-log-files', 1, 100);
  if (!values.has('audit-log')) return undefined;
  return { target: matching(values, 'audit-log', /./, 'must be a path or -'), maximumBytes, kept };
}

/** An origin as browsers write it. */
function origin(name: string, entry: string): string {
  if (URL.canParse(entry) && new URL(entry).origin === entry) return entry;
  throw new ConfigError(`--${name} ${JSON.stringify(entry)} must look like https://chat.example.com, without a path.`);
}

/** Issuers with all their audiences. Over plain HTTP only from this machine. */
function issuers(values: Values, option: string): IssuerConfig[] {
  const issuers = new Map<string, string[]>();
  for (const entry of list(values, option)) {
    const [, given = '', audience] = /^([^=]+)=(.+)$/.exec(entry) ?? [];
    const url = URL.canParse(given) ? new URL(given) : undefined;
    const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.test(url.hostname));
    if (!safe || audience === undefined || url?.search !== '' || url.hash !== '') {
      throw new ConfigError(
        `--${option} ${JSON.stringify(entry)} must look like https://idp.example.com=audience, http on loopback alone.`,
      );
    }
    const name = given.replace(/\/$/, '');
    issuers.set(name, [...(issuers.get(name) ?? []), audience]);
  }
  return [...issuers].map(([url, audiences]) => ({ url, audiences }));
}

/** On when a role is named; then it must be clear who vouches for users, and one alone: ids of two could be the same. */
function exchange(values: Values): ExchangeConfig | undefined {
  if (!values.has('creds-role')) {
    const stray = [...values].find(([name, { from }]) => name.startsWith('creds-') && from !== 'default');
    if (stray) throw new ConfigError(`${stray[1].from} means nothing without --creds-role.`);
    return undefined;
  }
  const role = matching(values, 'creds-role', /^(?:arn:aws:iam::\d{12}:role\/\S+|[\w+=,.@-]{1,64})$/, 'must be a role');
  const [region, accountId] = [text(values, 'region'), text(values, 'account-id')];
  const chime = `arn:aws:chime:${region}:${accountId}:app-instance/`;
  const appInstanceArn = text(values, 'creds-app-instance');
  if (!appInstanceArn.startsWith(chime) || !/^[\w-]+$/.test(appInstanceArn.slice(chime.length))) {
    throw wrong(values, 'creds-app-instance', `must be an ARN like ${chime}11111111-2222-3333-4444-555555555555`);
  }
  return {
    roleArn: role.startsWith('arn:') ? role : `arn:aws:iam::${accountId}:role/${role}`,
    appInstanceArn,
    proof: proof(values),
    seconds: integer(values, 'creds-seconds', 900, 43_200),
  };
}

function proof(values: Values): ExchangeConfig['proof'] {
  const [issuer, ...others] = issuers(values, 'creds-issuer');
  if ((issuer !== undefined) === values.has('creds-webhook') || others.length > 0) {
    throw new ConfigError('--creds-role needs one --creds-issuer or one --creds-webhook, which says who a user is.');
  }
  if (issuer !== undefined)
    return { issuer, claim: matching(values, 'creds-claim', /./, 'must be the name of a claim') };
  const webhook = text(values, 'creds-webhook');
  const { protocol, username, password } = URL.canParse(webhook) ? new URL(webhook) : {};
  if (!/^https?:$/.test(protocol ?? '') || username !== '' || password !== '') {
    throw wrong(values, 'creds-webhook', 'must look like https://app.example.com/whois, without a name or password');
  }
  const secret = values.has('creds-webhook-secret')
    ? matching(values, 'creds-webhook-secret', /^.{16,}$/s, 'must be 16 characters or more')
    : undefined;
  return { webhook, secret };
}

/** Clients put it behind `wss://` and sign it as the host: neither a scheme nor the default port may be in it. */
function messagingEndpoint(values: Values): string | undefined {
  if (!values.has('messaging-endpoint')) return undefined;
  const given = text(values, 'messaging-endpoint');
  if (/^(?:[\w.-]+|\[[\da-f:]+\])(?::\d{1,5})?$/i.test(given)) return given.toLowerCase().replace(/:443$/, '');
  throw wrong(values, 'messaging-endpoint', 'must be a host name or address with or without :port');
}

function network(entry: string): string {
  const [address = '', prefix, ...rest] = entry.split('/');
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  const length = prefix === undefined || /^\d{1,3}$/.test(prefix) ? Number(prefix ?? 0) : Number.NaN;
  if (rest.length === 0 && length <= bits) return entry;
  throw new ConfigError(`--trusted-proxy ${JSON.stringify(entry)} must be an IP address or a network like 10.0.0.0/8.`);
}

function rootKey(values: Values): Config['rootKey'] {
  const has = (name: string) => values.has(name);
  if (!has('access-key-id') && !has('secret-access-key')) return undefined;
  if (!has('access-key-id') || !has('secret-access-key')) {
    throw new ConfigError('PARLOR_ACCESS_KEY_ID and PARLOR_SECRET_ACCESS_KEY must be given together.');
  }
  return {
    accessKeyId: matching(values, 'access-key-id', /^\w{16,128}$/, 'must be 16 to 128 letters, digits or _'),
    secretAccessKey: matching(
      values,
      'secret-access-key',
      /^\S{16,128}$/,
      'must be 16 to 128 characters without spaces',
    ),
  };
}

function namedLimits(values: Values): Map<string, number> {
  const entries = values.get('limit')?.value ?? [];
  const limits = new Map<string, number>();
  for (const entry of Array.isArray(entries) ? entries : [entries]) {
    const [, name, value] = /^([a-z-]+)=(\d{1,12}|off)$/.exec(String(entry)) ?? [];
    if (name === undefined || value === undefined) {
      throw new ConfigError(`--limit ${JSON.stringify(entry)} must look like name=number or name=off.`);
    }
    if (limits.has(name)) throw new ConfigError(`--limit ${name} is given more than once.`);
    limits.set(name, value === 'off' ? Number.POSITIVE_INFINITY : Number(value));
  }
  return limits;
}
