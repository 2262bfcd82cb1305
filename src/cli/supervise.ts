/** `parlor serve --supervise`: a small parent that holds the listening sockets while the server comes and goes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import { type Config, ConfigError } from '../config.ts';

/** A server that ends sooner than this after its start has failed to start. */
const STARTED_MS = 1000;
const BACK_OFF_MAX_MS = 5000;

/** A bound socket that nobody accepts from in this process. */
interface Handle {
  readonly fd: number;
  close(): void;
}

/**
 * Runs the server in a child process and starts it again whenever it ends; clients that connect meanwhile wait in the
 * socket's backlog. SIGTERM and SIGINT end both; SIGHUP restarts the server, after it has drained.
 * Returns the exit code.
 */
export async function supervise(config: Config, serveArguments: readonly string[]): Promise<number> {
  const handles = await bindAll(config);
  let stopping = false;
  let child: ChildProcess | undefined;
  const forward = () => child?.kill('SIGTERM');
  const stop = () => {
    stopping = true;
    forward();
  };
  process.on('SIGTERM', stop).on('SIGINT', stop).on('SIGHUP', forward);
  try {
    for (let failures = 0; ; ) {
      const startedAt = performance.now();
      child = start(
        handles.map(({ fd }) => fd),
        serveArguments,
      );
      const { code, signal } = await ended(child);
      if (stopping) return code ?? 0;
      const failed = performance.now() - startedAt < STARTED_MS;
      if (failed && failures === 0 && code !== null && code !== 0) return code;
      failures = failed ? failures + 1 : 0;
      console.error(`parlor: the server ended (${signal ?? `exit code ${code}`}) and is started again.`);
      if (failures > 0) await delay(Math.min(100 * 2 ** failures, BACK_OFF_MAX_MS));
      if (stopping) return 0;
    }
  } finally {
    for (const handle of handles) handle.close();
  }
}

function start(fds: readonly number[], serveArguments: readonly string[]): ChildProcess {
  const { PARLOR_SUPERVISE: _, LISTEN_PID: __, ...env } = process.env;
  const script = fileURLToPath(new URL('../../bin/parlor.js', import.meta.url));
  return spawn(process.execPath, [...process.execArgv, script, 'serve', ...serveArguments], {
    // The channel tells the server when its parent is gone.
    stdio: ['inherit', 'inherit', 'inherit', ...fds, 'ipc'],
    env: { ...env, LISTEN_FDS: String(fds.length), LISTEN_FDNAMES: 'http:https' },
  });
}

function ended(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The plain listener's socket, then the TLS listener's, if there is to be one and its port is free or was asked for. */
async function bindAll({ host, port, tls }: Config): Promise<Handle[]> {
  const plain = await bind(host, port);
  if (tls === undefined) return [plain];
  try {
    return [plain, await bind(host, tls.port)];
  } catch (error) {
    if (tls.required || !(error instanceof ConfigError)) throw error;
    console.error(`parlor: there is no TLS listener: ${error.message} Choose another with --tls-port.`);
    return [plain];
  }
}

/**
 * Binds without accepting. A net.Server would accept in this process; what node:cluster uses for its shared sockets
 * does not, and is the only way Node offers.
 */
async function bind(host: string, port: number): Promise<Handle> {
  const { address, family } = await lookup(host);
  const create: (address: string, port: number, family: number) => Handle | number = Reflect.get(
    net,
    '_createServerHandle',
  );
  const handle = create(address, port, family);
  if (typeof handle === 'number') throw new ConfigError(`The port ${port} of ${host} is in use or not allowed.`);
  return handle;
}
