import type { Command } from 'commander';
import { keyValue, wholeNumber } from './arguments.ts';
import { addConnectionOptions, type ConnectionOptions, connect } from './connection.ts';
import { printJson } from './listing.ts';

interface CreateOptions extends ConnectionOptions {
  readonly name?: string;
  readonly maximumMessageLength?: number;
  readonly maximumMessageRatePerSecond?: number;
  readonly tag?: Readonly<Record<string, string>>;
}

/** Adds `parlor room create|list|delete`. */
export function addRoom(program: Command): void {
  const room = program.command('room').description('create, list and delete rooms');
  addConnectionOptions(
    room
      .command('create')
      .description('create a room and print its ARN')
      .option('--name <name>', 'up to 128 letters, digits, - and _')
      .option('--maximum-message-length <characters>', '1 to 500 (default 500)', wholeNumber)
      .option('--maximum-message-rate-per-second <messages>', '1 to 100 (default 10)', wholeNumber)
      .option('--tag <key=value>', 'may be repeated', keyValue),
  ).action(create);
  addConnectionOptions(
    room
      .command('list')
      .description('print ARN and name of every room, the last changed first')
      .option('--json', 'print all that the server tells, as JSON'),
  ).action(list);
  addConnectionOptions(room.command('delete').description('delete a room').argument('<room>', 'its ARN or id')).action(
    remove,
  );
}

async function create(options: CreateOptions): Promise<void> {
  const { client, chat } = await connect(options);
  const { name, maximumMessageLength, maximumMessageRatePerSecond, tag: tags } = options;
  const { arn } = await client.call(chat.CreateRoom, { name, maximumMessageLength, maximumMessageRatePerSecond, tags });
  console.log(arn);
}

async function list(options: ConnectionOptions & { readonly json?: true }): Promise<void> {
  const connection = await connect(options);
  const { listRooms } = await import('./rooms.ts');
  if (options.json) {
    printJson({ rooms: await Array.fromAsync(listRooms(connection)) });
    return;
  }
  // The ARNs of a server are all of one length: two blanks make a table.
  const separator = process.stdout.isTTY ? '  ' : '\t';
  for await (const { arn, name } of listRooms(connection)) console.log(`${arn}${separator}${name}`);
}

async function remove(room: string, options: ConnectionOptions): Promise<void> {
  const connection = await connect(options);
  const { roomArn } = await import('./rooms.ts');
  await connection.client.call(connection.chat.DeleteRoom, { identifier: await roomArn(connection, room) });
}
