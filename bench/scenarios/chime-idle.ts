/** Sessions of `/connect` that only stay: their memory, and what of it is the channels'. */
import { join } from 'node:path';
import { drive } from '../drive.ts';
import type { Sample } from '../driver/job.ts';
import type { Layout } from '../layout.ts';
import type { Scenario, Settings, Variant } from '../scenario.ts';
import { CHANNELS, type Contender, MESSAGING, MESSAGING_TLS, probed, startServer } from '../server.ts';
import { makeVenue } from '../venue.ts';

const SESSIONS = 4_000;
const QUICK_SESSIONS = 1_000;
const SESSIONS_PER_SECOND = 500;
/** Of each channel, all of them connected. */
const MEMBERS = 50;
const CHANNELS_PER_USER = 50;
const TIMEOUT_MS = 90_000;
const MOST_BYTES_PER_SUBSCRIPTION = 100;

/** @param channelsPerUser at least 1 */
async function measureSessions(settings: Settings, contender: Contender, channelsPerUser: number): Promise<Sample> {
  const { launcher, quick } = settings;
  const connections = quick ? QUICK_SESSIONS : SESSIONS;
  const layout: Layout = { users: connections, channels: (connections * channelsPerUser) / MEMBERS, channelsPerUser };
  const { directory, appInstanceArn: room, credentials } = await makeVenue(contender, launcher, layout);
  const probeFile = join(launcher.temporaryDirectory(), 'heap');
  await using server = await startServer(launcher, probed(contender.command(directory), 'heap', probeFile));
  const { port, tlsPort, pid: serverPid } = server;
  const target = { port, tlsPort, serverPid, door: contender.door, credentials, room, probeFile };
  const [restMs, waitMs] = quick ? [1_000, 3_000] : [3_000, 10_000];
  const pace = { connections, connectionsPerSecond: SESSIONS_PER_SECOND, restMs, waitMs };
  return await drive(launcher, { kind: 'idle', ...target, ...pace }, TIMEOUT_MS);
}

/**
 * Two servers one after another: by how much more is alive in the heap for sessions of many channels than for those of
 * one, the subscriptions need.
 */
function variant(contender: Contender): Variant {
  return {
    name: contender.name,
    async measure(settings) {
      const few = await measureSessions(settings, contender, 1);
      const many = await measureSessions(settings, contender, CHANNELS_PER_USER);
      const subscriptions = (settings.quick ? QUICK_SESSIONS : SESSIONS) * (CHANNELS_PER_USER - 1);
      return {
        ...many,
        bytesOfOneChannel: few['bytesPerConnection'] ?? Number.NaN,
        bytesPerSubscription: ((many['heapBytes'] ?? Number.NaN) - (few['heapBytes'] ?? Number.NaN)) / subscriptions,
      };
    },
  };
}

const scenario: Pick<Scenario, 'rounds' | 'metrics' | 'targets'> = {
  rounds: 3,
  metrics: [
    { key: 'bytesPerConnection', label: 'bytes a session', digits: 0 },
    { key: 'bytesOfOneChannel', label: 'of 1 channel', digits: 0 },
    { key: 'bytesPerSubscription', label: 'bytes a subscription', digits: 1 },
    { key: 'emptyMegabytes', label: 'MB before', digits: 1 },
    { key: 'fullMegabytes', label: 'MB after', digits: 1 },
    { key: 'openedPerSecond', label: 'opened/s', digits: 0 },
  ],
  targets: [{ metric: 'bytesPerSubscription', is: 'at most', value: MOST_BYTES_PER_SUBSCRIPTION }],
};

export const chimeIdle: Scenario = {
  name: 'chime-idle',
  title: '4,000 idle sessions of /connect with 50 channels each, resident memory 10 s after the last',
  ...scenario,
  variants: [MESSAGING, CHANNELS].map(variant),
};

export const chimeIdleTls: Scenario = {
  name: 'chime-idle-tls',
  title: '4,000 idle sessions of /connect over TLS with 50 channels each, resident memory 10 s after the last',
  ...scenario,
  variants: [MESSAGING_TLS].map(variant),
};
