/** `npm test`: what the tests need, then lint and types, then every test. */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { findChromium } from './browser/support/chromium.ts';
import { findAwsCli, findBoto3 } from './wire/iam/support/aws-tools.ts';

const FILE_TIMEOUT_MS = 180_000;
const CONCURRENT_FILES = 3;

/** Runs a program of node_modules/.bin; its output is ours. */
function command(program: string, ...args: string[]): boolean {
  console.log(`> ${program} ${args.join(' ')}`);
  return spawnSync(program, args, { stdio: 'inherit' }).status === 0;
}

/** Debian has the programs that tests drive; tests skip what cannot be installed, by its name. */
function providePrograms(): void {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return;
  const packages = [
    ...(findChromium() === undefined ? ['chromium'] : []),
    ...(findAwsCli() === undefined ? ['awscli'] : []),
    ...(findBoto3() === undefined ? ['python3-boto3'] : []),
  ];
  if (packages.length === 0) return;
  if (!command('apt-get', 'install', '-y', '-q', ...packages)) {
    command('apt-get', 'update', '-q');
    command('apt-get', 'install', '-y', '-q', ...packages);
  }
}

/** Runs the test files; true when all passed and, in CI, none was skipped. */
async function runTests(files: string[]): Promise<boolean> {
  let passed = false;
  const stream = run({ files, concurrency: CONCURRENT_FILES, timeout: FILE_TIMEOUT_MS });
  stream.on('test:summary', ({ file, success, counts }) => {
    if (file !== undefined) return;
    passed = success && counts.tests > 0;
    if (process.env['CI'] && counts.skipped > 0) {
      console.error(`${counts.skipped} tests were skipped: in CI that is a failure.`);
      passed = false;
    }
  });
  stream.compose(spec).pipe(process.stdout);
  await new Promise((resolve) => stream.once('end', resolve));
  return passed;
}

const wanted = process.argv.slice(2);
if (wanted.length === 0) {
  providePrograms();
  if (!command('vite', 'build', 'console', '--logLevel', 'warn')) process.exit(1);
  if (!command('biome', 'check', '.')) process.exit(1);
  if (!command('tsc', '-p', 'tsconfig.json') || !command('tsc', '-p', 'console/tsconfig.json')) process.exit(1);
}
const files = globSync(wanted.length > 0 ? wanted : ['test/**/*.test.ts']).sort();
process.exitCode = (await runTests(files)) ? 0 : 1;
