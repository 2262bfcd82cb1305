import { readFile, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const ANSWER_TIMEOUT_MS = 10_000;

/** Asks the probe in a server (`../probes/`). @param file where it writes its answer */
export async function askProbe(serverPid: number, file: string): Promise<number> {
  process.kill(serverPid, 'SIGUSR2');
  const deadline = performance.now() + ANSWER_TIMEOUT_MS;
  while (performance.now() < deadline) {
    await delay(5);
    try {
      const answer = Number(await readFile(file, 'utf8'));
      await rm(file);
      return answer;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
  throw new Error('the probe in the server does not answer');
}
