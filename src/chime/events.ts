/** What clients receive: text frames, each an event with its payload as JSON within JSON (spec/chime-messaging 1). */
import { textFrame } from '../engine/frame.ts';
import type { Subject } from '../engine/ports.ts';

/** The events of table 1.2. */
export type EventType =
  | 'SESSION_ESTABLISHED'
  | 'CHANNEL_DETAILS'
  | 'CREATE_CHANNEL_MESSAGE'
  | 'UPDATE_CHANNEL_MESSAGE'
  | 'REDACT_CHANNEL_MESSAGE'
  | 'DELETE_CHANNEL_MESSAGE'
  | 'UPDATE_CHANNEL'
  | 'DELETE_CHANNEL'
  | 'CREATE_CHANNEL_MEMBERSHIP'
  | 'BATCH_CREATE_CHANNEL_MEMBERSHIP'
  | 'DELETE_CHANNEL_MEMBERSHIP';

/** `STANDARD` and `CONTROL` for events about messages of that type, `SYSTEM` for all others (1.1). */
export type MessageType = 'STANDARD' | 'CONTROL' | 'SYSTEM';

/** A finished frame. @param payload in the form of the socket: times as ISO text; undefined: it has none */
export function eventFrame(type: EventType, messageType: MessageType, payload?: object): Buffer {
  return textFrame(
    JSON.stringify({
      Headers: { 'x-amz-chime-event-type': type, 'x-amz-chime-message-type': messageType },
      Payload: payload === undefined ? '' : JSON.stringify(payload),
    }),
  );
}

/** The first event: from now on nothing is missed while the socket stays open (1.3, 1.5). */
export const SESSION_ESTABLISHED = eventFrame('SESSION_ESTABLISHED', 'SYSTEM');

/** The hub's topic of a channel: its members' sessions. */
export function channelTopic(channelPk: number): string {
  return `chime/channel/${channelPk}`;
}

/** The hub's topic of a user: its own sessions. */
export function userTopic(identityPk: number): string {
  return `chime/user/${identityPk}`;
}

/** Whom a session is of, to the hub. */
export function subjectOf(identityPk: number): Subject {
  return String(identityPk);
}
