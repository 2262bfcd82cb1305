import type { Hub } from '../engine/hub.ts';
import type { Ids } from '../engine/ids.ts';
import type { Clock } from '../engine/ports.ts';
import { type Attributes, eventFrame, messageFrame, sendTime } from './frames.ts';
import type { Broadcast, ChatObserver } from './ports.ts';

/** The hub's topic of a room. */
export function roomTopic(roomId: string): string {
  return `ivs/room/${roomId}`;
}

export interface BroadcastOptions {
  readonly hub: Hub;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly observer: ChatObserver;
}

/** Sends what a whole room receives, the requester included, whichever of the two APIs asked for it. */
export function createBroadcast({ hub, clock, ids, observer }: BroadcastOptions): Broadcast {
  function event(
    room: string,
    action: Parameters<ChatObserver['delivered']>[0],
    content: { eventName: string; attributes: Attributes | undefined; requestId: string },
    kicked?: string,
  ): string {
    const id = ids.short();
    const topic = roomTopic(room);
    const frame = eventFrame({ id, ...content, sendTime: sendTime(clock.timestamp()) });
    observer.delivered(action, hub.audience(topic));
    hub.publish(
      kicked === undefined
        ? { topic, frame }
        : // A clean close is what makes the clients stay away (spec/ivs-chat 1.5, 2.5).
          { topic, frame, effect: { kind: 'end', subject: kicked, code: 1000, reason: 'Disconnected from the room.' } },
    );
    return id;
  }

  return {
    message(room, message) {
      const topic = roomTopic(room);
      observer.delivered('SEND_MESSAGE', hub.audience(topic));
      hub.publish({ topic, frame: messageFrame({ ...message, sendTime: sendTime(clock.timestamp()) }) });
    },
    congested: (room) => hub.congested(roomTopic(room)),
    event(room, eventName, attributes) {
      return event(room, 'SEND_EVENT', { eventName, attributes, requestId: '' });
    },
    deleteMessage(room, messageId, reason = '', requestId) {
      // Both spellings: the JS client reads only the deprecated one, others only the new one (spec/ivs-chat 2.7).
      const attributes = { MessageID: messageId, MessageId: messageId, Reason: reason };
      return event(room, 'DELETE_MESSAGE', { eventName: 'aws:DELETE_MESSAGE', attributes, requestId });
    },
    disconnectUser(room, userId, reason = '', requestId) {
      const attributes = { Reason: reason, UserId: userId };
      return event(room, 'DISCONNECT_USER', { eventName: 'aws:DISCONNECT_USER', attributes, requestId }, userId);
    },
  };
}
