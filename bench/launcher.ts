/** Starts the bench's processes, each on its own processor, and sees to it that none outlives the run. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';

/** The server has one processor to itself, the driver the other. */
export type Place = 'server' | 'driver';

const PROCESSOR: Record<Place, string> = { server: '0', driver: '1' };

/** Disposing of it ends every process still running and removes every directory, before it returns. */
export interface Launcher extends Disposable {
  /** Whether processes are tied to a processor of their own. */
  readonly pinned: boolean;
  /** Starts Node with these arguments; of our environment it sees only what is needed, and `env`. */
  node(place: Place, args: readonly string[], env?: Readonly<Record<string, string>>): ChildProcess;
  /** Makes a directory that is removed at the end. */
  temporaryDirectory(): string;
  /** Ends a process and waits for its end: SIGTERM first if asked, SIGKILL when that takes too long. */
  end(child: ChildProcess, how: 'at once' | 'politely'): Promise<void>;
}

const POLITE_MS = 15_000;

function works(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export function createLauncher(): Launcher {
  const children = new Set<ChildProcess>();
  const directories: string[] = [];
  // Has the kernel end a child with us, even when we are killed outright.
  const tied = works('setpriv', ['--pdeathsig', 'KILL', 'true']) ? ['setpriv', '--pdeathsig', 'KILL'] : [];
  const pinned = availableParallelism() > 1 && works('taskset', ['-c', '0,1', 'true']);
  const environment = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', NODE_ENV: 'production' };

  return {
    pinned,
    node(place, args, env = {}) {
      const pin = pinned ? ['taskset', '-c', PROCESSOR[place]] : [];
      const [command = process.execPath, ...rest] = [...tied, ...pin, process.execPath, ...args];
      const child = spawn(command, rest, {
        env: { ...environment, ...env },
        stdio: [place === 'driver' ? 'pipe' : 'ignore', 'pipe', 'pipe'],
      });
      children.add(child);
      child.once('close', () => children.delete(child));
      return child;
    },
    temporaryDirectory() {
      const directory = mkdtempSync(join(tmpdir(), 'parlor-bench-'));
      directories.push(directory);
      return directory;
    },
    end(child, how) {
      if (!children.has(child)) return Promise.resolve();
      const { promise, resolve } = Promise.withResolvers<void>();
      child.once('close', () => resolve());
      child.kill(how === 'politely' ? 'SIGTERM' : 'SIGKILL');
      const timer = setTimeout(() => child.kill('SIGKILL'), POLITE_MS);
      return promise.finally(() => clearTimeout(timer));
    },
    [Symbol.dispose]() {
      for (const child of children) child.kill('SIGKILL');
      for (const directory of directories) rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
