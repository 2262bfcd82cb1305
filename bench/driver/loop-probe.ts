/** Asks the probe that `../loop-probe.ts` is in a server. */
import { readFile, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const ANSWER_TIMEOUT_MS = 5000;

/** How long the server's event loop was kept at most, in milliseconds, since this was asked before. */
export async function longestGap(serverPid: number, file: string): Promise<number> {
  process.kill(serverPid, 'SIGUSR2');
  const deadline = performance.now() + ANSWER_TIMEOUT_MS;
  while (performance.now() < deadline) {
    await delay(5);
    try {
      const gap = Number(await readFile(file, 'utf8'));
      await rm(file);
      return gap;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
  throw new Error("the server's event loop does not answer");
}
