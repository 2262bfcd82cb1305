/** CreateChatToken over HTTP with SigV4. */
import { drive } from '../drive.ts';
import { tokenRequest } from '../driver/door.ts';
import type { Launcher } from '../launcher.ts';
import { createRooms, tokenLength } from '../rooms.ts';
import { LOAD_METRICS, type Scenario, type Variant } from '../scenario.ts';
import { type Contender, CREDENTIALS, PARLOR, startServer, tokenControl } from '../server.ts';

const CONTROL = 'node:http';
const IN_FLIGHT = 32;
const TIMEOUT_MS = 90_000;

async function answeringLikeParlor(launcher: Launcher): Promise<Contender> {
  await using server = await startServer(launcher, PARLOR.command(launcher.temporaryDirectory()));
  const [room = ''] = await createRooms(PARLOR, server, 1);
  return tokenControl(await tokenLength(server, tokenRequest(room, 'viewer-12345')));
}

function variant(name: string, choose: (launcher: Launcher) => Promise<Contender>): Variant {
  return {
    name,
    async measure({ launcher, quick }) {
      const contender = await choose(launcher);
      await using server = await startServer(launcher, contender.command(launcher.temporaryDirectory()));
      const [room = ''] = await createRooms(contender, server, 1);
      const { port, pid } = server;
      const [warmUpRequests, measuredRequests] = quick ? [2_000, 5_000] : [10_000, 40_000];
      const target = { port, serverPid: pid, door: contender.door, credentials: CREDENTIALS };
      const load = { room, inFlight: IN_FLIGHT, warmUpRequests, measuredRequests };
      return await drive(launcher, { kind: 'tokens', ...target, ...load }, TIMEOUT_MS);
    },
  };
}

export const tokens: Scenario = {
  name: 'tokens',
  title: 'CreateChatToken over HTTP with SigV4, 32 in flight on keep-alive connections',
  rounds: 5,
  metrics: [
    { key: 'tokensPerSecond', label: 'tokens/s', digits: 0 },
    { key: 'p50Ms', label: 'p50 ms', digits: 2 },
    { key: 'p99Ms', label: 'p99 ms', digits: 2 },
    { key: 'bodyBytes', label: 'bytes an answer', digits: 0 },
    ...LOAD_METRICS,
  ],
  variants: [variant(PARLOR.name, async () => PARLOR), variant(CONTROL, answeringLikeParlor)],
  targets: [{ metric: 'tokensPerSecond', is: 'at least', value: 0.4, timesMedianOf: CONTROL }],
};
