/** What `parlor doctor` looks at besides the limits. Looking changes nothing. */
import { X509Certificate } from 'node:crypto';
import { accessSync, constants, readdirSync, type Stats, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Config, TlsConfig } from '../config.ts';
import { DeclarationError, readDeclaration } from '../iam/declaration.ts';
import { CertificateError, pairInFiles } from '../transport/certificate.ts';

/** What one check has found. `wrong`: a server does not start, or others may read what it keeps. */
export interface Finding {
  readonly level: 'ok' | 'warning' | 'wrong';
  readonly text: string;
}

const SQLITE_BUSY = 5;
const TIMEOUT_MS = 3000;
/** Files that a server has open besides its connections, rounded up. */
const OTHER_FILES = 100;
const FOR_OTHERS = 0o077;
const DAY_MS = 86_400_000;
/** Whoever renews certificates does so earlier. */
const CERTIFICATE_DAYS_MIN = 14;

const ok = (text: string): Finding => ({ level: 'ok', text });
const warning = (text: string): Finding => ({ level: 'warning', text });
const wrong = (text: string): Finding => ({ level: 'wrong', text });

/** Whether a server could read what the file declares. Whether all it refers to exists, only a start can tell. */
export function checkDeclaration({ declaration, env, file }: NonNullable<Config['iam']>): Finding {
  try {
    const { users, groups, roles, policies } = readDeclaration(declaration, env);
    const counts = Object.entries({ users, groups, roles, policies }).map(([kind, { size }]) => `${size} ${kind}`);
    return ok(`${file} declares ${counts.join(', ')}.`);
  } catch (error) {
    if (!(error instanceof DeclarationError)) throw error;
    return wrong(`${file}: ${error.message}`);
  }
}

/** Whether the process may have as many connections open as it would accept. */
export function checkOpenFiles(connections: number): Finding {
  const { userLimits }: { userLimits?: { open_files?: { soft?: unknown } } } = process.report.getReport();
  const files = userLimits?.open_files?.soft;
  if (typeof files !== 'number') return ok('The number of open files has no limit.');
  const text = `${files} files may be open at once, and ${connections} connections`;
  if (files >= connections + OTHER_FILES) return ok(`${text}.`);
  return warning(`${text}: raise the first ("ulimit -n") or lower the second ("--limit connections=…").`);
}

/** Whether a server could keep its data there, and whether others could read it. */
export function checkDataDirectory(directory: string): Finding[] {
  const stats = statSync(directory, { throwIfNoEntry: false });
  if (stats === undefined) return [checkNewDirectory(directory)];
  if (!stats.isDirectory()) return [wrong(`The data directory ${directory} is a file.`)];
  try {
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return [wrong(`The data directory ${directory} is not writable for this user.`)];
  }
  return [...checkPermissions(directory, stats), checkInUse(directory)];
}

function checkNewDirectory(directory: string): Finding {
  let parent = dirname(resolve(directory));
  while (statSync(parent, { throwIfNoEntry: false }) === undefined) parent = dirname(parent);
  try {
    accessSync(parent, constants.W_OK | constants.X_OK);
  } catch {
    return wrong(`The data directory ${directory} does not exist and cannot be made: ${parent} is not writable.`);
  }
  return ok(`The data directory ${directory} does not exist yet: the first start makes it.`);
}

function checkPermissions(directory: string, { mode }: Stats): Finding[] {
  const exposed = readdirSync(directory).filter((name) => {
    const stats = statSync(join(directory, name), { throwIfNoEntry: false });
    return stats?.isFile() && (stats.mode & FOR_OTHERS) !== 0;
  });
  const findings: Finding[] = [];
  if ((mode & FOR_OTHERS) !== 0) {
    findings.push(warning(`The data directory ${directory} is open to other users: "chmod 700 ${directory}".`));
  }
  if (exposed.length > 0) {
    const files = exposed.map((name) => join(directory, name)).join(' ');
    findings.push(wrong(`Other users of this machine may use files with data: "chmod 600 ${files}".`));
  }
  return findings.length > 0 ? findings : [ok(`The data directory ${directory} is open to its owner alone.`)];
}

