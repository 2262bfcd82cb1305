/** Users connect with prefetch: how long until each has the details of all its channels. */
import { userId } from '../layout.ts';
import { connectTarget } from './chime.ts';
import { Client, type Receiver } from './client.ts';
import { createHistogram } from './histogram.ts';
import type { PrefetchJob, Sample } from './job.ts';
import { inParallel } from './join.ts';
import { startInterval } from './server-process.ts';
import { createSigner } from './sigv4.ts';

const DETAILS = '"CHANNEL_DETAILS"';
/** The headers, which say what an event is, stand first. */
const HEADERS_LENGTH = 200;
const DETAILS_TIMEOUT_MS = 15_000;

export async function runPrefetch(job: PrefetchJob, readBuffer: Buffer): Promise<Sample> {
  const signer = createSigner(job.port, job.credentials, 'chime');
  const latency = createHistogram();
  let detailBytes = 0;

  /** @returns microseconds from before the handshake until the last details are read */
  const connect = async (user: number): Promise<number> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const receiver: Receiver = {
      frame(client, bytes, start, end) {
        if (!bytes.subarray(start, Math.min(end, start + HEADERS_LENGTH)).includes(DETAILS)) return;
        client.received += 1;
        detailBytes = end - start;
        if (client.received === job.channelsPerUser) resolve();
      },
      lost: (_client, reason) => reject(new Error(`connection lost: ${reason}`)),
    };
    const timer = setTimeout(() => reject(new Error('not all details have come')), DETAILS_TIMEOUT_MS);
    const path = connectTarget(signer, `${job.appInstanceArn}/user/${userId(user)}`, 'prefetch');
    const from = performance.now();
    using _client = await Client.open({ port: job.port, path, receiver, readBuffer });
    await promise.finally(() => clearTimeout(timer));
    return Math.trunc((performance.now() - from) * 1000);
  };

  await inParallel(job.warmUpUsers, job.atATime, async (user) => void (await connect(user)));
  const endInterval = await startInterval(job.serverPid);
  await inParallel(job.measuredUsers, job.atATime, async (user) => {
    latency.record(await connect(job.warmUpUsers + user));
  });
  const { seconds, ...load } = await endInterval();
  return {
    p50Ms: latency.quantile(0.5) / 1000,
    p99Ms: latency.quantile(0.99) / 1000,
    usersPerSecond: job.measuredUsers / seconds,
    detailBytes,
    ...load,
  };
}
