/** The driver process: reads one job from standard input, puts the load on, prints what it measured, ends. */
import { text } from 'node:stream/consumers';
import { runChannelMessages } from './channel-messages.ts';
import { runIdle, runListen, runOpen } from './crowd.ts';
import type { DriverJob, Sample } from './job.ts';
import { runMessages } from './messages.ts';
import { runPages } from './pages.ts';
import { runPrefetch } from './prefetch.ts';
import { runTokens } from './tokens.ts';

const READ_BUFFER_BYTES = 256 * 1024;

function run(job: DriverJob): Promise<Sample> {
  const readBuffer = Buffer.alloc(READ_BUFFER_BYTES);
  switch (job.kind) {
    case 'messages':
      return runMessages(job, readBuffer);
    case 'idle':
      return runIdle(job, readBuffer);
    case 'open':
      return runOpen(job, readBuffer);
    case 'listen':
      return runListen(job, readBuffer);
    case 'tokens':
      return runTokens(job);
    case 'channel-messages':
      return runChannelMessages(job, readBuffer);
    case 'prefetch':
      return runPrefetch(job, readBuffer);
    case 'pages':
      return runPages(job);
  }
}

const job: DriverJob = JSON.parse(await text(process.stdin));
try {
  const sample = await run(job);
  process.stdout.write(`${JSON.stringify(sample)}\n`, () => process.exit(0));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`, () => process.exit(1));
}
