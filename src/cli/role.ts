import type { Command } from 'commander';
import { wholeNumber } from './arguments.ts';
import { addConnectionOptions, type ConnectionOptions } from './connection.ts';

interface CreateOptions extends ConnectionOptions {
  readonly trust: string;
  readonly path?: string;
  readonly description?: string;
  readonly maxSessionDuration?: number;
}

/** Adds `parlor role create|list|delete`. */
export function addRole(program: Command): void {
  const role = program.command('role').description('create, list and delete IAM roles');
  addConnectionOptions(
    role
      .command('create')
      .description('create a role and print its ARN')
      .argument('<name>')
      .requiredOption('--trust <document>', 'the trust policy: JSON, or @file, or - for the standard input')
      .option('--path <path>', 'such as /viewers/')
      .option('--description <text>')
      .option('--max-session-duration <seconds>', '3600 to 43200 (default 3600)', wholeNumber),
  ).action(create);
  addConnectionOptions(role.command('list').description('print the ARN of every role')).action(list);
  addConnectionOptions(
    role.command('delete').description('delete a role that has no policies').argument('<name>'),
  ).action(remove);
}

async function create(name: string, options: CreateOptions): Promise<void> {
  const { readDocument } = await import('./given.ts');
  const { connectIam } = await import('./iam.ts');
  const { trust, path: Path, description: Description, maxSessionDuration: MaxSessionDuration, ...others } = options;
  const AssumeRolePolicyDocument = await readDocument(trust);
  const { client, iam } = await connectIam(others);
  const input = { RoleName: name, AssumeRolePolicyDocument, Path, Description, MaxSessionDuration };
  const { Role } = await client.call(iam.CreateRole, input);
  console.log(Role.Arn);
}

async function list(options: ConnectionOptions): Promise<void> {
  const { connectIam, pages } = await import('./iam.ts');
  const { client, iam } = await connectIam(options);
  const roles = pages(
    (marker) => client.call(iam.ListRoles, marker),
    ({ Roles }) => Roles,
  );
  for await (const { Arn } of roles) console.log(Arn);
}

async function remove(name: string, options: ConnectionOptions): Promise<void> {
  const { connectIam } = await import('./iam.ts');
  const { client, iam } = await connectIam(options);
  await client.call(iam.DeleteRole, { RoleName: name });
}
