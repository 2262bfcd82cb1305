/** `npm run bench`: measures Parlor beside its controls and writes bench/results/. See bench/README.md. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { resultsChart } from './chart.ts';
import { createLauncher } from './launcher.ts';
import { describeCommit, describeMachine } from './machine.ts';
import { emptyResult, formatValue, type Measurement, readResults, type ScenarioResult } from './results.ts';
import type { Scenario, Settings, Variant } from './scenario.ts';
import { SCENARIOS } from './scenarios/all.ts';
import { resultsPage, scenarioTable, targetTable } from './tables.ts';

const QUICK_ROUNDS = 1;
/** Characters kept of why a measurement failed. */
const MOST_REASON = 500;
/** Above this share of disturbed time a step is marked while it runs. */
const MOST_DISTURBANCE = 0.1;
const USAGE = `Usage: npm run bench -- [names] [--quick] [--rounds n]

  names      scenarios to run, all when none is given:
             ${SCENARIOS.map(({ name }) => name).join(', ')}
  --quick    short and small, one round: shows that everything runs, gives nothing to quote
  --rounds   how often each server is measured (1 to 100); the scenario's own number when absent
`;

interface Request {
  readonly scenarios: readonly Scenario[];
  readonly quick: boolean;
  readonly rounds: number | undefined;
}

function readRequest(args: string[]): Request | string {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { quick: { type: 'boolean' }, rounds: { type: 'string' }, help: { type: 'boolean' } },
    });
    if (values.help) return USAGE;
    const unknown = positionals.find((name) => !SCENARIOS.some((scenario) => scenario.name === name));
    if (unknown !== undefined) return `There is no scenario ${unknown}.\n\n${USAGE}`;
    const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
    if (rounds !== undefined && !(Number.isInteger(rounds) && rounds >= 1 && rounds <= 100)) {
      return `--rounds takes a whole number from 1 to 100, not ${values.rounds}.\n\n${USAGE}`;
    }
    const chosen = SCENARIOS.filter(({ name }) => positionals.includes(name));
    return { scenarios: positionals.length === 0 ? SCENARIOS : chosen, quick: values.quick ?? false, rounds };
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`;
  }
}

async function measure(variant: Variant, settings: Settings): Promise<Pick<Measurement, 'sample' | 'failure'>> {
  try {
    return { sample: await variant.measure(settings) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { failure: reason.replaceAll(/\s+/g, ' ').slice(0, MOST_REASON) };
  }
}

/** Every round measures each variant once; the order is reversed from round to round. */
async function runScenario(scenario: Scenario, result: ScenarioResult, rounds: number, settings: Settings) {
  const [metric] = scenario.metrics;
  for (let round = 1; round <= rounds; round++) {
    const order = [...scenario.variants.entries()];
    if (round % 2 === 0) order.reverse();
    for (const [place, [index, variant]] of order.entries()) {
      process.stdout.write(`${scenario.name}, round ${round} of ${rounds}, ${variant.name}: `);
      const outcome = await measure(variant, settings);
      const value = outcome.sample?.[metric.key];
      const text = value === undefined ? `failed: ${outcome.failure}` : `${formatValue(metric, value)} ${metric.label}`;
      const disturbed = (outcome.sample?.['disturbance'] ?? 0) > MOST_DISTURBANCE ? ' (the machine was busy)' : '';
      process.stdout.write(`${text}${disturbed}\n`);
      result.variants[index]?.measurements.push({ round, place: place + 1, ...outcome });
    }
  }
}

/** Replaces what this run measured again and keeps the rest of the earlier runs. */
async function writeResults(results: readonly ScenarioResult[], quick: boolean): Promise<string> {
  const path = fileURLToPath(new URL(`results/${quick ? 'quick' : 'latest'}`, import.meta.url));
  const earlier = await readResults(`${path}.json`);
  const all = SCENARIOS.flatMap(({ name }) => {
    const found = results.find((result) => result.name === name) ?? earlier.find((result) => result.name === name);
    return found === undefined ? [] : [found];
  });
  await writeFile(`${path}.json`, `${JSON.stringify(all, null, 1)}\n`);
  await writeFile(`${path}.md`, resultsPage(all));
  await writeFile(`${path}.svg`, resultsChart(all));
  return path;
}

const request = readRequest(process.argv.slice(2));
if (typeof request === 'string') {
  const asked = request === USAGE;
  (asked ? process.stdout : process.stderr).write(request);
  process.exit(asked ? 0 : 2);
}

using launcher = createLauncher();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    launcher[Symbol.dispose]();
    process.exit(signal === 'SIGINT' ? 130 : 143);
  });
}
const { quick } = request;
const about = { commit: describeCommit(), quick, machine: describeMachine(launcher.pinned) };
const results: ScenarioResult[] = [];
for (const scenario of request.scenarios) {
  const result = emptyResult(scenario, about);
  const rounds = request.rounds ?? (quick ? QUICK_ROUNDS : scenario.rounds);
  await runScenario(scenario, result, rounds, { launcher, quick });
  results.push(result);
  await writeResults(results, quick); // an interrupted run keeps what it has measured
  console.log(`\n${scenario.name}: ${scenario.title}\n${scenarioTable(result)}\n`);
}
console.log(targetTable(results));
console.log(`\nWritten: ${await writeResults(results, quick)}.json, .md and .svg`);
const failed = results.some(({ variants }) =>
  variants.some(({ measurements }) => measurements.some(({ failure }) => failure !== undefined)),
);
process.exitCode = failed ? 1 : 0;
