/** SendChannelMessage end to end: signature, policy, role, disk, and the sockets of the members. */
import { join } from 'node:path';
import { drive } from '../drive.ts';
import type { ChannelMessagesJob } from '../driver/job.ts';
import type { Layout } from '../layout.ts';
import { LOAD_METRICS, type Metric, type Scenario, type Variant } from '../scenario.ts';
import { CHANNELS, type Contender, MESSAGING, PARLOR, probed, startServer } from '../server.ts';
import { makeVenue } from '../venue.ts';
import { roomVariant } from './messages.ts';

const TIMEOUT_MS = 90_000;
const ROUNDS = 5;
const IN_FLIGHT = 64;
const MEMBERS = 10;
const BIG_CHANNEL: Layout = { users: 10_000, channels: 1, channelsPerUser: 1 };
const BIG_CHANNEL_CONNECTED = 2000;

const DELIVERIES: Metric = { key: 'deliveriesPerSecond', label: 'deliveries/s', digits: 0 };
const MESSAGES: Metric = { key: 'messagesPerSecond', label: 'messages/s', digits: 0 };
const PROCESSOR: Metric = { key: 'processorMicroseconds', label: 'processor µs a message', digits: 0 };
const TIMES: readonly Metric[] = [
  { key: 'p50Ms', label: 'p50 ms', digits: 2 },
  { key: 'p99Ms', label: 'p99 ms', digits: 2 },
];
const REST: readonly Metric[] = [
  { key: 'longestGapMs', label: 'longest gap ms', digits: 1 },
  { key: 'frameBytes', label: 'bytes a frame', digits: 0 },
  ...LOAD_METRICS,
];

type Load = Pick<
  ChannelMessagesJob,
  'connected' | 'inFlight' | 'until' | 'sampleEvery' | 'warmUpMessages' | 'measuredMessages'
>;

function variant(contender: Contender, layout: Layout, load: Load): Variant {
  return {
    name: contender.name,
    async measure({ launcher, quick }) {
      const { directory, appInstanceArn, credentials } = await makeVenue(contender, launcher, layout);
      const probeFile = join(launcher.temporaryDirectory(), 'gap');
      await using server = await startServer(launcher, probed(contender.command(directory), 'loop', probeFile));
      const { port, pid: serverPid } = server;
      const { door } = contender;
      const target = { port, serverPid, door, credentials, appInstanceArn, channels: layout.channels, probeFile };
      const job = { kind: 'channel-messages', ...target, ...load } as const;
      if (!quick) return await drive(launcher, job, TIMEOUT_MS);
      const [warmUpMessages, measuredMessages] = [job.warmUpMessages / 5, job.measuredMessages / 5];
      return await drive(launcher, { ...job, warmUpMessages, measuredMessages }, TIMEOUT_MS);
    },
  };
}

function sending(name: string, title: string, channels: number): Scenario {
  const layout = { users: channels * MEMBERS, channels, channelsPerUser: 1 };
  const load: Load = {
    connected: layout.users,
    inFlight: IN_FLIGHT,
    until: 'answered',
    sampleEvery: 1,
    warmUpMessages: 5_000,
    measuredMessages: 15_000,
  };
  return {
    name,
    title,
    rounds: ROUNDS,
    metrics: [MESSAGES, ...TIMES, PROCESSOR, ...REST],
    variants: [variant(MESSAGING, layout, load), variant(CHANNELS, layout, load)],
    targets: [{ metric: MESSAGES.key, is: 'at least', value: 0.4, timesMedianOf: CHANNELS.name }],
  };
}

export const chimeSend = sending('chime-send', 'SendChannelMessage to 10 members of one channel, 64 in flight', 1);

export const chimeSendMany = sending(
  'chime-send-64',
  'SendChannelMessage to 10 members of each of 64 channels, 64 in flight',
  64,
);

const ROOM = 'Parlor, a room of IVS Chat';

export const chimeBigChannel: Scenario = {
  name: 'chime-channel-10000',
  title: 'A channel of 10,000 members, 2,000 of them connected, one message in flight',
  rounds: ROUNDS,
  metrics: [DELIVERIES, ...TIMES, ...REST],
  variants: [
    variant(MESSAGING, BIG_CHANNEL, {
      connected: BIG_CHANNEL_CONNECTED,
      inFlight: 1,
      until: 'heard',
      sampleEvery: 17,
      warmUpMessages: 150,
      measuredMessages: 500,
    }),
    {
      ...roomVariant(PARLOR, { rooms: 1, listeners: BIG_CHANNEL_CONNECTED - 1, senders: 1, window: 1 }),
      name: ROOM,
    },
  ],
  targets: [{ metric: DELIVERIES.key, is: 'at least', value: 0.8, timesMedianOf: ROOM }],
};
