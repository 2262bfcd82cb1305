import type { Command } from 'commander';
import type { Members, Shape } from '../aws/shape.ts';
import type { AnyOperation } from './client.ts';
import { addConnectionOptions, type ConnectionOptions, connect } from './connection.ts';
import { CliError } from './errors.ts';
import { readGiven } from './given.ts';
import { printJson } from './listing.ts';

interface CallOptions extends ConnectionOptions {
  readonly json: string;
}

/** Adds `parlor call`, with a command for every operation once it is called: they are not loaded for anything else. */
export function addCall(program: Command): void {
  const call = program
    .command('call')
    .description('call an operation by its AWS name; "parlor call --help" lists them')
    .usage('<Operation> [--json <input>]')
    .helpCommand(false);
  const { outputError = () => undefined } = call.configureOutput();
  call.configureOutput({
    outputError: (line, write) => outputError(line.replace('unknown command', 'unknown operation'), write),
  });
  program.hook('preSubcommand', async (_, command) => {
    if (command === call) await addOperations(call);
  });
}

async function addOperations(call: Command): Promise<void> {
  const { services } = await import('../operations.ts');
  const taken = new Set<string>();
  for (const [service, operations] of Object.entries(services)) {
    for (const [name, operation] of Object.entries<AnyOperation>(operations)) {
      // Several services have operations on tags: the first keeps the names, the others are named with theirs.
      const command = taken.has(name) ? `${service}:${name}` : name;
      taken.add(command);
      addConnectionOptions(
        call
          .command(command)
          .description(memberNames(operation.input.members))
          .option('--json <input>', 'the input as JSON, or @file, or - for the standard input', '{}')
          .addHelpText('after', () => `\nInput:\n${memberLines(operation.input.members)}`),
      ).action((options: CallOptions) => run(operation, options));
    }
  }
}

async function run(operation: AnyOperation, options: CallOptions): Promise<void> {
  const input = await readInput(options.json);
  const { client } = await connect(options);
  const reply = await client.send(operation, input);
  if (reply !== undefined) printJson(reply);
}

/** @throws CliError when it cannot be read or is not a JSON object. */
async function readInput(given: string): Promise<object> {
  let input: unknown;
  try {
    input = JSON.parse(await readGiven(given));
  } catch (error) {
    throw new CliError(`--json cannot be read: ${error instanceof Error ? error.message : error}.`);
  }
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new CliError('--json must be a JSON object, such as {"name":"hello"}.');
  }
  return input;
}

function memberNames(members: Members): string {
  return Object.entries(members)
    .map(([name, { optional }]) => (optional ? `[${name}]` : name))
    .join(' ');
}

function memberLines(members: Members): string {
  const width = Math.max(...Object.keys(members).map((name) => name.length));
  return Object.entries(members)
    .map(([name, shape]) => `  ${name.padEnd(width)}  ${shape.optional ? '' : 'required '}${typeText(shape)}`)
    .join('\n');
}

function typeText({ type, constraints: { min, max, values }, member, members }: Shape<unknown>): string {
  if (values !== undefined) return values.join(' | ');
  const inner =
    members !== undefined ? ` of ${memberNames(members)}` : member !== undefined ? ` of ${member.type}` : '';
  const range = max === undefined ? '' : `, ${min ?? 0} to ${max}`;
  return `${type}${inner}${range}`;
}
