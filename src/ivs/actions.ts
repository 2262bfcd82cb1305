/** The three requests of the messaging socket (spec/ivs-chat 2.2 to 2.5, 2.9). */
import { codePoints } from '../aws/shape.ts';
import type { ActionError, Attributes } from './frames.ts';
import type { Broadcast, SocketLimits } from './ports.ts';
import type { Room } from './room-facts.ts';
import type { Capability } from './tokens.ts';

/** The members a request may have. Names match in any case, as public clients rely on (spec/ivs-chat 2.2). */
const MEMBERS = new Map(
  ['Action', 'RequestId', 'Content', 'Attributes', 'Id', 'Reason', 'UserId'].map((name) => [name.toLowerCase(), name]),
);

/** A request's known members; their values are not checked yet. */
export type Request = ReadonlyMap<string, unknown>;

/** What an action works with, once its connection may perform it. */
export interface ActionContext {
  readonly request: Request;
  readonly requestId: string;
  /** The id of the message, or of the ERROR that answers instead. */
  readonly id: string;
  readonly room: Room;
  /** The sender as frames show it. */
  readonly sender: string;
  readonly limits: SocketLimits;
  readonly broadcast: Broadcast;
}

interface Action {
  readonly capability: Capability;
  /** What is wrong with the request's members, if anything. */
  check(request: Request, limits: SocketLimits): ActionError | undefined;
  /** Does it: ends in one broadcast, or returns the one error that answers instead. */
  perform(context: ActionContext): ActionError | undefined;
}

/** The text is one that clients compare (spec/ivs-chat 2.8). */
export const RATE_EXCEEDED: ActionError = { code: 429, message: 'rate limit exceeded' };
const REJECTED: ActionError = { code: 406, message: 'The message was rejected during review.' };
const USER_ID_MAX = 128;
const REASON_MAX = 256;
const MESSAGE_ID = /^[a-zA-Z0-9]{12}$/;

export const actions: Readonly<Record<Capability, Action>> = {
  SEND_MESSAGE: {
    capability: 'SEND_MESSAGE',
    check(request, limits) {
      return text(request, 'Content') ?? checkAttributes(request.get('Attributes'), limits.messageAttributesBytes);
    },
    perform({ request, requestId, id, room, sender, limits, broadcast }) {
      const content = request.get('Content') as string;
      if (codePoints(content) > room.maximumMessageLength) {
        return { code: 400, message: 'Message exceeds maximum length' };
      }
      if (broadcast.congested(room.id)) return RATE_EXCEEDED;
      if (!limits.sendMessage(room.id, room.maximumMessageRatePerSecond)) return RATE_EXCEEDED;
      // No review handler is called yet: the room's own fallback decides (spec/ivs-chat 5).
      if (room.messageReviewHandler?.uri && room.messageReviewHandler.fallbackResult === 'DENY') return REJECTED;
      const attributes = (request.get('Attributes') ?? undefined) as Attributes | undefined;
      broadcast.message(room.id, { id, requestId, attributes, content, sender });
      return undefined;
    },
  },

  DELETE_MESSAGE: {
    capability: 'DELETE_MESSAGE',
    check(request) {
      const wrong = text(request, 'Id');
      if (wrong !== undefined) return wrong;
      if (!MESSAGE_ID.test(request.get('Id') as string)) {
        return { code: 400, message: 'Id must be the Id of a message: 12 letters and digits.' };
      }
      return checkReason(request);
    },
    perform({ request, requestId, room, limits, broadcast }) {
      if (!limits.deleteMessage()) return RATE_EXCEEDED;
      broadcast.deleteMessage(room.id, request.get('Id') as string, reason(request), requestId);
      return undefined;
    },
  },

  DISCONNECT_USER: {
    capability: 'DISCONNECT_USER',
    check(request) {
      return text(request, 'UserId', USER_ID_MAX) ?? checkReason(request);
    },
    perform({ request, requestId, room, limits, broadcast }) {
      if (!limits.disconnectUser()) return RATE_EXCEEDED;
      broadcast.disconnectUser(room.id, request.get('UserId') as string, reason(request), requestId);
      return undefined;
    },
  },
};

/** Reads one frame. Unknown members are left out; undefined: it is not a JSON object. */
export function parseRequest(frame: string): Request | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(frame);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
  const request = new Map<string, unknown>();
  for (const [key, value] of Object.entries(parsed)) {
    const name = MEMBERS.get(key.toLowerCase());
    if (name !== undefined) request.set(name, value);
  }
  return request;
}

/** The action a request names, undefined if there is none of that name. */
export function actionOf(request: Request): Action | undefined {
  const name = request.get('Action');
  return typeof name === 'string' && Object.hasOwn(actions, name) ? actions[name as Capability] : undefined;
}

function text(request: Request, name: string, maximum = Number.POSITIVE_INFINITY): ActionError | undefined {
  const value = request.get(name);
  if (typeof value !== 'string' || value === '') return { code: 400, message: `${name} must be a non-empty string.` };
  if (value.length > maximum && codePoints(value) > maximum) {
    return { code: 413, message: `${name} is longer than ${maximum} characters.` };
  }
  return undefined;
}

function checkReason(request: Request): ActionError | undefined {
  const given = request.get('Reason');
  return given === undefined || given === null || given === '' ? undefined : text(request, 'Reason', REASON_MAX);
}

function reason(request: Request): string | undefined {
  return (request.get('Reason') ?? undefined) as string | undefined;
}

function checkAttributes(attributes: unknown, maximumBytes: number): ActionError | undefined {
  if (attributes === undefined || attributes === null) return undefined;
  if (typeof attributes !== 'object' || Array.isArray(attributes)) {
    return { code: 400, message: 'Attributes must be a map of strings to strings.' };
  }
  let bytes = 0;
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value !== 'string') return { code: 400, message: 'Attributes must be a map of strings to strings.' };
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (bytes > maximumBytes) return { code: 413, message: `Attributes are larger than ${maximumBytes} bytes.` };
  return undefined;
}
