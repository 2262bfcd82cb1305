/** The command line: `parlor serve` starts a server, everything else talks to one. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { ConfigError } from '../config.ts';
import { CliError } from './errors.ts';
import { addServe } from './serve.ts';

/** The package's manifest stands beside src/ and dist/ alike. */
const { version }: { version: string } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);

const program = new Command('parlor')
  .description('A self-hosted chat server, compatible with Amazon IVS Chat and Amazon Chime SDK messaging')
  .version(version, '--version', 'print the version')
  .configureOutput({
    // The suggestion of another name goes onto the same line.
    outputError: (text, write) => write(text.replace(/^error:/, 'parlor:').replace(/\n(?=\()/, ' ')),
  });

const [command, ...rest] = process.argv.slice(2);
// A server starts sooner without the commands that talk to one.
const commands = command === 'serve' ? [addServe] : (await import('./commands.ts')).commands;
for (const add of commands) add(program);

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  // A reader that has seen enough, such as `head`, ends a client, but not a server.
  if (command !== 'serve') process.exit();
});
try {
  // "help" of commander knows only commands that are there before they are needed.
  const given = command === undefined ? [] : command === 'help' ? [...rest, '--help'] : [command, ...rest];
  await program.parseAsync(given, { from: 'user' });
} catch (error) {
  // Anything but a person's mistake keeps its stack.
  if (!(error instanceof CliError) && !(error instanceof ConfigError)) throw error;
  console.error(`parlor: ${error.message}`);
  process.exitCode = 1;
}
