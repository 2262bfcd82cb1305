/** A room as it is followed: each connection has a token of its own. */
import { randomBytes } from 'node:crypto';
import type { Connection } from './connection.ts';
import type { Feed } from './follow.ts';
import { roomArn } from './rooms.ts';

/** As long as the service allows: between two connections nothing is seen. */
const SESSION_MINUTES = 180;

/** @param room ARN or id @param user who to connect as; absent: a name of its own */
export function roomFeed(connection: Connection, room: string, user?: string): Feed {
  const { client, chat } = connection;
  const url = new URL(client.endpoint.href.replace(/^http/, 'ws'));
  const userId = user ?? `parlor-tail-${randomBytes(4).toString('hex')}`;
  let roomIdentifier: string | undefined;
  return {
    async connect() {
      roomIdentifier ??= await roomArn(connection, room);
      const input = { roomIdentifier, userId, sessionDurationInMinutes: SESSION_MINUTES };
      return new WebSocket(url, (await client.call(chat.CreateChatToken, input)).token);
    },
    read(frame) {
      const error = errorText(frame);
      return error === undefined ? { print: frame } : { note: error };
    },
  };
}

/** What an ERROR frame says; such a frame is for this connection alone (spec/ivs-chat 2.8). */
function errorText(frame: string): string | undefined {
  if (!frame.startsWith('{"Type":"ERROR"')) return undefined;
  const { ErrorCode, ErrorMessage }: Record<string, unknown> = JSON.parse(frame);
  return `${ErrorCode} ${ErrorMessage}`;
}
