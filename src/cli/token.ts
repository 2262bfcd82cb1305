import { type Command, Option as Flag } from 'commander';
import { keyValue, wholeNumber } from './arguments.ts';
import { addConnectionOptions, type ConnectionOptions, connect } from './connection.ts';

const CAPABILITIES = ['SEND_MESSAGE', 'DELETE_MESSAGE', 'DISCONNECT_USER'] as const;

interface CreateOptions extends ConnectionOptions {
  readonly room: string;
  readonly user: string;
  readonly capability?: readonly (typeof CAPABILITIES)[number][];
  readonly sessionMinutes?: number;
  readonly attribute?: Readonly<Record<string, string>>;
}

/** Adds `parlor token create`. */
export function addToken(program: Command): void {
  const token = program.command('token').description('create chat tokens');
  addConnectionOptions(
    token
      .command('create')
      .description('create a chat token, which opens one connection, and print it')
      .requiredOption('--room <room>', 'ARN or id of the room')
      .requiredOption('--user <id>', 'who connects with it')
      .addOption(new Flag('--capability <name...>', 'without any, it may only read').choices(CAPABILITIES))
      .option('--session-minutes <minutes>', 'how long the connection may last, 1 to 180 (default 60)', wholeNumber)
      .option('--attribute <key=value>', 'everyone sees it with what the user sends; may be repeated', keyValue),
  ).action(create);
}

async function create(options: CreateOptions): Promise<void> {
  const connection = await connect(options);
  const { roomArn } = await import('./rooms.ts');
  const { token } = await connection.client.call(connection.chat.CreateChatToken, {
    roomIdentifier: await roomArn(connection, options.room),
    userId: options.user,
    capabilities: options.capability,
    sessionDurationInMinutes: options.sessionMinutes,
    attributes: options.attribute,
  });
  console.log(token);
}
