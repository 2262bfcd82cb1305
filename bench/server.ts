/** A server under test: Parlor or a control, in a process of its own. */
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { DoorName } from './driver/job.ts';
import type { Credentials } from './driver/sigv4.ts';
import type { Launcher } from './launcher.ts';

/** How to start a server. */
export interface ServerCommand {
  /** Whether it is to say where it serves over TLS. */
  readonly secure?: true;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A server that can be measured in a scenario. */
export interface Contender {
  readonly name: string;
  readonly door: DoorName;
  /** @param directory an empty directory of its own */
  command(directory: string): ServerCommand;
}

export interface RunningServer extends AsyncDisposable {
  readonly port: number;
  /** Undefined: it does not serve over TLS. */
  readonly tlsPort: number | undefined;
  readonly pid: number;
  /** When its process was started and when it said that it listens, by performance.now(). */
  readonly startedAt: number;
  readonly listeningAt: number;
  /** Asks it to stop (SIGTERM) and waits until it has. */
  stop(): Promise<void>;
}

/** Root keys of the server under test: on loopback, for one run. */
export const CREDENTIALS: Credentials = { accessKeyId: 'AKIAPARLORBENCHMARK0', secretAccessKey: 'parlor-bench-secret' };

const START_TIMEOUT_MS = 20_000;
const LISTENING = /listening on http:\/\/\S+?:(\d+)/;
const LISTENING_SECURELY = /https:\/\/\S+?:(\d+)/;
const KEPT_OUTPUT = 2000;
const BARE_HTTP_CODE = `const server = require('node:http').createServer((request, response) => response.end('ok'));
server.listen(0, '127.0.0.1', () => console.log('listening on http://127.0.0.1:' + server.address().port));`;

function pathOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

function overTls(contender: Contender, ...flags: string[]): Contender {
  return {
    ...contender,
    name: `${contender.name}, TLS`,
    command(directory) {
      const { args, ...rest } = contender.command(directory);
      return { ...rest, args: [...args.filter((flag) => flag !== '--no-tls'), '--tls', ...flags], secure: true };
    },
  };
}

function control(name: string, door: DoorName, file: string, ...args: string[]): Contender {
  return { name, door, command: () => ({ args: [pathOf(`controls/${file}.ts`), ...args] }) };
}

export const PARLOR: Contender = {
  name: 'Parlor',
  door: 'parlor',
  command: (directory) => ({
    args: [pathOf('../bin/parlor.js'), 'serve', '--port', '0', '--no-tls', '--limits', 'off', '--data-dir', directory],
    env: {
      PARLOR_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      PARLOR_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    },
  }),
};
export const PARLOR_TLS = overTls(PARLOR, '--tls-port', '0');
export const WS_SEND = control('ws send()', 'plain', 'ws-send');
export const WS_SHARED = control('ws shared buffer', 'plain', 'ws-shared');
export const WS_SEND_TLS = overTls(WS_SEND);
export const WS_SHARED_TLS = overTls(WS_SHARED);
export const SOCKET_IO = control('Socket.IO', 'socket.io', 'socket-io');
export const FLOOD_16 = control('16 frames a write', 'plain', 'flood', '16');
export const FLOOD_1 = control('1 frame a write', 'plain', 'flood', '1');
/** @param tokenLength characters of the token it answers with */
export const tokenControl = (tokenLength: number) => control('node:http', 'plain', 'token-http', String(tokenLength));
/** Parlor's other door, in a data directory that has an app instance. */
export const MESSAGING: Contender = { ...PARLOR, door: 'chime' };
export const MESSAGING_TLS: Contender = { ...PARLOR_TLS, door: 'chime' };
/** Control of the door of messaging. */
export const CHANNELS: Contender = {
  name: 'node:http and ws',
  door: 'chime control',
  command: (directory) => ({ args: [pathOf('controls/channels.ts'), directory] }),
};
export const BARE_HTTP: Contender = {
  name: 'node -e, bare node:http',
  door: 'plain',
  command: () => ({ args: ['-e', BARE_HTTP_CODE] }),
};

/** Puts a probe (`probes/`) into a server. @param file where it writes its answers */
export function probed({ args, env, ...rest }: ServerCommand, probe: 'loop' | 'heap', file: string): ServerCommand {
  return { ...rest, args: ['--import', pathOf(`probes/${probe}.js`), ...args], env: { ...env, PROBE_FILE: file } };
}

type Ports = Pick<RunningServer, 'port' | 'tlsPort'>;

function listening(child: ChildProcess, secure: boolean): Promise<Ports> {
  const { promise, resolve, reject } = Promise.withResolvers<Ports>();
  let output = '';
  const read = (chunk: string) => {
    output = (output + chunk).slice(-KEPT_OUTPUT);
    const tlsPort = secure ? LISTENING_SECURELY.exec(output)?.[1] : undefined;
    const port = LISTENING.exec(output)?.[1] ?? tlsPort;
    if (port === undefined || (secure && tlsPort === undefined)) return;
    resolve({ port: Number(port), tlsPort: tlsPort === undefined ? undefined : Number(tlsPort) });
  };
  child.stdout?.setEncoding('utf8').on('data', read);
  child.stderr?.setEncoding('utf8').on('data', read);
  child.once('error', reject);
  child.once('exit', (code, signal) => reject(new Error(`the server ended (${code ?? signal}): ${output.trim()}`)));
  const timer = setTimeout(() => reject(new Error(`the server does not listen: ${output.trim()}`)), START_TIMEOUT_MS);
  return promise.finally(() => clearTimeout(timer));
}

/** Starts a server on its processor and waits until it listens. */
export async function startServer(launcher: Launcher, command: ServerCommand): Promise<RunningServer> {
  const startedAt = performance.now();
  const child = launcher.node('server', command.args, command.env);
  try {
    const ports = await listening(child, command.secure ?? false);
    return {
      ...ports,
      pid: child.pid ?? 0,
      startedAt,
      listeningAt: performance.now(),
      stop: () => launcher.end(child, 'politely'),
      [Symbol.asyncDispose]: () => launcher.end(child, 'at once'),
    };
  } catch (error) {
    await launcher.end(child, 'at once');
    throw error;
  }
}
