/**
 * Loaded into a server with `--import`: at each SIGUSR2 it writes how long the event loop was kept at most since the one
 * before, in milliseconds, into the file that LOOP_PROBE_FILE names.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const file = process.env['LOOP_PROBE_FILE'] ?? '';
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
process.on('SIGUSR2', () => {
  writeFileSync(`${file}.new`, String(delay.max / 1e6));
  renameSync(`${file}.new`, file);
  delay.reset();
});
