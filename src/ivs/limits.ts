/** The quotas of IVS Chat (spec/ivs-chat 4), and those of them that hold here. */
import type { Operations } from '../aws/operation.ts';
import { TokenBucket } from '../engine/limits.ts';
import type { Clock } from '../engine/ports.ts';
import type { SocketLimits } from './ports.ts';

/** `default`: what AWS has, but no rate of a whole account. `aws`: all that AWS has. `off`: no rate at all. */
export type LimitsMode = 'default' | 'aws' | 'off';

export interface Quota {
  /** As AWS has it. */
  readonly value: number;
  readonly unit: string;
  /** What is counted together. */
  readonly scope: 'account' | 'server' | 'room' | 'user' | 'connection' | 'request';
  /** Only rates can be lifted. */
  readonly kind: 'rate' | 'amount' | 'size';
  readonly source: string;
}

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
} as const satisfies Readonly<Record<string, Quota>>;

/** The rate of an API operation's calls, for example `create-room-calls-per-second`. */
type CallLimitName = `${string}-calls-per-second`;
export type LimitName = keyof typeof QUOTAS | CallLimitName;

/** A row of the table that `doctor` prints. */
export interface Limit extends Quota {
  readonly name: string;
  /** What holds here; Infinity: nothing. */
  readonly effective: number;
}

export interface Limits {
  readonly table: readonly Limit[];
  /** What holds; Infinity: nothing. */
  get(name: LimitName): number;
  /** Whether `take` would grant a token. */
  ready(name: LimitName): boolean;
  /** Takes a token of an account's rate. False: it is used up. */
  take(name: LimitName): boolean;
}

export interface LimitsOptions {
  readonly mode: LimitsMode;
  /** By name; Infinity lifts a rate. */
  readonly overrides: ReadonlyMap<string, number>;
  /** Whose `rate` is a limit of its own. */
  readonly operations: Operations<never>;
  /** Those of other services. */
  readonly others?: Readonly<Record<string, Quota>>;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** @throws RangeError with one line for a person when an override names no limit or lifts what is no rate. */
export function createLimits({ mode, overrides, operations, others, clock }: LimitsOptions): Limits {
  const quotas = new Map<string, Quota>(Object.entries({ ...QUOTAS, ...callQuotas(operations), ...others }));
  for (const [name, value] of overrides) {
    const quota = quotas.get(name);
    if (!quota) throw new RangeError(`There is no limit ${name}: "parlor doctor" lists all limits.`);
    if (quota.kind !== 'rate' && value === Number.POSITIVE_INFINITY) {
      throw new RangeError(`The limit ${name} must be a number: only rates can be switched off.`);
    }
  }
  const table = [...quotas].map(([name, quota]): Limit => {
    const lifted = quota.kind === 'rate' && (mode === 'off' || (mode === 'default' && quota.scope === 'account'));
    const effective = overrides.get(name) ?? (lifted ? Number.POSITIVE_INFINITY : quota.value);
    return { name, ...quota, effective };
  });
  const effective = new Map(table.map((limit) => [limit.name, limit.effective]));
  const buckets = new Map(table.map((limit) => [limit.name, new TokenBucket(limit.effective, clock)]));
  return {
    table,
    get: (name) => effective.get(name) ?? Number.POSITIVE_INFINITY,
    ready: (name) => buckets.get(name)?.ready ?? true,
    take: (name) => buckets.get(name)?.take() ?? true,
  };
}

export function callLimit(operation: string): CallLimitName {
  return `${operation.replace(/(?<=.)[A-Z]/g, '-$&').toLowerCase()}-calls-per-second`;
}

function callQuotas(operations: Operations<never>): Record<string, Quota> {
  return Object.fromEntries(
    Object.entries(operations).flatMap(([name, { rate }]) =>
      rate === undefined
        ? []
        : [[callLimit(name), { value: rate, unit: 'calls/s', scope: 'account', kind: 'rate', source: QUOTAS_PAGE }]],
    ),
  );
}

/** Room buckets are looked through for full ones when there are more than this, and then twice as many as remained. */
const ROOM_BUCKETS = 1024;

/** The limits as the messaging socket takes them. */
export function createSocketLimits(limits: Limits, clock: Pick<Clock, 'monotonic'>): SocketLimits {
  const ofRoom = new Map<string, TokenBucket>();
  let enough = ROOM_BUCKETS;

  function roomBucket(roomId: string): TokenBucket {
    const known = ofRoom.get(roomId);
    if (known) return known;
    if (ofRoom.size >= enough) {
      for (const [id, bucket] of ofRoom) if (bucket.full) ofRoom.delete(id);
      enough = Math.max(ROOM_BUCKETS, 2 * ofRoom.size);
    }
    const bucket = new TokenBucket(0, clock);
    ofRoom.set(roomId, bucket);
    return bucket;
  }

  const perConnection = limits.get('requests-per-connection-per-second');
  const perRoom = limits.get('messages-per-room-per-second');
  return {
    frameBytes: limits.get('frame-bytes'),
    messageAttributesBytes: limits.get('message-attributes-bytes'),
    connection: () => new TokenBucket(perConnection, clock),
    sendMessage(roomId, roomRate) {
      // What the account's rate refuses must not use up the room's.
      if (!limits.ready('messages-per-second')) return false;
      if (perRoom !== Number.POSITIVE_INFINITY) {
        const bucket = roomBucket(roomId);
        // The room's own rate may have been changed since.
        bucket.rate = Math.min(roomRate, perRoom);
        if (!bucket.take()) return false;
      }
      return limits.take('messages-per-second');
    },
    deleteMessage: () => limits.take('delete-message-requests-per-second'),
    disconnectUser: () => limits.take('disconnect-user-requests-per-second'),
  };
}
