/** What the load driver itself can take in: no server under test may come near it unnoticed. */
import { drive } from '../drive.ts';
import { LOAD_METRICS, type Scenario, type Variant } from '../scenario.ts';
import { type Contender, CREDENTIALS, FLOOD_1, FLOOD_16, startServer } from '../server.ts';

const TIMEOUT_MS = 60_000;

function variant(contender: Contender): Variant {
  return {
    name: contender.name,
    async measure({ launcher, quick }) {
      await using server = await startServer(launcher, contender.command(''));
      const { port, pid } = server;
      const target = { port, serverPid: pid, door: contender.door, credentials: CREDENTIALS };
      const load = { room: 'flood', connections: 1000, warmUpMs: 1500, measureMs: quick ? 1500 : 5000 };
      return await drive(launcher, { kind: 'listen', ...target, ...load }, TIMEOUT_MS);
    },
  };
}

export const ceiling: Scenario = {
  name: 'driver',
  title: "The load driver's own ceiling: 1,000 connections flooded with ready-made frames",
  rounds: 3,
  metrics: [{ key: 'framesPerSecond', label: 'frames/s', digits: 0 }, ...LOAD_METRICS],
  variants: [FLOOD_16, FLOOD_1].map(variant),
  targets: [],
};
