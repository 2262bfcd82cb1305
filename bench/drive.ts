import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { DriverJob, Sample } from './driver/job.ts';
import type { Launcher } from './launcher.ts';

const DRIVER = fileURLToPath(new URL('driver/main.ts', import.meta.url));

/**
 * Runs one job in a fresh driver process on its own processor.
 * @throws with the driver's words when the job fails, or when it takes longer than `timeoutMs`
 */
export async function drive(launcher: Launcher, job: DriverJob, timeoutMs: number): Promise<Sample> {
  const child = launcher.node('driver', [DRIVER]);
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new Error('the driver has no pipes');
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    void launcher.end(child, 'at once');
  }, timeoutMs);
  try {
    stdin.end(JSON.stringify(job));
    const [output, complaint] = await Promise.all([text(stdout), text(stderr)]);
    if (late) throw new Error(`not done after ${timeoutMs / 1000} s`);
    if (output === '') throw new Error(complaint.trim() || 'the driver ended without a word');
    return JSON.parse(output);
  } finally {
    clearTimeout(timer);
    await launcher.end(child, 'at once');
  }
}
