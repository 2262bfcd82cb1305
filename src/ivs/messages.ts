/** What the API sends to a room's connections (spec/ivs-chat 2.5, 2.7, 3.4). */
import { optional, string, structure } from '../aws/shape.ts';
import { Attributes, checkSize } from './attributes.ts';
import { ResourceNotFound, Throttling } from './errors.ts';
import { RoomIdentifier } from './identifiers.ts';
import type { IvsLimits } from './limits.ts';
import { operation } from './operation.ts';
import { requireRoom } from './room-facts.ts';

const Id = string({ min: 12, max: 12, pattern: /[a-zA-Z0-9]+/ });
const Reason = string({ min: 1, max: 256 });

/** Connected clients tell socket requests by their RequestId; what the API sends has none. */
const NO_REQUEST_ID = '';

export const messages = {
  SendEvent: operation({
    http: 'POST /SendEvent 200',
    action: 'ivschat:SendEvent',
    rate: 100,
    resource: ({ input }) => input.roomIdentifier,
    input: structure({
      roomIdentifier: RoomIdentifier,
      eventName: string({ min: 1, max: 100 }),
      attributes: optional(Attributes),
    }),
    output: structure({ id: Id }),
    errors: [Throttling, ResourceNotFound],
    async handle({ input, scope, limits, rooms, broadcast }) {
      const { eventName, attributes } = input;
      if (attributes) checkSize(attributes, limits.get('event-attributes-bytes'));
      const room = await requireRoom(rooms, scope, input.roomIdentifier);
      return { id: broadcast.event(room.id, eventName, attributes) };
    },
  }),

  DeleteMessage: operation({
    http: 'POST /DeleteMessage 200',
    action: 'ivschat:DeleteMessage',
    rate: 100,
    resource: ({ input }) => input.roomIdentifier,
    input: structure({ roomIdentifier: RoomIdentifier, id: Id, reason: optional(Reason) }),
    output: structure({ id: Id }),
    errors: [Throttling, ResourceNotFound],
    async handle({ input, scope, limits, rooms, broadcast }) {
      const room = await requireRoom(rooms, scope, input.roomIdentifier);
      takeOrThrottle(limits, 'delete-message-requests-per-second', room.id);
      return { id: broadcast.deleteMessage(room.id, input.id, input.reason, NO_REQUEST_ID) };
    },
  }),

  DisconnectUser: operation({
    http: 'POST /DisconnectUser 200',
    action: 'ivschat:DisconnectUser',
    rate: 100,
    resource: ({ input }) => input.roomIdentifier,
    input: structure({
      roomIdentifier: RoomIdentifier,
      userId: string({ min: 1, max: 128 }),
      reason: optional(Reason),
    }),
    output: structure({}),
    errors: [Throttling, ResourceNotFound],
    async handle({ input, scope, limits, rooms, broadcast }) {
      const room = await requireRoom(rooms, scope, input.roomIdentifier);
      takeOrThrottle(limits, 'disconnect-user-requests-per-second', room.id);
      broadcast.disconnectUser(room.id, input.userId, input.reason, NO_REQUEST_ID);
      return {};
    },
  }),
};

function takeOrThrottle(limits: IvsLimits, name: Parameters<IvsLimits['take']>[0], resourceId: string): void {
  if (limits.take(name)) return;
  const limit = limits.get(name);
  throw Throttling({ message: `Rate exceeded: ${limit} requests a second.`, resourceId, resourceType: 'ROOM', limit });
}
