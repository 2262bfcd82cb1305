/** What the figures were measured on. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';

export interface Machine {
  readonly processor: string;
  readonly processors: number;
  readonly memoryGigabytes: number;
  readonly kernel: string;
  readonly node: string;
  readonly ws: string;
  readonly socketIo: string;
  /** Whether server and driver each had a processor of their own. */
  readonly pinned: boolean;
}

function versionOf(dependency: string): string {
  const manifest: { version: string } = JSON.parse(
    readFileSync(new URL(`../node_modules/${dependency}/package.json`, import.meta.url), 'utf8'),
  );
  return manifest.version;
}

export function describeMachine(pinned: boolean): Machine {
  const processors = cpus();
  return {
    processor: processors[0]?.model ?? 'unknown',
    processors: processors.length,
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    kernel: `${type()} ${release()}`,
    node: process.version,
    ws: versionOf('ws'),
    socketIo: versionOf('socket.io'),
    pinned,
  };
}

/** The commit that is measured, with a `+` when the checkout differs from it. */
export function describeCommit(): string {
  const git = (...args: string[]) =>
    execFileSync('git', args, {
      encoding: 'utf8',
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    const dirty =
      git('status', '--porcelain', '--untracked-files=no', '--', ':/', ':(top,exclude)bench/results') === '' ? '' : '+';
    return git('rev-parse', '--short', 'HEAD') + dirty;
  } catch {
    return 'unknown';
  }
}
