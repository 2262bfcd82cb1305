/** What the parts of the IVS Chat door ask of each other and of the rest of the house. Types only. */
import type { TokenBucket } from '../engine/limits.ts';
import type { Attributes, Message } from './frames.ts';

/**
 * Sends what every connection of a room receives (spec/ivs-chat 2.6, 2.7). `room` is the room's id.
 * An event's id is its `Id` on the wire.
 */
export interface Broadcast {
  /** Sends a MESSAGE; `sendTime` is taken when it is sequenced. */
  message(room: string, message: Omit<Message, 'sendTime'>): void;
  /** Whether the room's messages come faster than they can be handed to its connections. */
  congested(room: string): boolean;
  /** Sends an application event. Returns its id. */
  event(room: string, eventName: string, attributes: Attributes | undefined): string;
  /** Sends `aws:DELETE_MESSAGE`. Returns the event's id. */
  deleteMessage(room: string, messageId: string, reason: string | undefined, requestId: string): string;
  /** Sends `aws:DISCONNECT_USER`, then closes the user's connections to the room. Returns the event's id. */
  disconnectUser(room: string, userId: string, reason: string | undefined, requestId: string): string;
}

/** What a room's connections hold to (spec/ivs-chat 4). The methods take a token of a rate: false is beyond it. */
export interface SocketLimits {
  /** Bytes of an inbound frame. */
  readonly frameBytes: number;
  /** UTF-8 bytes of a message's attributes, keys and values. */
  readonly messageAttributesBytes: number;
  /** A new connection's own rate of requests. */
  connection(): TokenBucket;
  /** SEND_MESSAGE in the room, at its `maximumMessageRatePerSecond`, and across all rooms. */
  sendMessage(roomId: string, roomRate: number): boolean;
  /** DELETE_MESSAGE and DISCONNECT_USER across all rooms, together with the API's calls. */
  deleteMessage(): boolean;
  disconnectUser(): boolean;
}

export type ChatAction = 'SEND_MESSAGE' | 'DELETE_MESSAGE' | 'DISCONNECT_USER' | 'SEND_EVENT';

/** Why a handshake was refused; `gone`: its client did not wait for the answer. */
export type RefusalCause =
  | 'missing'
  | 'malformed'
  | 'expired'
  | 'used'
  | 'room'
  | 'limit'
  | 'gone'
  | 'draining'
  | 'internal';

/** What became of a handshake; for metrics and the audit. */
export interface HandshakeOutcome {
  /** Undefined: accepted. */
  readonly cause: RefusalCause | undefined;
  /** The HTTP status that it was answered with. */
  readonly status: number;
  /** Who connects, and the room's id, as far as the token could be read. */
  readonly userId: string | undefined;
  readonly roomId: string | undefined;
  /** The client's address. */
  readonly address: string;
  readonly elapsedMs: number;
}

/** What the messaging side tells about itself. Calls are cheap and never throw. */
export interface ChatObserver {
  requested(action: ChatAction): void;
  delivered(action: ChatAction, connections: number): void;
  handshake(outcome: HandshakeOutcome): void;
  answeredError(code: number): void;
}
