/**
 * What `npm pack` needs around it (scripts `prepack` and `postpack`). Node does not strip types below `node_modules`, so
 * the package holds JavaScript; and the Node binaries that npm scripts of a checkout run on do not belong in it.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

const MANIFEST = 'package.json';
const KEPT = 'dist/package.checkout.json';

function command(program: string, ...args: string[]): void {
  const { status } = spawnSync(program, args, { stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
}

function prepack(): void {
  rmSync('dist', { recursive: true, force: true });
  command('vite', 'build', 'console', '--logLevel', 'warn');
  command('tsc', '-p', 'tsconfig.build.json');
  copyFileSync(MANIFEST, KEPT);
  const {
    optionalDependencies: _,
    devDependencies: __,
    scripts: ___,
    ...manifest
  } = JSON.parse(readFileSync(MANIFEST, 'utf8'));
  writeFileSync(MANIFEST, `${JSON.stringify(manifest, undefined, 2)}\n`);
}

function postpack(): void {
  renameSync(KEPT, MANIFEST);
}

if (process.argv[2] === 'postpack') postpack();
else prepack();
