import type { Command } from 'commander';
import { keyValue } from './arguments.ts';
import {
  type AppInstanceOptions,
  addAppInstanceOptions,
  connectAppInstance,
  findAppInstance,
  identityCells,
  pages,
  tagList,
} from './chime.ts';
import { addConnectionOptions, type ConnectionOptions, connect } from './connection.ts';
import { CliError } from './errors.ts';
import { addJson, printJson, printListing } from './listing.ts';

interface CreateOptions extends ConnectionOptions {
  readonly metadata?: string;
  readonly tag?: Readonly<Record<string, string>>;
}

interface UpdateOptions extends ConnectionOptions {
  readonly name?: string;
  readonly metadata?: string;
}

/** Adds `parlor app-instance create|list|show|update|delete|admin`. */
export function addAppInstance(program: Command): void {
  const appInstance = program
    .command('app-instance')
    .description('create, list, show, update and delete app instances of Chime SDK messaging');
  addConnectionOptions(
    appInstance
      .command('create')
      .description('create an app instance and print its ARN')
      .argument('<name>')
      .option('--metadata <text>', 'up to 1024 characters')
      .option('--tag <key=value>', 'may be repeated', keyValue),
  ).action(create);
  addConnectionOptions(
    addJson(appInstance.command('list').description('print ARN and name of every app instance')),
  ).action(list);
  const one = (name: string, description: string) =>
    appInstance.command(name).description(description).argument('<app-instance>', 'its ARN or id');
  addConnectionOptions(one('show', 'print all that the server tells of an app instance, as JSON')).action(show);
  addConnectionOptions(
    one('update', 'change an app instance; what is not given stays')
      .option('--name <name>')
      .option('--metadata <text>', 'up to 1024 characters'),
  ).action(update);
  addConnectionOptions(one('delete', 'delete an app instance with all that is in it')).action(remove);
  addAdmin(appInstance);
}

function addAdmin(appInstance: Command): void {
  const admin = appInstance.command('admin').description('add, remove and list admins, who moderate every channel');
  const one = (name: string, description: string) =>
    addAppInstanceOptions(admin.command(name).description(description).argument('<user>', 'ARN or id'));
  one('add', 'make a user an admin').action(appoint);
  one('remove', 'make an admin a user like any other').action(dismiss);
  addAppInstanceOptions(addJson(admin.command('list').description('print ARN and name of every admin'))).action(
    listAdmins,
  );
}

async function create(Name: string, { metadata: Metadata, tag, ...options }: CreateOptions): Promise<void> {
  const { client, chime } = await connect(options);
  const { AppInstanceArn } = await client.call(chime.CreateAppInstance, { Name, Metadata, Tags: tagList(tag) });
  console.log(AppInstanceArn);
}

async function list(options: ConnectionOptions & { readonly json?: true }): Promise<void> {
  const { client, chime } = await connect(options);
  const appInstances = pages(
    (next) => client.call(chime.ListAppInstances, next),
    ({ AppInstances }) => AppInstances,
  );
  await printListing(appInstances, 'AppInstances', options, ({ AppInstanceArn, Name }) => [AppInstanceArn, Name]);
}

async function show(appInstance: string, options: ConnectionOptions): Promise<void> {
  const connection = await connect(options);
  const AppInstanceArn = await findAppInstance(connection, appInstance);
  const { client, chime } = connection;
  printJson((await client.call(chime.DescribeAppInstance, { AppInstanceArn })).AppInstance);
}

/** The operation wants both. */
async function update(appInstance: string, { name, metadata, ...options }: UpdateOptions): Promise<void> {
  if (name === undefined && metadata === undefined) throw new CliError('One of --name and --metadata is needed.');
  const connection = await connect(options);
  const AppInstanceArn = await findAppInstance(connection, appInstance);
  const { client, chime } = connection;
  const { AppInstance: before } = await client.call(chime.DescribeAppInstance, { AppInstanceArn });
  const after = { Name: name ?? before.Name, Metadata: metadata ?? before.Metadata ?? '' };
  await client.call(chime.UpdateAppInstance, { AppInstanceArn, ...after });
}

async function remove(appInstance: string, options: ConnectionOptions): Promise<void> {
  const connection = await connect(options);
  const AppInstanceArn = await findAppInstance(connection, appInstance);
  await connection.client.call(connection.chime.DeleteAppInstance, { AppInstanceArn });
}

async function appoint(user: string, options: AppInstanceOptions): Promise<void> {
  const { client, chime, appInstanceArn: AppInstanceArn, userArn } = await connectAppInstance(options, [user]);
  await client.call(chime.CreateAppInstanceAdmin, { AppInstanceArn, AppInstanceAdminArn: userArn(user) });
}

async function dismiss(user: string, options: AppInstanceOptions): Promise<void> {
  const { client, chime, appInstanceArn: AppInstanceArn, userArn } = await connectAppInstance(options, [user]);
  await client.call(chime.DeleteAppInstanceAdmin, { AppInstanceArn, AppInstanceAdminArn: userArn(user) });
}

async function listAdmins(options: AppInstanceOptions & { readonly json?: true }): Promise<void> {
  const { client, chime, appInstanceArn: AppInstanceArn } = await connectAppInstance(options);
  const admins = pages(
    (next) => client.call(chime.ListAppInstanceAdmins, { AppInstanceArn, ...next }),
    ({ AppInstanceAdmins }) => AppInstanceAdmins,
  );
  await printListing(admins, 'AppInstanceAdmins', options, ({ Admin }) => identityCells(Admin));
}
