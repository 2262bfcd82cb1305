import type { Command } from 'commander';
import { keyValue, wholeNumber } from './arguments.ts';
import { type AppInstanceOptions, addAppInstanceOptions, connectAppInstance, pages, tagList } from './chime.ts';
import { CliError } from './errors.ts';
import { addJson, printJson, printListing } from './listing.ts';

interface CreateOptions extends AppInstanceOptions {
  readonly name?: string;
  readonly metadata?: string;
  readonly expirationDays?: number;
  readonly tag?: Readonly<Record<string, string>>;
}

interface UpdateOptions extends AppInstanceOptions {
  readonly name?: string;
  readonly metadata?: string;
}

/** Adds `parlor chime-user create|list|show|update|delete`. */
export function addChimeUser(program: Command): void {
  const user = program
    .command('chime-user')
    .description('create, list, show, update and delete users of an app instance');
  addAppInstanceOptions(
    user
      .command('create')
      .description('create a user and print its ARN; one that exists stays as it is')
      .argument('<id>', 'up to 64 letters, digits and :-_.@')
      .option('--name <name>', 'what others see (default: the id)')
      .option('--metadata <text>', 'up to 1024 characters')
      .option('--expiration-days <days>', 'when it is deleted, 1 to 5475', wholeNumber)
      .option('--tag <key=value>', 'may be repeated', keyValue),
  ).action(create);
  addAppInstanceOptions(addJson(user.command('list').description('print ARN and name of every user'))).action(list);
  const one = (name: string, description: string) =>
    user.command(name).description(description).argument('<user>', 'its ARN or id');
  addAppInstanceOptions(one('show', 'print all that the server tells of a user, as JSON')).action(show);
  addAppInstanceOptions(
    one('update', 'change a user; what is not given stays')
      .option('--name <name>')
      .option('--metadata <text>', 'up to 1024 characters'),
  ).action(update);
  addAppInstanceOptions(one('delete', 'delete a user; messages that it sent stay')).action(remove);
}

async function create(id: string, options: CreateOptions): Promise<void> {
  const { name: Name = id, metadata: Metadata, expirationDays, tag, ...others } = options;
  const { client, chime, appInstanceArn: AppInstanceArn } = await connectAppInstance(others);
  const { AppInstanceUserArn } = await client.call(chime.CreateAppInstanceUser, {
    AppInstanceArn,
    AppInstanceUserId: id,
    Name,
    Metadata,
    Tags: tagList(tag),
    ExpirationSettings:
      expirationDays === undefined
        ? undefined
        : { ExpirationDays: expirationDays, ExpirationCriterion: 'CREATED_TIMESTAMP' },
  });
  console.log(AppInstanceUserArn);
}

async function list(options: AppInstanceOptions & { readonly json?: true }): Promise<void> {
  const { client, chime, appInstanceArn: AppInstanceArn } = await connectAppInstance(options);
  const users = pages(
    (next) => client.call(chime.ListAppInstanceUsers, { AppInstanceArn, ...next }),
    ({ AppInstanceUsers }) => AppInstanceUsers,
  );
  await printListing(users, 'AppInstanceUsers', options, ({ AppInstanceUserArn, Name }) => [AppInstanceUserArn, Name]);
}

async function show(user: string, options: AppInstanceOptions): Promise<void> {
  const { client, chime, userArn } = await connectAppInstance(options, [user]);
  const input = { AppInstanceUserArn: userArn(user) };
  printJson((await client.call(chime.DescribeAppInstanceUser, input)).AppInstanceUser);
}

/** The operation wants both. */
async function update(user: string, { name, metadata, ...options }: UpdateOptions): Promise<void> {
  if (name === undefined && metadata === undefined) throw new CliError('One of --name and --metadata is needed.');
  const { client, chime, userArn } = await connectAppInstance(options, [user]);
  const AppInstanceUserArn = userArn(user);
  const { AppInstanceUser: before } = await client.call(chime.DescribeAppInstanceUser, { AppInstanceUserArn });
  const after = { Name: name ?? before.Name, Metadata: metadata ?? before.Metadata ?? '' };
  await client.call(chime.UpdateAppInstanceUser, { AppInstanceUserArn, ...after });
}

async function remove(user: string, options: AppInstanceOptions): Promise<void> {
  const { client, chime, userArn } = await connectAppInstance(options, [user]);
  await client.call(chime.DeleteAppInstanceUser, { AppInstanceUserArn: userArn(user) });
}
