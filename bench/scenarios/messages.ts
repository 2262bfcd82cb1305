/** Messages in a closed loop: one big room, and many small ones. */
import { drive } from '../drive.ts';
import { createRooms } from '../rooms.ts';
import { LOAD_METRICS, type Metric, type Scenario, type Target, type Variant } from '../scenario.ts';
import {
  type Contender,
  CREDENTIALS,
  PARLOR,
  PARLOR_TLS,
  SOCKET_IO,
  startServer,
  WS_SEND,
  WS_SHARED,
  WS_SHARED_TLS,
} from '../server.ts';

interface Shape {
  readonly rooms: number;
  readonly listeners: number;
  readonly senders: number;
  readonly window: number;
}

const METRICS: readonly [Metric, ...Metric[]] = [
  { key: 'deliveriesPerSecond', label: 'deliveries/s', digits: 0 },
  { key: 'p50Ms', label: 'p50 ms', digits: 2 },
  { key: 'p99Ms', label: 'p99 ms', digits: 2 },
  { key: 'p999Ms', label: 'p99.9 ms', digits: 2 },
  { key: 'frameBytes', label: 'bytes a frame', digits: 0 },
  ...LOAD_METRICS,
];
const TIMEOUT_MS = 60_000;

/** The closed loop in rooms. */
export function roomVariant(contender: Contender, shape: Shape): Variant {
  return {
    name: contender.name,
    async measure({ launcher, quick }) {
      await using server = await startServer(launcher, contender.command(launcher.temporaryDirectory()));
      const rooms = await createRooms(contender, server, shape.rooms);
      const { door } = contender;
      const { port, tlsPort, pid } = server;
      const { listeners, senders, window } = shape;
      const [warmUpMs, measureMs] = quick ? [500, 1500] : [2000, 5000];
      const target = { port, tlsPort, serverPid: pid, door, credentials: CREDENTIALS };
      const job = { kind: 'messages', ...target, rooms, listeners, senders, window, warmUpMs, measureMs } as const;
      return await drive(launcher, job, TIMEOUT_MS);
    },
  };
}

function scenario(
  name: string,
  title: string,
  shape: Shape,
  targets: readonly Target[],
  contenders: readonly Contender[] = [PARLOR, WS_SHARED, WS_SEND, SOCKET_IO],
): Scenario {
  const variants = contenders.map((contender) => roomVariant(contender, shape));
  return { name, title, rounds: 5, metrics: METRICS, variants, targets };
}

const rate = (value: number, timesMedianOf: string): Target => ({
  metric: 'deliveriesPerSecond',
  is: 'at least',
  value,
  timesMedianOf,
});
const p99NotAbove = (timesMedianOf: string): Target => ({ metric: 'p99Ms', is: 'at most', value: 1, timesMedianOf });

export const fanOutOne = scenario(
  'fanout-1',
  'One room, 1,000 receivers, one message in flight',
  { rooms: 1, listeners: 1000, senders: 1, window: 1 },
  [rate(1.5, SOCKET_IO.name), rate(0.8, WS_SHARED.name), p99NotAbove(SOCKET_IO.name)],
);

export const fanOutOneTls = scenario(
  'fanout-1-tls',
  'One room, 1,000 receivers, one message in flight, over TLS',
  { rooms: 1, listeners: 1000, senders: 1, window: 1 },
  [rate(0.8, WS_SHARED_TLS.name)],
  [PARLOR_TLS, WS_SHARED_TLS],
);

const SIXTEEN_TARGETS = [rate(8, SOCKET_IO.name), rate(0.8, WS_SHARED.name), p99NotAbove(SOCKET_IO.name)];

export const fanOutSixteen = scenario(
  'fanout-16',
  'One room, 1,000 receivers, 16 messages of one sender in flight',
  { rooms: 1, listeners: 1000, senders: 1, window: 16 },
  SIXTEEN_TARGETS,
);

export const fanOutSixteenSenders = scenario(
  'fanout-16-senders',
  'One room, 1,000 receivers, 16 senders with one message in flight each',
  { rooms: 1, listeners: 1000, senders: 16, window: 1 },
  SIXTEEN_TARGETS,
);

export const smallRooms = scenario(
  'rooms-200',
  '200 rooms of 5, each of the 1,000 with one message in flight',
  { rooms: 200, listeners: 0, senders: 5, window: 1 },
  [rate(1.5, SOCKET_IO.name)],
);
