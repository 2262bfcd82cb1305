/** Connections that only stay: their memory, and the rate at which they come in. */
import { drive } from '../drive.ts';
import { createRooms } from '../rooms.ts';
import type { Scenario, Settings, Variant } from '../scenario.ts';
import { type Contender, CREDENTIALS, PARLOR, PARLOR_TLS, startServer, WS_SEND, WS_SEND_TLS } from '../server.ts';

const CONNECTIONS = 10_000;
const QUICK_CONNECTIONS = 1_000;
const CONNECTIONS_PER_SECOND = 500;
const TIMEOUT_MS = 120_000;
/** 14 KB, a KB taken as 1,000 bytes. */
const MOST_BYTES = 14_000;

async function begin({ launcher, quick }: Settings, contender: Contender) {
  const server = await startServer(launcher, contender.command(launcher.temporaryDirectory()));
  const [room = ''] = await createRooms(contender, server, 1);
  const connections = quick ? QUICK_CONNECTIONS : CONNECTIONS;
  const { port, tlsPort, pid } = server;
  return {
    server,
    job: { port, tlsPort, serverPid: pid, door: contender.door, credentials: CREDENTIALS, room, connections },
  };
}

function staying(contender: Contender): Variant {
  return {
    name: contender.name,
    async measure(settings) {
      const { server, job } = await begin(settings, contender);
      await using _ = server;
      const [restMs, waitMs] = settings.quick ? [1_000, 3_000] : [10_000, 30_000];
      const pace = { connectionsPerSecond: CONNECTIONS_PER_SECOND, restMs, waitMs };
      return await drive(settings.launcher, { kind: 'idle', ...job, ...pace }, TIMEOUT_MS);
    },
  };
}

function coming(contender: Contender): Variant {
  return {
    name: contender.name,
    async measure(settings) {
      const { server, job } = await begin(settings, contender);
      await using _ = server;
      return await drive(settings.launcher, { kind: 'open', ...job }, TIMEOUT_MS);
    },
  };
}

const resident: Pick<Scenario, 'rounds' | 'metrics'> = {
  rounds: 3,
  metrics: [
    { key: 'bytesPerConnection', label: 'bytes a connection', digits: 0 },
    { key: 'emptyMegabytes', label: 'MB before', digits: 1 },
    { key: 'fullMegabytes', label: 'MB after', digits: 1 },
    { key: 'emptyFileMegabytes', label: 'file MB before', digits: 1 },
    { key: 'fullFileMegabytes', label: 'file MB after', digits: 1 },
    { key: 'openedPerSecond', label: 'opened/s', digits: 0 },
  ],
};

export const idle: Scenario = {
  name: 'idle',
  title: '10,000 idle connections opened at 500/s, resident memory 30 s after the last',
  ...resident,
  variants: [PARLOR, WS_SEND].map(staying),
  targets: [{ metric: 'bytesPerConnection', is: 'at most', value: MOST_BYTES }],
};

export const idleTls: Scenario = {
  name: 'idle-tls',
  title: '10,000 idle connections over TLS opened at 500/s, resident memory 30 s after the last',
  ...resident,
  variants: [PARLOR_TLS, WS_SEND_TLS].map(staying),
  targets: [],
};

export const open: Scenario = {
  name: 'open',
  title: '10,000 connections as fast as they come in: all tokens made first, then all connections opened',
  rounds: 3,
  metrics: [
    { key: 'openedPerSecond', label: 'opened/s', digits: 0 },
    { key: 'mintedPerSecond', label: 'tokens made/s', digits: 0 },
  ],
  variants: [PARLOR, WS_SEND].map(coming),
  targets: [],
};
