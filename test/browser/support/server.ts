import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../../bin/parlor.js', import.meta.url));
const START_TIMEOUT_MS = 20_000;

/** A Parlor of its own, as `npm start` would run it. */
export interface RunningServer extends AsyncDisposable {
  readonly url: string;
  /** Of the TLS listener; undefined: there is none. */
  readonly tlsUrl: string | undefined;
  /** Ends the process without warning. */
  kill(): Promise<void>;
}

/** Starts the server and resolves when it listens. Rejects with what it printed when it ends before that. */
export async function startServer(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<RunningServer> {
  const child = spawn(process.execPath, [PROGRAM, 'serve', ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  };
  try {
    return {
      ...(await listeningAddresses(child)),
      kill: () => stop('SIGKILL'),
      [Symbol.asyncDispose]: () => stop('SIGTERM'),
    };
  } catch (error) {
    await stop('SIGKILL');
    throw error;
  }
}

async function listeningAddresses({ stdout, stderr }: ChildProcess): Promise<Pick<RunningServer, 'url' | 'tlsUrl'>> {
  if (stdout === null || stderr === null) throw new Error('The server has no output to read.');
  const printed: string[] = [];
  stderr.on('data', (chunk: Buffer) => printed.push(chunk.toString()));
  // Read on to the end, so that the server never waits for its output to be taken.
  const lines = createInterface({ input: stdout });
  const found = new Promise<Pick<RunningServer, 'url' | 'tlsUrl'>>((resolve, reject) => {
    lines.on('line', (line) => {
      printed.push(line);
      if (!line.startsWith('  Welcome ')) return;
      const [, url] = /^Parlor listening on (http:\S+)$/m.exec(printed.join('\n')) ?? [];
      const [, tlsUrl] = /^ {2}TLS +(https:\S+)/m.exec(printed.join('\n')) ?? [];
      if (url !== undefined) resolve({ url, tlsUrl });
    });
    lines.on('close', () => reject(new Error(`The server has ended: ${printed.join('\n')}`)));
    AbortSignal.timeout(START_TIMEOUT_MS).onabort = () => reject(new Error(`No start: ${printed.join('\n')}`));
  });
  return found;
}
