/** Letting a signed request in, beside signing it: work within one process, without a server or a load driver. */
import { fileURLToPath } from 'node:url';
import { sampleOf } from '../drive.ts';
import { LOAD_METRICS, type Scenario, type Variant } from '../scenario.ts';

const PROGRAM = fileURLToPath(new URL('../access/main.ts', import.meta.url));
const CONTROL = 'SignatureV4';
const TIMEOUT_MS = 60_000;

/** @param work as `access/main.ts` takes it */
function variant(name: string, work: string): Variant {
  return {
    name,
    async measure({ launcher, quick }) {
      const [warmUpBatches, measuredBatches] = quick ? ['5', '5'] : ['10', '30'];
      return await sampleOf(
        launcher,
        launcher.node('server', [PROGRAM, work, warmUpBatches, measuredBatches]),
        TIMEOUT_MS,
      );
    },
  };
}

export const access: Scenario = {
  name: 'access',
  title: "Verifying a signature and evaluating the seed's policy, beside signing; policies evaluated alone",
  rounds: 9,
  metrics: [
    { key: 'cpuMicroseconds', label: 'processor µs a call', digits: 1 },
    { key: 'leastCpuMicroseconds', label: 'least', digits: 1 },
    { key: 'wallMicroseconds', label: 'clock µs a call', digits: 1 },
    ...LOAD_METRICS.filter(({ key }) => key === 'disturbance'),
  ],
  variants: [
    variant('Parlor', 'verify'),
    variant(CONTROL, 'sign'),
    variant('policy of 1 statement', '1'),
    variant('policy of 10 statements', '10'),
    variant('policy of 100 statements', '100'),
  ],
  targets: [{ metric: 'cpuMicroseconds', is: 'at most', value: 0.5, timesMedianOf: CONTROL }],
};
