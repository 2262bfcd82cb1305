import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { addConnectionOptions, type ConnectionOptions, connect } from './connection.ts';
import { CliError } from './errors.ts';

/** As long as the service allows: between two connections nothing is seen. */
const SESSION_MINUTES = 180;
/** Frames that the reader of the output may leave unread, where writing to it does not block. */
const UNREAD_BYTES = 64 << 20;

/** Adds `parlor tail`. */
export function addTail(program: Command): void {
  addConnectionOptions(
    program
      .command('tail')
      .description('print what is sent to a room, one frame a line, until Ctrl-C')
      .argument('<room>', 'its ARN or id')
      .option('--user <id>', 'who to connect as (default: a name of its own)'),
  ).action(tail);
}

async function tail(room: string, options: ConnectionOptions & { readonly user?: string }): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const connection = await connect(options, stop.signal);
  const [{ roomArn }, { follow }] = await Promise.all([import('./rooms.ts'), import('./follow.ts')]);
  const userId = options.user ?? `parlor-tail-${randomBytes(4).toString('hex')}`;
  let roomIdentifier: string | undefined;
  await follow({
    url: new URL(connection.client.endpoint.href.replace(/^http/, 'ws')),
    signal: stop.signal,
    async newToken() {
      roomIdentifier ??= await roomArn(connection, room);
      const input = { roomIdentifier, userId, sessionDurationInMinutes: SESSION_MINUTES };
      return (await connection.client.call(connection.chat.CreateChatToken, input)).token;
    },
    frame: print,
    note: (text) => console.error(`parlor: ${text}`),
  });
}

function print(frame: string): void {
  process.stdout.write(`${frame}\n`);
  if (process.stdout.writableLength > UNREAD_BYTES) throw new CliError('The reader of the output is too slow.');
}
