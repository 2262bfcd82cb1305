/** The command line as a person runs it: a process of its own, in an empty directory, with an empty home. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { ROOT_KEY, temporaryDirectory } from '../support/server.ts';

export const SCRIPT = join(import.meta.dirname, '../../../bin/parlor.js');
const PATIENCE_MS = 30_000;

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Who talks to whom. Without keys, a command looks for them where it would. */
export interface Setting {
  readonly url?: string;
  readonly keys?: typeof ROOT_KEY | undefined;
  readonly env?: NodeJS.ProcessEnv;
  /** What stands on the standard input. */
  readonly stdin?: string;
}

/** Nothing of whoever runs the tests: neither keys nor settings. */
export function cleanEnvironment(directory: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(?:AWS|PARLOR|NODE_TEST)_/.test(name));
  return { ...Object.fromEntries(kept), HOME: directory };
}

function environmentOf({ url, keys = url === undefined ? undefined : ROOT_KEY, env }: Setting, directory: string) {
  return {
    ...cleanEnvironment(directory),
    ...(url !== undefined && { PARLOR_ENDPOINT: url }),
    ...(keys && { AWS_ACCESS_KEY_ID: keys.accessKeyId, AWS_SECRET_ACCESS_KEY: keys.secretAccessKey }),
    ...env,
  };
}

/** Runs a command to its end. */
export async function parlor(setting: Setting, ...args: readonly string[]): Promise<Outcome> {
  using directory = temporaryDirectory();
  const child = spawn(process.execPath, [SCRIPT, ...args], {
    cwd: directory.path,
    env: environmentOf(setting, directory.path),
    timeout: PATIENCE_MS,
  });
  child.stdin.end(setting.stdin);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code, stdout, stderr };
}

/** Runs a command that must succeed without a word of complaint; gives what it printed. */
export async function printed(setting: Setting, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await parlor(setting, ...args);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  return stdout;
}

/** Runs a command that must fail with one line, printing nothing else; gives the line. */
export async function complaint(setting: Setting, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await parlor(setting, ...args);
  assert.deepEqual({ code, stdout }, { code: 1, stdout: '' });
  assert.match(stderr, /^parlor: .*\n$/);
  return stderr.slice('parlor: '.length, -1);
}

/** A command that goes on until it is told to end. */
export interface Running extends AsyncDisposable {
  readonly child: ChildProcess;
  /** Its next line on stdout. */
  nextLine(): Promise<string>;
  /** Waits for a line on stderr that matches. */
  noted(pattern: RegExp): Promise<void>;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
}

export function startParlor(setting: Setting, ...args: readonly string[]): Running {
  const directory = temporaryDirectory();
  const child = spawn(process.execPath, [SCRIPT, ...args], {
    cwd: directory.path,
    env: environmentOf(setting, directory.path),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: PATIENCE_MS,
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const notes = createInterface(child.stderr)[Symbol.asyncIterator]();
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  return {
    child,
    ended,
    async nextLine() {
      const { value } = await lines.next();
      return String(value);
    },
    async noted(pattern) {
      for (let note = await notes.next(); !note.done; note = await notes.next()) {
        if (pattern.test(note.value)) return;
      }
      assert.fail(`ended without a note that matches ${pattern}`);
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
      directory[Symbol.dispose]();
    },
  };
}
