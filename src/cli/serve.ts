import { type Command, Option as Flag } from 'commander';
import { ConfigError, type Given, loadConfig, OPTIONS, type Option } from '../config.ts';

/** The first inherited descriptor (sd_listen_fds). */
const INHERITED_FD = 3;

/** Adds `parlor serve`, whose flags are the table of options. */
export function addServe(program: Command): void {
  const serve = program.command('serve').description('start the server');
  for (const option of OPTIONS as readonly Option[]) if (!option.secret) addFlag(serve, option);
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
      if (!(error instanceof ConfigError) && !isOperational(error)) throw error;
      console.error(`parlor: ${error.message}`);
      process.exitCode = 1;
    }
  });
}

function addFlag(serve: Command, { name, value, env, default: fallback, help, repeatable }: Option): void {
  const notes = [env, fallback === undefined || fallback === '' ? undefined : `default ${fallback}`];
  const shown = notes.filter((note) => note !== undefined).join(', ');
  const description = shown === '' ? help : `${help} (${shown})`;
  const flag = new Flag(value === undefined ? `--${name}` : `--${name} <${value}>`, description);
  if (repeatable) flag.argParser((entry: string, sofar: string[] = []) => [...sofar, entry]);
  serve.addOption(flag);
  if (value === undefined) serve.addOption(new Flag(`--no-${name}`, `the opposite of --${name}`));
}

/** The flags that were really given, by long name. */
function givenFlags(serve: Command): Map<string, Given> {
  const flags = new Map<string, Given>();
  for (const { name } of OPTIONS) {
    const key = name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    const value: unknown = serve.getOptionValue(key);
    if (serve.getOptionValueSource(key) === 'cli' && value !== undefined) flags.set(name, value as Given);
  }
  return flags;
}

/** The socket that a supervisor or systemd has handed over, if any (sd_listen_fds: LISTEN_FDS and LISTEN_PID). */
function inheritedSocket({ LISTEN_FDS: count, LISTEN_PID: meant }: NodeJS.ProcessEnv, pid: number): number | undefined {
  if (count === undefined || (meant !== undefined && Number(meant) !== pid)) return undefined;
  if (count !== '1') throw new ConfigError(`LISTEN_FDS is ${count}, but exactly one inherited socket is served.`);
  return INHERITED_FD;
}

/** A failure whose message is meant for the person at the terminal. */
function isOperational(error: unknown): error is Error {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && ['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL', 'ENOTFOUND'].includes(code);
}
