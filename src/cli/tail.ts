import { type Command, Option as Flag } from 'commander';
import { printable } from '../ops/printable.ts';
import { type AppInstanceOptions, addAppInstanceOptions, connectChannel } from './chime.ts';
import { connect } from './connection.ts';
import { CliError } from './errors.ts';
import type { Feed } from './follow.ts';
import { plain } from './listing.ts';

/** Frames that the reader of the output may leave unread, where writing to it does not block. */
const UNREAD_BYTES = 64 << 20;

interface TailOptions extends AppInstanceOptions {
  readonly user?: string;
  readonly as?: string;
}

/** Adds `parlor tail`. */
export function addTail(program: Command): void {
  addAppInstanceOptions(
    program
      .command('tail')
      .description('print what is sent to a room or channel, one frame a line, until Ctrl-C')
      .argument('<room or channel>', 'its ARN or id')
      .option('--user <id>', 'who to connect to a room as (default: a name of its own)')
      .addOption(
        new Flag('--as <user>', 'ARN or id of the member whose connection receives a channel').conflicts('user'),
      ),
  ).action(tail);
}

async function tail(given: string, options: TailOptions): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const { follow } = await import('./follow.ts');
  try {
    const feed = await feedOf(given, options, stop.signal);
    await follow({ ...feed, signal: stop.signal, print, note: (text) => console.error(`parlor: ${plain(text)}`) });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  }
}

/** @throws CliError for a channel that nobody follows */
async function feedOf(given: string, options: TailOptions, signal: AbortSignal): Promise<Feed> {
  const { as: bearer } = options;
  if (bearer !== undefined) {
    const { channelFeed } = await import('./channel-feed.ts');
    return channelFeed(await connectChannel(given, { ...options, as: bearer }, signal));
  }
  if (given.includes(':app-instance/')) throw new CliError('A channel is followed by a member: name one with --as.');
  const { roomFeed } = await import('./room-feed.ts');
  return roomFeed(await connect(options, signal), given, options.user);
}

function print(frame: string): void {
  process.stdout.write(`${printable(frame)}\n`);
  if (process.stdout.writableLength > UNREAD_BYTES) throw new CliError('The reader of the output is too slow.');
}
