/** Rooms as commands name and list them. */
import type { Connection } from './connection.ts';
import { CliError } from './errors.ts';

/** Gives every room, the last changed first, a page at a time. */
export async function* listRooms({ client, chat }: Connection) {
  let nextToken: string | undefined;
  do {
    const page = await client.call(chat.ListRooms, { nextToken });
    yield* page.rooms;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
}

/**
 * Gives the ARN of a room named by its ARN or its id. Region and account of the server may be other than what is known
 * here, but they are the same in all its ARNs: those of any room will do.
 */
export async function roomArn({ client, chat }: Connection, room: string): Promise<string> {
  if (room.startsWith('arn:')) return room;
  if (!/^[a-zA-Z0-9-]+$/.test(room)) {
    throw new CliError(
      `${JSON.stringify(room)} is neither the ARN nor the id of a room: "parlor room list" prints ARNs.`,
    );
  }
  const { rooms } = await client.call(chat.ListRooms, { maxResults: 1 });
  const [any] = rooms;
  if (any === undefined) throw new CliError(`There is no room ${room}: the server has none at all.`);
  return any.arn.replace(/[^/]*$/, room);
}