/** A server holds `lock.db` exclusively for as long as it runs. */
function checkInUse(directory: string): Finding {
  const lockFile = join(directory, 'lock.db');
  const free = ok(`The data directory ${directory} is not in use.`);
  if (statSync(lockFile, { throwIfNoEntry: false }) === undefined) return free;
  try {
    using lock = new DatabaseSync(lockFile, { readOnly: true, timeout: 0 });
    lock.exec('SELECT 1 FROM sqlite_schema');
    return free;
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) {
      return ok(`The data directory ${directory} is in use by a server.`);
    }
    return wrong(`${lockFile} cannot be read: ${error instanceof Error ? error.message : error}.`);
  }
}

/** Whether a server could listen there, or one of ours does. */
export async function checkPort(host: string, port: number): Promise<Finding> {
  const error = await tryListening(host, port);
  if (error === undefined)
    return ok(port === 0 ? `A free port of ${host} will be picked.` : `Port ${port} of ${host} is free.`);
  if (error.code !== 'EADDRINUSE') return wrong(`Port ${port} of ${host} cannot be listened on: ${error.message}.`);
  const inUse = `Port ${port} of ${host} is in use`;
  const state = await stateOf(new URL(`http://${reachable(host)}:${port}`));
  return state === undefined
    ? wrong(`${inUse} by something else: choose another with --port.`)
    : ok(`${inUse} by a server, which is ${state}.`);
}

/** Whether the TLS listener would have its port and its certificate. */
export async function checkTls(host: string, { port, required, files }: TlsConfig): Promise<Finding[]> {
  const error = await tryListening(host, port);
  const where = `Port ${port} of ${host}, for TLS,`;
  const free = port === 0 ? `A free port of ${host} will be picked for TLS.` : `${where} is free.`;
  const findings: Finding[] = [];
  if (error === undefined) findings.push(ok(free));
  else if (error.code === 'EADDRINUSE') {
    findings.push(warning(`${where} is in use: by a server that runs, or choose another with --tls-port.`));
  } else findings.push((required ? wrong : warning)(`${where} cannot be listened on: ${error.message}.`));
  if (files !== undefined) findings.push(await checkCertificate(files));
  return findings;
}

async function checkCertificate({ cert, key }: NonNullable<TlsConfig['files']>): Promise<Finding> {
  try {
    const pair = await pairInFiles(cert, key)();
    const { validToDate } = new X509Certificate(pair.cert);
    const days = Math.floor((validToDate.getTime() - Date.now()) / DAY_MS);
    const text = `The certificate in ${cert} fits its key and is good until ${validToDate.toISOString()}.`;
    if (days < 0) return wrong(`The certificate in ${cert} has expired on ${validToDate.toISOString()}.`);
    return days < CERTIFICATE_DAYS_MIN ? warning(text) : ok(text);
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    return wrong(error.message);
  }
}

function tryListening(host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.ErrnoException | undefined>();
  const server = createServer();
  server.once('error', resolve);
  server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  return promise;
}

/** The address by which this machine reaches what listens on another that stands for all. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

/** Whether a server answers where commands look for one. */
export async function checkServer(endpoint: string): Promise<Finding> {
  const named = `PARLOR_ENDPOINT ${JSON.stringify(endpoint)}`;
  if (!URL.canParse(endpoint)) return wrong(`${named} must be a URL.`);
  const state = await stateOf(new URL(endpoint));
  return state === undefined ? warning(`No server answers at ${named}.`) : ok(`The server at ${named} is ${state}.`);
}

/** What a server says of itself; undefined when there is none or it is not one of ours. */
async function stateOf(endpoint: URL): Promise<string | undefined> {
  try {
    const response = await fetch(new URL('/readyz', endpoint), { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const { status }: { status?: unknown } = JSON.parse(await response.text());
    return typeof status === 'string' ? status : undefined;
  } catch {
    return undefined;
  }
}
