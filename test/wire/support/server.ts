/** A whole server for a test: in this process, or in one of its own that can be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { IvschatClient } from '@aws-sdk/client-ivschat';
import { pino } from 'pino';
import { type Given, loadConfig } from '../../../src/config.ts';
import type { Clock } from '../../../src/engine/ports.ts';
import { type Parlor, start } from '../../../src/main.ts';

export const ROOT_KEY = { accessKeyId: 'AKIATESTTESTTESTTEST', secretAccessKey: 'a-secret-that-only-the-tests-know' };
const SCRIPT = join(import.meta.dirname, '../../../bin/parlor.js');

/** A directory that is removed when the test is over. */
export function temporaryDirectory(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'parlor-test-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** The AWS SDK's own client, pointed at a server; without retries, so that a test sees the first answer. */
export function clientOf(url: string, credentials = ROOT_KEY, attempts = 1): IvschatClient {
  return new IvschatClient({ endpoint: url, region: 'us-east-1', credentials, maxAttempts: attempts });
}

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly socketUrl: string;
  readonly client: IvschatClient;
  readonly parlor: Parlor;
  /** What the server logged, one JSON line each. */
  readonly log: string[];
}

/** Starts a server in this process. @param flags of `parlor serve`, by long name */
export async function startServer(flags: Record<string, Given> = {}, clock?: Clock): Promise<TestServer> {
  await using resources = new AsyncDisposableStack();
  const directory = resources.use(temporaryDirectory());
  const given = new Map(
    Object.entries({ port: '0', tls: false, 'drain-seconds': '0', 'data-dir': directory.path, ...flags }),
  );
  const environment = {
    PARLOR_ACCESS_KEY_ID: ROOT_KEY.accessKeyId,
    PARLOR_SECRET_ACCESS_KEY: ROOT_KEY.secretAccessKey,
  };
  const log: string[] = [];
  const parlor = resources.use(
    await start(loadConfig(given, environment), {
      log: pino({ level: 'debug' }, { write: (line) => void log.push(line) }),
      onFatal(error) {
        throw error;
      },
      ...(clock === undefined ? {} : { clock }),
    }),
  );
  const client = clientOf(parlor.url);
  resources.defer(() => client.destroy());
  const running = resources.move();
  return {
    url: parlor.url,
    socketUrl: parlor.url.replace('http', 'ws'),
    client,
    parlor,
    log,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** A server in a process of its own. */
export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
  readonly child: ChildProcess;
  /** Everything it has printed so far. */
  readonly output: string[];
}

/** Starts `parlor serve` and waits until it listens. @param args further arguments */
export async function spawnServer(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<ServerProcess> {
  const child = spawn(process.execPath, [SCRIPT, 'serve', '--port', '0', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PARLOR_ACCESS_KEY_ID: ROOT_KEY.accessKeyId,
      PARLOR_SECRET_ACCESS_KEY: ROOT_KEY.secretAccessKey,
      PARLOR_TLS: '0',
      ...env,
    },
  });
  const output: string[] = [];
  const listening = new Promise<string>((resolve, reject) => {
    createInterface(child.stderr).on('line', (line) => output.push(line));
    createInterface(child.stdout).on('line', (line) => {
      output.push(line);
      const [, url] = /^Parlor listening on (\S+)$/.exec(line) ?? [];
      if (url !== undefined) resolve(url);
    });
    child.once('exit', (code, signal) => reject(new Error(`ended (${signal ?? code}):\n${output.join('\n')}`)));
  });
  return {
    url: await listening,
    child,
    output,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
