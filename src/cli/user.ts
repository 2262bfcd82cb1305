import type { Command } from 'commander';
import { keyValue } from './arguments.ts';
import { addConnectionOptions, type ConnectionOptions } from './connection.ts';

interface CreateOptions extends ConnectionOptions {
  readonly path?: string;
  readonly tag?: Readonly<Record<string, string>>;
}

interface KeyOptions extends ConnectionOptions {
  readonly user: string;
}

/** Adds `parlor user create|list|delete`. */
export function addUser(program: Command): void {
  const user = program.command('user').description('create, list and delete IAM users');
  addConnectionOptions(
    user
      .command('create')
      .description('create a user and print its ARN')
      .argument('<name>')
      .option('--path <path>', 'such as /backends/')
      .option('--tag <key=value>', 'may be repeated', keyValue),
  ).action(create);
  addConnectionOptions(user.command('list').description('print the ARN of every user')).action(list);
  addConnectionOptions(
    user.command('delete').description('delete a user that has no keys, policies and groups').argument('<name>'),
  ).action(remove);
}

/** Adds `parlor key create|list|delete`. */
export function addKey(program: Command): void {
  const key = program.command('key').description('create, list and delete access keys of IAM users');
  addConnectionOptions(
    key
      .command('create')
      .description('create a key and print it as variables; the secret is shown only now')
      .requiredOption('--user <name>', 'whose it is'),
  ).action(createKey);
  addConnectionOptions(
    key.command('list').description('print id and status of every key').requiredOption('--user <name>', 'whose'),
  ).action(listKeys);
  addConnectionOptions(
    key
      .command('delete')
      .description('delete a key; requests that it signs are refused from then on')
      .argument('<id>')
      .requiredOption('--user <name>', 'whose it is'),
  ).action(removeKey);
}

async function create(name: string, { path, tag, ...options }: CreateOptions): Promise<void> {
  const { connectIam } = await import('./iam.ts');
  const { client, iam } = await connectIam(options);
  const Tags = tag && Object.entries(tag).map(([Key, Value]) => ({ Key, Value }));
  const { User } = await client.call(iam.CreateUser, { UserName: name, Path: path, Tags });
  console.log(User.Arn);
}

async function list(options: ConnectionOptions): Promise<void> {
  const { connectIam, pages } = await import('./iam.ts');
  const { client, iam } = await connectIam(options);
  const users = pages(
    (marker) => client.call(iam.ListUsers, marker),
    ({ Users }) => Users,
  );
  for await (const { Arn } of users) console.log(Arn);
}

async function remove(name: string, options: ConnectionOptions): Promise<void> {
  const { connectIam } = await import('./iam.ts');
  const { client, iam } = await connectIam(options);
  await client.call(iam.DeleteUser, { UserName: name });
}

async function createKey({ user, ...options }: KeyOptions): Promise<void> {
  const { connectIam } = await import('./iam.ts');
  const { client, iam } = await connectIam(options);
  const { AccessKey } = await client.call(iam.CreateAccessKey, { UserName: user });
  console.log(`AWS_ACCESS_KEY_ID=${AccessKey.AccessKeyId}\nAWS_SECRET_ACCESS_KEY=${AccessKey.SecretAccessKey}`);
}

async function listKeys({ user, ...options }: KeyOptions): Promise<void> {
  const { connectIam, pages } = await import('./iam.ts');
  const { client, iam } = await connectIam(options);
  const keys = pages(
    (marker) => client.call(iam.ListAccessKeys, { UserName: user, ...marker }),
    ({ AccessKeyMetadata }) => AccessKeyMetadata,
  );
  for await (const { AccessKeyId, Status } of keys) console.log(`${AccessKeyId}\t${Status}`);
}

async function removeKey(id: string, { user, ...options }: KeyOptions): Promise<void> {
  const { connectIam } = await import('./iam.ts');
  const { client, iam } = await connectIam(options);
  await client.call(iam.DeleteAccessKey, { UserName: user, AccessKeyId: id });
}
