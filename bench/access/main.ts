/**
 * The process that measures one kind of work of `access`: its arguments are which, and how many batches of calls warm up
 * and are measured. One call at a time. Prints a sample.
 */
import { startInterval } from '../driver/server-process.ts';
import { signRequest } from './request.ts';
import { evaluating, policyOf, SEED_POLICY, verifying } from './server.ts';

const BATCH_CALLS = 2000;

type Call = () => Promise<unknown>;

/** @param work `verify`, `sign`, or the number of statements of a policy to evaluate */
async function callOf(work: string): Promise<Call> {
  if (work === 'verify') return verifying(SEED_POLICY);
  return work === 'sign' ? signRequest : evaluating(policyOf(Number(work)));
}

/** Microseconds a call, of the processor (all threads) and of the clock. */
async function measureBatch(call: Call): Promise<{ readonly cpu: number; readonly wall: number }> {
  const startedAt = performance.now();
  const before = process.cpuUsage();
  for (let i = 0; i < BATCH_CALLS; i++) await call();
  const { user, system } = process.cpuUsage(before);
  const wall = (performance.now() - startedAt) * 1000;
  return { cpu: (user + system) / BATCH_CALLS, wall: wall / BATCH_CALLS };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

const [work = '', warmUp, measured] = process.argv.slice(2);
const call = await callOf(work);
for (let i = 0; i < Number(warmUp); i++) await measureBatch(call);
const endInterval = await startInterval(process.pid);
const batches: Awaited<ReturnType<typeof measureBatch>>[] = [];
for (let i = 0; i < Number(measured); i++) batches.push(await measureBatch(call));
const { disturbance } = await endInterval();
const sample = {
  cpuMicroseconds: median(batches.map(({ cpu }) => cpu)),
  leastCpuMicroseconds: Math.min(...batches.map(({ cpu }) => cpu)),
  wallMicroseconds: median(batches.map(({ wall }) => wall)),
  disturbance,
};
process.stdout.write(`${JSON.stringify(sample)}\n`);
