import type { ChildProcess } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { DriverJob, Sample } from './driver/job.ts';
import type { Launcher } from './launcher.ts';

const DRIVER = fileURLToPath(new URL('driver/main.ts', import.meta.url));

/**
 * Runs one job in a fresh driver process on its own processor.
 * @throws as `sampleOf` does
 */
export async function drive(launcher: Launcher, job: DriverJob, timeoutMs: number): Promise<Sample> {
  const child = launcher.node('driver', [DRIVER]);
  if (child.stdin === null) throw new Error('the driver has no standard input');
  child.stdin.end(JSON.stringify(job));
  return await sampleOf(launcher, child, timeoutMs);
}

/**
 * Reads the sample that a process prints, and ends the process.
 * @throws with the process's words when it has no sample, or when it takes longer than `timeoutMs`
 */
export async function sampleOf(launcher: Launcher, child: ChildProcess, timeoutMs: number): Promise<Sample> {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('the process has no output');
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    void launcher.end(child, 'at once');
  }, timeoutMs);
  try {
    const [output, complaint] = await Promise.all([text(stdout), text(stderr)]);
    if (late) throw new Error(`not done after ${timeoutMs / 1000} s`);
    if (output === '') throw new Error(complaint.trim() || 'the process ended without a word');
    return JSON.parse(output);
  } finally {
    clearTimeout(timer);
    await launcher.end(child, 'at once');
  }
}
