import type { Command } from 'commander';
import { ConfigError, loadConfig } from '../config.ts';
import { addFlags, givenFlags } from './flags.ts';

/** The first inherited descriptor (sd_listen_fds). */
const INHERITED_FD = 3;

/** Adds `parlor serve`, whose flags are the table of options. */
export function addServe(program: Command): void {
  const serve = program.command('serve').description('start the server');
  addFlags(serve);
  serve.action(async () => {
    const flags = givenFlags(serve);
    try {
      const config = loadConfig(flags, process.env);
      if (config.supervise) {
        const { supervise } = await import('./supervise.ts');
        const [, , , ...given] = process.argv;
        process.exitCode = await supervise(
          config.host,
          config.port,
          given.filter((argument) => argument !== '--supervise'),
        );
        return;
      }
      const { run } = await import('../main.ts');
      await run(config, inheritedSocket(process.env, process.pid));
    } catch (error) {
      // Anything but a person's mistake keeps its stack.
      if (!isOperational(error)) throw error;
      console.error(`parlor: ${error.message}`);
      process.exitCode = 1;
    }
  });
}

/** The socket that a supervisor or systemd has handed over, if any (sd_listen_fds: LISTEN_FDS and LISTEN_PID). */
function inheritedSocket({ LISTEN_FDS: count, LISTEN_PID: meant }: NodeJS.ProcessEnv, pid: number): number | undefined {
  if (count === undefined || (meant !== undefined && Number(meant) !== pid)) return undefined;
  if (count !== '1') throw new ConfigError(`LISTEN_FDS is ${count}, but exactly one inherited socket is served.`);
  return INHERITED_FD;
}

/** Names of errors whose message is meant for the person at the terminal. */
const FOR_PEOPLE = ['ConfigError', 'StorageError'];
/** Failures to listen, whose message names the address. */
const LISTENING = ['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL', 'ENOTFOUND'];

function isOperational(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return FOR_PEOPLE.includes(error.name) || ('code' in error && LISTENING.includes(String(error.code)));
}
