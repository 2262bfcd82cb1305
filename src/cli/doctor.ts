import { styleText } from 'node:util';
import type { Command } from 'commander';
import { type Config, ConfigError, loadConfig } from '../config.ts';
import type { Finding } from './checks.ts';
import { addFlags, givenFlags } from './flags.ts';
import type { Bound, Quota } from './limits.ts';

const DESCRIPTION = ['unit', 'scope', 'source'];
const COLOURS = { ok: 'green', warning: 'yellow', wrong: 'red' } as const;

/** Adds `parlor doctor`, which takes the flags of `serve`. */
export function addDoctor(program: Command): void {
  const doctor = program.command('doctor').description('check the configuration and print every limit');
  addFlags(doctor);
  doctor.action(async () => {
    const findings: Finding[] = [{ level: 'ok', text: `Node.js is ${process.versions.node}.` }];
    try {
      await examine(loadConfig(givenFlags(doctor), process.env), findings);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      findings.push({ level: 'wrong', text: error.message });
      print(findings);
    }
    if (findings.some(({ level }) => level === 'wrong')) process.exitCode = 1;
  });
}

/** Adds to the findings and prints them with the limits. */
async function examine(config: Config, findings: Finding[]): Promise<void> {
  const [checks, limits, { NOT_SERVED }] = await Promise.all([
    import('./checks.ts'),
    import('./limits.ts'),
    import('../operations.ts'),
  ]);
  const quotas = limits.quotas(config);
  const connections = quotas.find(({ name }) => name === 'connections')?.value ?? 0;
  const endpoint = process.env['PARLOR_ENDPOINT'];
  findings.push(
    { level: 'ok', text: 'The configuration is valid.' },
    ...config.warnings.map((text) => ({ level: 'warning', text }) as const),
    ...(config.iam ? [checks.checkDeclaration(config.iam)] : []),
    ...checks.checkDataDirectory(config.dataDir),
    checks.checkOpenFiles(connections),
    await checks.checkPort(config.host, config.port),
    ...(config.tls ? await checks.checkTls(config.host, config.tls) : []),
    ...(endpoint ? [await checks.checkServer(endpoint)] : []),
    ...NOT_SERVED.map((text) => ({ level: 'warning', text }) as const),
  );
  print(findings);
  console.log(`\nLimits, as --limits ${config.limits} has them; --limit name=value changes one:\n`);
  console.log(table([['name', 'value', 'standard', ...DESCRIPTION], ...quotas.map(quotaRow)]));
  console.log('\nBounds of a server:\n');
  console.log(table([['name', 'value', ...DESCRIPTION], ...limits.bounds(config).map(boundRow)]));
}

function print(findings: readonly Finding[]): void {
  for (const { level, text } of findings) console.log(`${styleText(COLOURS[level], level.padEnd(7))}  ${text}`);
}

function quotaRow({ standard, ...bound }: Quota): string[] {
  return [bound.name, figure(bound.value), figure(standard), ...described(bound)];
}

function boundRow(bound: Bound): string[] {
  return [bound.name, figure(bound.value), ...described(bound)];
}

function described({ unit, scope, source }: Bound): string[] {
  return [unit, scope, source];
}

function figure(value: number): string {
  return value === Number.POSITIVE_INFINITY ? 'off' : String(value);
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
