/** From the start of the process to its first HTTP answer. */
import type { Sample } from '../driver/job.ts';
import type { Scenario, Variant } from '../scenario.ts';
import { BARE_HTTP, type Contender, PARLOR, type RunningServer, startServer } from '../server.ts';

const ANSWER_TIMEOUT_MS = 10_000;
const MOST_MS = 400;

async function firstAnswer(server: RunningServer): Promise<number> {
  const url = `http://127.0.0.1:${server.port}/healthz`;
  const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
  if (response.status !== 200) throw new Error(`/healthz answered ${response.status}`);
  const at = performance.now();
  await response.arrayBuffer();
  return at;
}

function variant(contender: Contender): Variant {
  return {
    name: contender.name,
    async measure({ launcher }): Promise<Sample> {
      const command = contender.command(launcher.temporaryDirectory());
      // The first start makes the data directory and fills Node's compile cache.
      const first = await startServer(launcher, command);
      await firstAnswer(first);
      await first.stop();
      await using second = await startServer(launcher, command);
      return {
        answerMs: (await firstAnswer(second)) - second.startedAt,
        listeningMs: second.listeningAt - second.startedAt,
      };
    },
  };
}

export const start: Scenario = {
  name: 'start',
  title: 'Second start to the first answer on /healthz',
  rounds: 9,
  metrics: [
    { key: 'answerMs', label: 'first answer ms', digits: 0 },
    { key: 'listeningMs', label: 'listening ms', digits: 0 },
  ],
  variants: [PARLOR, BARE_HTTP].map(variant),
  targets: [{ metric: 'answerMs', is: 'at most', value: MOST_MS }],
};
