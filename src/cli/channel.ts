import { type Command, Option as Flag } from 'commander';
import { keyValue, wholeNumber } from './arguments.ts';
import { addMessages } from './channel-messages.ts';
import { addRosters } from './channel-rosters.ts';
import { addBearerOptions, type BearerOptions, connectAppInstance, connectChannel, pages, tagList } from './chime.ts';
import { CliError } from './errors.ts';
import { addJson, printJson, printListing } from './listing.ts';

const MODES = ['UNRESTRICTED', 'RESTRICTED'] as const;
const PRIVACIES = ['PUBLIC', 'PRIVATE'] as const;

interface CreateOptions extends BearerOptions {
  readonly id?: string;
  readonly mode?: (typeof MODES)[number];
  readonly privacy?: (typeof PRIVACIES)[number];
  readonly metadata?: string;
  readonly member?: readonly string[];
  readonly moderator?: readonly string[];
  readonly expirationDays?: number;
  readonly tag?: Readonly<Record<string, string>>;
}

interface ListOptions extends BearerOptions {
  readonly joined?: true;
  readonly privacy?: (typeof PRIVACIES)[number];
  readonly json?: true;
}

interface UpdateOptions extends BearerOptions {
  readonly name?: string;
  readonly mode?: (typeof MODES)[number];
  readonly metadata?: string;
}

/** Adds `parlor channel create|list|show|update|delete|member|moderator|ban|send|message`. */
export function addChannel(program: Command): void {
  const channel = program
    .command('channel')
    .description('create, list, show, update and delete channels, and who and what is in them');
  addBearerOptions(
    channel
      .command('create')
      .description('create a channel, of which its creator is a member and moderator, and print its ARN')
      .argument('<name>')
      .option('--id <id>', 'up to 64 letters, digits and :-_.@ (default: a new one)')
      .addOption(new Flag('--mode <mode>', 'RESTRICTED: moderators alone add members (default)').choices(MODES))
      .addOption(new Flag('--privacy <privacy>', 'PRIVATE: others do not find it (default)').choices(PRIVACIES))
      .option('--metadata <text>', 'up to 1024 characters')
      .option('--member <user...>', 'ARNs or ids, up to 10')
      .option('--moderator <user...>', 'ARNs or ids, up to 10')
      .option('--expiration-days <days>', 'for how long without a message it is kept, 1 to 5475', wholeNumber)
      .option('--tag <key=value>', 'may be repeated', keyValue),
  ).action(create);
  addBearerOptions(
    addJson(
      channel
        .command('list')
        .description('print ARN and name of every channel: to admins all, to others those that are public')
        .option('--joined', 'those that the user is a member of, public or not')
        .addOption(new Flag('--privacy <privacy>', 'these alone').choices(PRIVACIES).conflicts('joined')),
    ),
  ).action(list);
  const one = (name: string, description: string) =>
    channel.command(name).description(description).argument('<channel>', 'its ARN or id');
  addBearerOptions(one('show', 'print all that the server tells of a channel, as JSON')).action(show);
  addBearerOptions(
    one('update', 'change a channel; what is not given stays')
      .option('--name <name>')
      .addOption(new Flag('--mode <mode>').choices(MODES))
      .option('--metadata <text>', 'up to 1024 characters'),
  ).action(update);
  addBearerOptions(one('delete', 'delete a channel with its messages')).action(remove);
  addRosters(channel);
  addMessages(channel);
}

async function create(Name: string, options: CreateOptions): Promise<void> {
  const { client, chime, appInstanceArn, userArn } = await connectAppInstance(options, [options.as]);
  const { expirationDays } = options;
  const { ChannelArn } = await client.call(chime.CreateChannel, {
    AppInstanceArn: appInstanceArn,
    ChimeBearer: userArn(options.as),
    Name,
    ChannelId: options.id,
    Mode: options.mode,
    Privacy: options.privacy,
    Metadata: options.metadata,
    MemberArns: options.member?.map(userArn),
    ModeratorArns: options.moderator?.map(userArn),
    Tags: tagList(options.tag),
    ExpirationSettings:
      expirationDays === undefined
        ? undefined
        : { ExpirationDays: expirationDays, ExpirationCriterion: 'LAST_MESSAGE_TIMESTAMP' },
  });
  console.log(ChannelArn);
}

async function list(options: ListOptions): Promise<void> {
  const { client, chime, appInstanceArn: AppInstanceArn, userArn } = await connectAppInstance(options, [options.as]);
  const ChimeBearer = userArn(options.as);
  if (options.joined) {
    const joined = pages(
      (next) => client.call(chime.ListChannelMembershipsForAppInstanceUser, { ChimeBearer, ...next }),
      ({ ChannelMemberships }) => ChannelMemberships,
    );
    await printListing(joined, 'ChannelMemberships', options, ({ ChannelSummary }) => [
      ChannelSummary.ChannelArn,
      ChannelSummary.Name,
    ]);
    return;
  }
  const input = { ChimeBearer, AppInstanceArn, Privacy: options.privacy };
  const channels = pages(
    (next) => client.call(chime.ListChannels, { ...input, ...next }),
    ({ Channels }) => Channels,
  );
  await printListing(channels, 'Channels', options, ({ ChannelArn, Name }) => [ChannelArn, Name]);
}

async function show(channel: string, options: BearerOptions): Promise<void> {
  const { client, chime, on } = await connectChannel(channel, options);
  printJson((await client.call(chime.DescribeChannel, on)).Channel);
}

async function update(channel: string, { name, mode, metadata, ...options }: UpdateOptions): Promise<void> {
  if (name === undefined && mode === undefined && metadata === undefined) {
    throw new CliError('One of --name, --mode and --metadata is needed.');
  }
  const { client, chime, on } = await connectChannel(channel, options);
  await client.call(chime.UpdateChannel, { ...on, Name: name, Mode: mode, Metadata: metadata });
}

async function remove(channel: string, options: BearerOptions): Promise<void> {
  const { client, chime, on } = await connectChannel(channel, options);
  await client.call(chime.DeleteChannel, on);
}
