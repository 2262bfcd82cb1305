/** The quotas of IVS Chat (spec/ivs-chat 4). */
import type { Operations } from '../aws/operation.ts';
import { TokenBucket, TokenBuckets } from '../engine/limits.ts';
import type { Clock } from '../engine/ports.ts';
import type { Limits, Quotas } from '../engine/quotas.ts';
import type { SocketLimits } from './ports.ts';

const QUOTAS_PAGE = 'IVS Chat user guide, service quotas';
const UNDOCUMENTED = 'Parlor: AWS documents none';
const ATTRIBUTES = 'bytes of UTF-8 in keys and values';
const API_AND_SOCKET = 'requests/s, API and WebSocket together';

/** By name, as in `--limit name=value`. The rates of API calls stand with their operations. */
const QUOTAS = {
  rooms: { value: 50_000, unit: 'rooms', scope: 'account', kind: 'amount', source: QUOTAS_PAGE },
  'logging-configurations': {
    value: 10,
    unit: 'logging configurations',
    scope: 'account',
    kind: 'amount',
    source: QUOTAS_PAGE,
  },
  connections: { value: 50_000, unit: 'connections', scope: 'account', kind: 'amount', source: QUOTAS_PAGE },
  'requests-per-connection-per-second': {
    value: 10,
    unit: 'requests/s',
    scope: 'connection',
    kind: 'rate',
    source: QUOTAS_PAGE,
  },
  'messages-per-room-per-second': {
    value: 100,
    unit: 'messages/s, above any maximumMessageRatePerSecond',
    scope: 'room',
    kind: 'rate',
    source: QUOTAS_PAGE,
  },
  'messages-per-second': { value: 1000, unit: 'messages/s', scope: 'account', kind: 'rate', source: QUOTAS_PAGE },
  'delete-message-requests-per-second': {
    value: 100,
    unit: API_AND_SOCKET,
    scope: 'account',
    kind: 'rate',
    source: QUOTAS_PAGE,
  },
  'disconnect-user-requests-per-second': {
    value: 100,
    unit: API_AND_SOCKET,
    scope: 'account',
    kind: 'rate',
    source: QUOTAS_PAGE,
  },
  'handshakes-per-second': { value: 1000, unit: 'handshakes/s', scope: 'server', kind: 'rate', source: UNDOCUMENTED },
  'handshakes-per-user-per-second': {
    value: 10,
    unit: 'handshakes/s of a user to a room',
    scope: 'user',
    kind: 'rate',
    source: UNDOCUMENTED,
  },
  'waiting-handshakes': { value: 10_000, unit: 'handshakes', scope: 'server', kind: 'amount', source: UNDOCUMENTED },
  'token-attributes-bytes': {
    value: 1024,
    unit: ATTRIBUTES,
    scope: 'request',
    kind: 'size',
    source: 'API reference, CreateChatToken',
  },
  'event-attributes-bytes': {
    value: 4096,
    unit: ATTRIBUTES,
    scope: 'request',
    kind: 'size',
    source: 'API reference, SendEvent',
  },
  'message-attributes-bytes': { value: 1024, unit: ATTRIBUTES, scope: 'request', kind: 'size', source: UNDOCUMENTED },
  'frame-bytes': {
    value: 16_384,
    unit: 'bytes of an inbound frame',
    scope: 'request',
    kind: 'size',
    source: UNDOCUMENTED,
  },
} as const satisfies Quotas;

/** The rate of an API operation's calls, for example `create-room-calls-per-second`. */
type CallLimitName = `${string}-calls-per-second`;
export type IvsLimits = Limits<keyof typeof QUOTAS | CallLimitName>;

export function callLimit(operation: string): CallLimitName {
  return `${operation.replace(/(?<=.)[A-Z]/g, '-$&').toLowerCase()}-calls-per-second`;
}

/** All quotas, those of the operations' calls included. @param operations whose `rate` is a quota of its own */
export function ivsQuotas(operations: Operations<never>): Quotas {
  const calls = Object.entries(operations).flatMap(([name, { rate }]) =>
    rate === undefined
      ? []
      : [[callLimit(name), { value: rate, unit: 'calls/s', scope: 'account', kind: 'rate', source: QUOTAS_PAGE }]],
  );
  return { ...QUOTAS, ...Object.fromEntries(calls) };
}

/** The limits as the messaging socket takes them. */
export function createSocketLimits(limits: IvsLimits, clock: Pick<Clock, 'monotonic'>): SocketLimits {
  const ofRoom = new TokenBuckets(clock);
  const perConnection = limits.get('requests-per-connection-per-second');
  const perRoom = limits.get('messages-per-room-per-second');
  return {
    frameBytes: limits.get('frame-bytes'),
    messageAttributesBytes: limits.get('message-attributes-bytes'),
    connection: () => new TokenBucket(perConnection, clock),
    sendMessage(roomId, roomRate) {
      // What the account's rate refuses must not use up the room's.
      if (!limits.ready('messages-per-second')) return false;
      const rate = perRoom === Number.POSITIVE_INFINITY ? perRoom : Math.min(roomRate, perRoom);
      return ofRoom.take(roomId, rate) && limits.take('messages-per-second');
    },
    deleteMessage: () => limits.take('delete-message-requests-per-second'),
    disconnectUser: () => limits.take('disconnect-user-requests-per-second'),
  };
}
