import type { Command } from 'commander';
import { keyValue } from './arguments.ts';
import { addConnectionOptions, type ConnectionOptions } from './connection.ts';
import type { OwnerOptions } from './iam.ts';

type Options = ConnectionOptions & OwnerOptions;

export interface ExplainOptions extends Options {
  readonly document?: readonly string[];
  readonly action: string;
  readonly resource?: readonly string[];
  readonly context?: Readonly<Record<string, string>>;
}

/** Adds `parlor policy put|list|delete|explain`. */
export function addPolicy(program: Command): void {
  const policy = program.command('policy').description('put, list, delete and explain IAM policies');
  const addOwner = (command: Command) =>
    addConnectionOptions(
      command
        .option('--user <name>', 'the user whose it is')
        .option('--group <name>', 'the group whose it is')
        .option('--role <name>', 'the role whose it is'),
    );
  addOwner(
    policy
      .command('put')
      .description('give a user, group or role an inline policy, in place of one with the same name')
      .argument('<name>')
      .argument('<document>', 'JSON, or @file, or - for the standard input'),
  ).action(put);
  addOwner(
    policy.command('list').description('print the names of inline policies and the ARNs of attached ones'),
  ).action(list);
  addOwner(policy.command('delete').description('delete an inline policy').argument('<name>')).action(remove);
  addOwner(
    policy
      .command('explain')
      .description('say whether a request would be allowed, and why, statement by statement')
      .requiredOption('--action <action>', 'such as ivschat:CreateChatToken')
      .option('--resource <arn>', 'what it is about (default: *); may be repeated: all must be allowed', collect)
      .option('--document <document>', 'a policy that is not put yet; may be repeated: JSON, @file or -', collect)
      .option('--context <key=value>', 'a condition key, such as aws:SourceIp=10.0.0.1; may be repeated', keyValue),
  ).action(async (options: ExplainOptions) => {
    const { explainPolicies } = await import('./policy-explain.ts');
    await explainPolicies(options);
  });
}

function collect(entry: string, before: readonly string[] = []): readonly string[] {
  return [...before, entry];
}

async function put(name: string, given: string, options: Options): Promise<void> {
  const { readDocument } = await import('./given.ts');
  const { connectIam, ownerOf } = await import('./iam.ts');
  const PolicyDocument = await readDocument(given);
  await ownerOf(await connectIam(options), options).put({ PolicyName: name, PolicyDocument });
}

async function list(options: Options): Promise<void> {
  const { connectIam, ownerOf } = await import('./iam.ts');
  const owner = ownerOf(await connectIam(options), options);
  for await (const name of owner.inline()) console.log(name);
  for await (const arn of owner.attached()) console.log(arn);
}

async function remove(name: string, options: Options): Promise<void> {
  const { connectIam, ownerOf } = await import('./iam.ts');
  await ownerOf(await connectIam(options), options).remove({ PolicyName: name });
}
