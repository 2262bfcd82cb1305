/** CreateChatToken in a closed loop over keep-alive connections. */
import { tokenRequest } from './door.ts';
import { createHistogram } from './histogram.ts';
import { HttpConnection } from './http-connection.ts';
import type { Sample, TokensJob } from './job.ts';
import { inParallel } from './join.ts';
import { startInterval } from './server-process.ts';
import { createSigner } from './sigv4.ts';

export async function runTokens(job: TokensJob): Promise<Sample> {
  const signer = createSigner(job.port, job.credentials, 'ivschat');
  const requests = Array.from({ length: job.warmUpRequests + job.measuredRequests }, (_, index) => {
    const input = tokenRequest(job.room, `viewer-${String(index).padStart(5, '0')}`);
    return signer.request({ method: 'POST', path: '/CreateChatToken', input });
  });
  const connections = Array.from({ length: job.inFlight }, () => new HttpConnection(job.port));
  const latency = createHistogram();
  let bodyBytes = 0;

  const send = async (count: number, record: boolean) => {
    const free = [...connections];
    await inParallel(count, job.inFlight, async () => {
      const request = requests.pop();
      const connection = free.pop();
      if (request === undefined || connection === undefined) throw new Error('more requests than were prepared');
      const from = performance.now();
      const { status, body } = await connection.exchange(request);
      if (status !== 200) throw new Error(`CreateChatToken answered ${status} ${body.slice(0, 300)}`);
      if (record) latency.record(Math.trunc((performance.now() - from) * 1000));
      bodyBytes = body.length;
      free.push(connection);
    });
  };

  await send(job.warmUpRequests, false);
  const endInterval = await startInterval(job.serverPid);
  await send(job.measuredRequests, true);
  const { seconds, ...load } = await endInterval();
  for (const connection of connections) connection[Symbol.dispose]();
  return {
    tokensPerSecond: job.measuredRequests / seconds,
    p50Ms: latency.quantile(0.5) / 1000,
    p99Ms: latency.quantile(0.99) / 1000,
    bodyBytes,
    ...load,
  };
}
