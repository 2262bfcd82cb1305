import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

export const CHILD = join(import.meta.dirname, 'child.ts');

/** Starts a process that plays the role on the directory. Killed in the end. */
export function startChild(
  directory: string,
  role: string,
): AsyncDisposable & {
  readonly process: ChildProcessByStdio<null, Readable, null>;
  /** Resolves when it has said something. */
  readonly spoke: Promise<unknown>;
  /** Resolves, after its end, with all it said. */
  readonly output: Promise<string>;
} {
  const child = spawn(process.execPath, [CHILD, directory, role], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  const spoke = once(child.stdout, 'data');
  return {
    process: child,
    spoke,
    output: text(child.stdout),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}
