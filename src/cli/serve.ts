import type { Command } from 'commander';
import { ConfigError, loadConfig } from '../config.ts';
import type { InheritedSockets } from '../main.ts';
import { addFlags, givenFlags } from './flags.ts';

/** The first inherited descriptor (sd_listen_fds). */
const INHERITED_FD = 3;

/** The name of the TLS listener's socket among those inherited; `supervise.ts` and a unit's FileDescriptorName say it. */
const TLS_SOCKET = 'https';

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
          config,
          given.filter((argument) => argument !== '--supervise'),
        );
        return;
      }
      const { run } = await import('../run.ts');
      await run(config, inheritedSockets(process.env, process.pid));
    } catch (error) {
      // Anything but a person's mistake keeps its stack.
      if (!isOperational(error)) throw error;
      console.error(`parlor: ${error.message}`);
      process.exitCode = 1;
    }
  });
}

/**
 * The sockets that a supervisor or systemd has handed over, if any (sd_listen_fds: LISTEN_FDS, LISTEN_PID and
 * LISTEN_FDNAMES). One of them is the TLS listener's if it is named so; the other is the plain one's.
 */
function inheritedSockets(env: NodeJS.ProcessEnv, pid: number): InheritedSockets | undefined {
  const { LISTEN_FDS: count, LISTEN_PID: meant, LISTEN_FDNAMES: names = '' } = env;
  if (count === undefined || (meant !== undefined && Number(meant) !== pid)) return undefined;
  const secure = names.split(':').indexOf(TLS_SOCKET);
  const fds = Array.from({ length: Number(count) }, (_, index) => INHERITED_FD + index);
  const [plain, ...rest] = fds.toSpliced(secure, secure < 0 ? 0 : 1);
  if (rest.length > 0 || fds.length === 0) {
    throw new ConfigError(
      `LISTEN_FDS is ${count} and LISTEN_FDNAMES "${names}", but one plain socket and one named "${TLS_SOCKET}" are served.`,
    );
  }
  return { plain, tls: fds[secure] };
}

/** Names of errors whose message is meant for the person at the terminal. */
const FOR_PEOPLE = ['ConfigError', 'StorageError', 'CertificateError'];
/** Failures to listen, whose message names the address. */
const LISTENING = ['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL', 'ENOTFOUND'];

function isOperational(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return FOR_PEOPLE.includes(error.name) || ('code' in error && LISTENING.includes(String(error.code)));
}
