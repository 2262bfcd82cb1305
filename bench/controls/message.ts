/** What every WebSocket control does for a message, as Parlor has to: read SEND_MESSAGE, build MESSAGE (spec/ivs-chat 2.3, 2.6). */
import { randomBytes } from 'node:crypto';
import { ATTRIBUTES } from '../attributes.ts';

export interface Message {
  Type: 'MESSAGE';
  Id: string;
  RequestId: string;
  Attributes: null;
  Content: string;
  SendTime: string;
  Sender: { UserId: string; Attributes: Record<string, string> };
}

/**
 * @param request a parsed SEND_MESSAGE
 * @param userId who sent it
 * @throws when it is not a SEND_MESSAGE
 */
export function createMessage(request: unknown, userId: string): Message {
  if (typeof request !== 'object' || request === null) throw new TypeError('a request is a JSON object');
  if (!('Action' in request) || request.Action !== 'SEND_MESSAGE') throw new TypeError('Action is not SEND_MESSAGE');
  if (!('Content' in request) || typeof request.Content !== 'string') throw new TypeError('Content is not a string');
  if (!('RequestId' in request) || typeof request.RequestId !== 'string') throw new TypeError('RequestId is no string');
  return {
    Type: 'MESSAGE',
    Id: randomBytes(9).toString('base64url'),
    RequestId: request.RequestId,
    Attributes: null,
    Content: request.Content,
    SendTime: `${new Date().toISOString().slice(0, -1)}000000Z`,
    Sender: { UserId: userId, Attributes: ATTRIBUTES },
  };
}

/** The room and the user in a control's stand-in for a token: `room.user.` and padding to a token's length. */
export function readSeat(protocol: string | undefined): { room: string; user: string } {
  const [room, user] = (protocol ?? '').split('.');
  if (room === undefined || user === undefined) throw new TypeError('the subprotocol is not room.user.padding');
  return { room, user };
}
