/** ListChannelMessages in a closed loop over keep-alive connections. */
import { listRequest } from './chime.ts';
import { createHistogram } from './histogram.ts';
import { type Answer, HttpConnection } from './http-connection.ts';
import type { PagesJob, Sample } from './job.ts';
import { inParallel } from './join.ts';
import { startInterval } from './server-process.ts';
import { createSigner } from './sigv4.ts';

const PAGE = 50;

interface Page {
  readonly ChannelMessages: readonly unknown[];
  readonly NextToken?: string;
}

function readPage({ status, body }: Answer): Page {
  if (status !== 200) throw new Error(`ListChannelMessages answered ${status} ${body.slice(0, 300)}`);
  const page: Page = JSON.parse(body);
  if (page.ChannelMessages.length !== PAGE) throw new Error(`a page has ${page.ChannelMessages.length} messages`);
  return page;
}

export async function runPages(job: PagesJob): Promise<Sample> {
  const signer = createSigner(job.port, job.credentials, 'chime');
  const connections = Array.from({ length: job.inFlight }, () => new HttpConnection(job.port));
  const latency = createHistogram();
  const requestFor = (query: Readonly<Record<string, string>>) =>
    listRequest(signer, job.channelArn, job.bearer, { 'max-results': String(PAGE), ...query });

  const [first] = connections;
  if (first === undefined) throw new Error('there must be a connection');
  const requests: string[] = [];
  for (const time of job.after) {
    const { NextToken: token } = readPage(await first.exchange(requestFor({ 'not-after': time })));
    if (token === undefined) throw new Error('a page in the middle has no NextToken');
    requests.push(requestFor({ 'not-after': time, 'next-token': token }));
  }
  if (requests.length === 0) requests.push(requestFor({}));
  for (const request of requests) readPage(await first.exchange(request));

  let pageBytes = 0;
  const get = async (count: number, record: boolean) => {
    const free = [...connections];
    await inParallel(count, job.inFlight, async (index) => {
      const connection = free.pop();
      if (connection === undefined) throw new Error('more requests than connections');
      const from = performance.now();
      const { status, body } = await connection.exchange(requests[index % requests.length] ?? '');
      if (status !== 200) throw new Error(`ListChannelMessages answered ${status} ${body.slice(0, 300)}`);
      if (record) latency.record(Math.trunc((performance.now() - from) * 1000));
      pageBytes = body.length;
      free.push(connection);
    });
  };

  await get(job.warmUpRequests, false);
  const endInterval = await startInterval(job.serverPid);
  await get(job.measuredRequests, true);
  const { seconds, ...load } = await endInterval();
  for (const connection of connections) connection[Symbol.dispose]();
  return {
    microsecondsPerPage: (seconds * 1e6) / job.measuredRequests,
    p50Ms: latency.quantile(0.5) / 1000,
    p99Ms: latency.quantile(0.99) / 1000,
    pageBytes,
    ...load,
  };
}
