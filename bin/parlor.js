#!/usr/bin/env node
// Plain JavaScript, so that a Node too old for the rest can still say so.
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR_MIN = 24;
// A small young generation: measured, an idle connection costs a third less memory with it (docs/benchmarks.md).
const SERVER_FLAGS = ['--max-semi-space-size=2', '--disable-warning=ExperimentalWarning'];

if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR_MIN) {
  const inCheckout = existsSync(new URL('../src', import.meta.url));
  const advice = inCheckout
    ? 'Run it as "npm start" or "npx parlor", which bring their own.'
    : 'Please install a newer one.';
  console.error(`parlor: needs Node.js ${NODE_MAJOR_MIN} or newer, and this is ${process.versions.node}. ${advice}`);
  process.exit(1);
}

const [command] = process.argv.slice(2);
const flags = SERVER_FLAGS.filter((flag) => !process.execArgv.includes(flag));
if (command === 'serve' && flags.length > 0 && process.execve && !process.env['LISTEN_FDS']) {
  // The same process goes on with the flags: no child, so its pid and signals are the server's. Not with an inherited
  // socket: Node closes it on exec, and whoever hands one over gives the flags too (deploy/parlor.service).
  const script = fileURLToPath(import.meta.url);
  process.execve(
    process.execPath,
    [process.execPath, ...flags, ...process.execArgv, script, ...process.argv.slice(2)],
    process.env,
  );
}

module.enableCompileCache?.();
const packed = new URL('../dist/cli/parlor.js', import.meta.url);
const source = new URL('../src/cli/parlor.ts', import.meta.url);
await import(existsSync(source) ? source.href : packed.href);
