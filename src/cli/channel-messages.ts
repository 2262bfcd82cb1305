/** What is said in a channel. */
import { text } from 'node:stream/consumers';
import { type Command, Option as Flag } from 'commander';
import { keyValue, wholeNumber } from './arguments.ts';
import { addBearerOptions, type BearerOptions, type ChannelConnection, connectChannel, pages } from './chime.ts';
import { addJson, printJson, printListing } from './listing.ts';

const TYPES = ['STANDARD', 'CONTROL'] as const;
const DEFAULT_LAST = 50;
/** As many as a page may have. */
const PAGE = 50;

interface SendOptions extends BearerOptions {
  readonly type: (typeof TYPES)[number];
  /** Unless `--no-persistent` is given. */
  readonly persistent: boolean;
  readonly to?: string;
  readonly metadata?: string;
  readonly contentType?: string;
  readonly attribute?: Readonly<Record<string, string>>;
}

interface ListOptions extends BearerOptions {
  readonly last: number;
  readonly json?: true;
}

/** Adds `parlor channel send`, and `parlor channel message list|show|update|redact|delete`. */
export function addMessages(channel: Command): void {
  addBearerOptions(
    channel
      .command('send')
      .description('send a message and print its id')
      .argument('<channel>', 'its ARN or id')
      .argument('<content>', 'the text, or - for the standard input')
      .addOption(new Flag('--type <type>', 'CONTROL: nothing that people read').choices(TYPES).default('STANDARD'))
      .option('--no-persistent', 'deliver it, but do not keep it')
      .option('--to <user>', 'for this member alone: its ARN or id')
      .option('--metadata <text>', 'up to 1024 characters')
      .option('--content-type <type>', 'such as text/markdown')
      .option('--attribute <key=value>', 'for filters of push notifications; may be repeated', keyValue),
  ).action(send);
  const message = channel.command('message').description('list, show, update, redact and delete messages');
  addBearerOptions(
    addJson(
      message
        .command('list')
        .description('print id, time, sender and content of the last messages, the newest last')
        .argument('<channel>', 'its ARN or id')
        .option('--last <count>', 'how many', wholeNumber, DEFAULT_LAST),
    ),
  ).action(list);
  const one = (name: string, description: string) =>
    addBearerOptions(
      message
        .command(name)
        .description(description)
        .argument('<channel>', 'its ARN or id')
        .argument('<message>', 'its id'),
    );
  one('show', 'print all that the server tells of a message, as JSON').action(show);
  one('update', 'give a message of the user another content')
    .argument('<content>', 'the text, or - for the standard input')
    .action(update);
  one('redact', 'remove the content of a message; its place in the channel stays').action(redact);
  one('delete', 'remove a message, as admins may').action(remove);
}

async function send(channel: string, given: string, options: SendOptions): Promise<void> {
  const { type: Type, persistent, to, attribute } = options;
  const Content = await contentOf(given);
  const { client, chime, on, userArn } = await connectChannel(channel, options);
  const { MessageId } = await client.call(chime.SendChannelMessage, {
    ...on,
    Content,
    Type,
    Persistence: persistent ? 'PERSISTENT' : 'NON_PERSISTENT',
    Metadata: options.metadata,
    ContentType: options.contentType,
    MessageAttributes:
      attribute &&
      Object.fromEntries(Object.entries(attribute).map(([key, value]) => [key, { StringValues: [value] }])),
    Target: to === undefined ? undefined : [{ MemberArn: userArn(to) }],
  });
  console.log(MessageId);
}

/** A text may begin with any character, so that there is no `@file`. */
async function contentOf(given: string): Promise<string> {
  return given === '-' ? text(process.stdin) : given;
}

async function list(channel: string, options: ListOptions): Promise<void> {
  const newest = await readNewest(await connectChannel(channel, options), options.last);
  await printListing(newest.toReversed(), 'ChannelMessages', options, (message) => [
    message.MessageId,
    new Date(message.CreatedTimestamp * 1000).toISOString(),
    message.Sender.Name,
    message.Redacted ? '(redacted)' : (message.Content ?? ''),
  ]);
}

/** The newest messages, the very newest first. */
async function readNewest({ client, chime, on }: ChannelConnection, count: number) {
  const messages = pages(
    (next) => client.call(chime.ListChannelMessages, { ...on, MaxResults: Math.min(count, PAGE), ...next }),
    ({ ChannelMessages }) => ChannelMessages,
  );
  const newest = [];
  for await (const message of messages) {
    newest.push(message);
    if (newest.length >= count) break;
  }
  return newest;
}

async function show(channel: string, MessageId: string, options: BearerOptions): Promise<void> {
  const { client, chime, on } = await connectChannel(channel, options);
  printJson((await client.call(chime.GetChannelMessage, { ...on, MessageId })).ChannelMessage);
}

async function update(channel: string, MessageId: string, given: string, options: BearerOptions): Promise<void> {
  const Content = await contentOf(given);
  const { client, chime, on } = await connectChannel(channel, options);
  await client.call(chime.UpdateChannelMessage, { ...on, MessageId, Content });
}

async function redact(channel: string, MessageId: string, options: BearerOptions): Promise<void> {
  const { client, chime, on } = await connectChannel(channel, options);
  await client.call(chime.RedactChannelMessage, { ...on, MessageId });
}

async function remove(channel: string, MessageId: string, options: BearerOptions): Promise<void> {
  const { client, chime, on } = await connectChannel(channel, options);
  await client.call(chime.DeleteChannelMessage, { ...on, MessageId });
}
