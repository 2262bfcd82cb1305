/** The command line: `parlor serve` starts a server, everything else talks to one. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { ConfigError } from '../config.ts';
import { addAppInstance } from './app-instance.ts';
import { addCall } from './call.ts';
import { addChannel } from './channel.ts';
import { addChimeUser } from './chime-user.ts';
import { addDoctor } from './doctor.ts';
import { CliError } from './errors.ts';
import { addPolicy } from './policy.ts';
import { addRole } from './role.ts';
import { addRoom } from './room.ts';
import { addRootKey } from './root-key.ts';
import { addServe } from './serve.ts';
import { addTail } from './tail.ts';
import { addToken } from './token.ts';
import { addKey, addUser } from './user.ts';

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
for (const add of [
  addServe,
  addRoom,
  addToken,
  addAppInstance,
  addChimeUser,
  addChannel,
  addTail,
  addUser,
  addKey,
  addRole,
  addPolicy,
  addCall,
  addDoctor,
  addRootKey,
])
  add(program);

const [command, ...rest] = process.argv.slice(2);
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
