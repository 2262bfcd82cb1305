/** Results as Markdown that is also readable in a terminal. */
import { formatValue, judge, ratioOf, type ScenarioResult, summaryOf, type VariantResult } from './results.ts';

function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heading.map((cell, column) =>
    Math.max(3, cell.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) => {
    const padded = cells.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column === 0 ? cell.padEnd(width) : cell.padStart(width);
    });
    return `| ${padded.join(' | ')} |`;
  };
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(heading), line(rule), ...rows.map(line)].join('\n');
}

function variantRow(result: ScenarioResult, variant: VariantResult): string[] {
  const [first, ...others] = result.metrics;
  const [subject] = result.variants;
  const summary = summaryOf(variant, first.key);
  const failures = variant.measurements.filter(({ failure }) => failure !== undefined).length;
  const name = failures === 0 ? variant.name : `${variant.name} (${failures} failed)`;
  if (summary === undefined) return [name, ...Array.from({ length: result.metrics.length + 3 }, () => '')];
  const ratio = subject === undefined || subject === variant ? undefined : ratioOf(subject, variant, first.key);
  return [
    name,
    formatValue(first, summary.median),
    formatValue(first, summary.min),
    formatValue(first, summary.max),
    ratio === undefined ? '' : `${ratio.median.toFixed(2)}x`,
    ...others.map((metric) => {
      const median = summaryOf(variant, metric.key)?.median;
      return median === undefined ? '' : formatValue(metric, median);
    }),
  ];
}

/** One scenario: a row per server, medians, and the first server's ratio to each other one. */
export function scenarioTable(result: ScenarioResult): string {
  const [first, ...others] = result.metrics;
  const subject = result.variants[0]?.name ?? '';
  const heading = ['server', first.label, 'min', 'max', `${subject} is`, ...others.map(({ label }) => label)];
  return table(
    heading,
    result.variants.map((variant) => variantRow(result, variant)),
  );
}

/** Every target with its verdict. */
export function targetTable(results: readonly ScenarioResult[]): string {
  const rows = results.flatMap((result) =>
    result.targets.map((target) => {
      const { text, measured, verdict } = judge(result, target);
      return [result.name, text, measured, verdict];
    }),
  );
  return table(['scenario', 'target for Parlor', 'measured', ''], rows);
}

function conditions({ machine, measuredAt, commit, quick, variants }: ScenarioResult): string {
  const rounds = Math.max(0, ...variants.map(({ measurements }) => measurements.length));
  const pinning = machine.pinned ? 'server and driver on a processor each' : 'processors not assigned';
  return [
    `${machine.processor}, ${machine.processors} processors, ${machine.memoryGigabytes} GB, ${machine.kernel}`,
    `Node ${machine.node}, ws ${machine.ws}, Socket.IO ${machine.socketIo}`,
    `${rounds} rounds, ${pinning}, ${measuredAt.slice(0, 10)}, commit ${commit}`,
    ...(quick ? ['a quick run: too short to quote'] : []),
  ].join('; ');
}

/** The whole page: conditions, targets, one table per scenario. */
export function resultsPage(results: readonly ScenarioResult[]): string {
  const sections = results.map((result) => {
    const text = `### ${result.name}: ${result.title}\n\n${scenarioTable(result)}\n\n${conditions(result)}.\n`;
    const failures = result.variants.flatMap(({ name, measurements }) =>
      measurements.flatMap(({ round, failure }) =>
        failure === undefined ? [] : [`- ${name}, round ${round}, failed: ${failure}\n`],
      ),
    );
    return failures.length === 0 ? text : `${text}\n${failures.join('')}`;
  });
  return `${targetTable(results)}\n\n${sections.join('\n')}`;
}
