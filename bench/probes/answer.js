import { renameSync, writeFileSync } from 'node:fs';

/**
 * A probe is loaded into a server with `--import`. At each SIGUSR2 it measures, and writes the number into the file that
 * PROBE_FILE names. Plain JavaScript: it would have Node load what strips types, which the server can do without.
 *
 * @param {() => number} measure
 */
export function answer(measure) {
  const file = process.env['PROBE_FILE'] ?? '';
  process.on('SIGUSR2', () => {
    writeFileSync(`${file}.new`, String(measure()));
    renameSync(`${file}.new`, file);
  });
}
