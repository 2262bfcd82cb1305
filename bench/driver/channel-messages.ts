/**
 * The closed loop of SendChannelMessage. Every delivery is counted; latency, from before a request is written until a
 * member has the message, is found by the number that stands in its Content. At the end every connection must have
 * received every message of its channel, else the measurement fails.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { channelId, userId } from '../layout.ts';
import { sendRequest } from './chime.ts';
import type { Client, Receiver } from './client.ts';
import { createDoor } from './door.ts';
import { createHistogram } from './histogram.ts';
import { HttpConnection } from './http-connection.ts';
import type { ChannelMessagesJob, Sample } from './job.ts';
import { inParallel, join } from './join.ts';
import { askProbe } from './probe.ts';
import { startInterval } from './server-process.ts';
import { createSigner } from './sigv4.ts';

const HANDSHAKES_AT_A_TIME = 32;
const SETTLE_MS = 300;
const LAST_DELIVERIES_MS = 5000;
/** The mark: `@`, the message's number, `@`. */
const MARK = 0x40;
const NUMBER_DIGITS = 6;
const WORDS = 'hello from the other side, what a goal that was';

const nowUs = () => Math.trunc(performance.now() * 1000);

/** @returns NaN when the frame has no mark */
function numberIn(bytes: Buffer, start: number, end: number): number {
  const mark = bytes.indexOf(MARK, start);
  if (mark < 0 || mark + NUMBER_DIGITS + 1 >= end) return Number.NaN;
  let value = 0;
  for (let at = mark + 1; at <= mark + NUMBER_DIGITS; at++) value = value * 10 + ((bytes[at] ?? 0) - 0x30);
  return value;
}

/** The part of a run that touches every frame. */
function createLoop({ channels, connected, sampleEvery, warmUpMessages, measuredMessages }: ChannelMessagesJob) {
  const failure = Promise.withResolvers<never>();
  const total = warmUpMessages + measuredMessages;
  const sentAt = new Float64Array(total);
  const heard = Array.from({ length: total }, () => Promise.withResolvers<void>());
  const latency = createHistogram();
  const counted = { deliveries: 0, bytes: 0 };
  const numbers = new Map<Client, number>();

  const receiver: Receiver = {
    frame(client, bytes, start, end) {
      client.received += 1;
      counted.deliveries += 1;
      counted.bytes += end - start;
      if (!client.watched) return;
      const user = numbers.get(client) ?? 0;
      const message = numberIn(bytes, start, end);
      const sent = sentAt[message];
      if (sent === undefined) {
        failure.reject(new Error(`not one of our messages: ${bytes.toString('utf8', start, start + 300)}`));
        return;
      }
      if (user % sampleEvery === 0 && message >= warmUpMessages) latency.record(Math.max(0, nowUs() - sent));
      if (user >= connected - channels) heard[message]?.resolve();
    },
    lost: (_client, reason) => failure.reject(new Error(`connection lost: ${reason}`)),
  };
  return {
    receiver,
    latency,
    counted,
    sentAt,
    heard,
    failed: failure.promise,
    add(client: Client, user: number): void {
      numbers.set(client, user);
      client.watched = user % sampleEvery === 0 || user >= connected - channels;
    },
  };
}

function prepareRequests(job: ChannelMessagesJob): string[] {
  const { appInstanceArn, channels, connected } = job;
  const signer = createSigner(job.port, job.credentials, 'chime');
  return Array.from({ length: job.warmUpMessages + job.measuredMessages }, (_, message) => {
    const channel = message % channels;
    const content = `@${String(message).padStart(NUMBER_DIGITS, '0')}@ ${WORDS}`;
    const bearer = `${appInstanceArn}/user/${userId(connected - channels + channel)}`;
    return sendRequest(signer, `${appInstanceArn}/channel/${channelId(channel)}`, bearer, content);
  });
}

async function lastDeliveries(clients: readonly Client[], sent: readonly number[]): Promise<void> {
  const missing = () => clients.findIndex(({ received }, user) => received !== sent[user % sent.length]);
  const deadline = performance.now() + LAST_DELIVERIES_MS;
  while (missing() >= 0 && performance.now() < deadline) await delay(10);
  const user = missing();
  if (user < 0) return;
  throw new Error(`${userId(user)} has received ${clients[user]?.received} of ${sent[user % sent.length]} messages`);
}

export async function runChannelMessages(job: ChannelMessagesJob, readBuffer: Buffer): Promise<Sample> {
  const { appInstanceArn, channels, inFlight, port, serverPid, probeFile } = job;
  using door = createDoor(job);
  const loop = createLoop(job);
  const sent = Array.from({ length: channels }, () => 0);

  const measure = async (): Promise<Sample> => {
    const clients: Client[] = [];
    const come = async (from: number, to: number) => {
      await inParallel(to - from, HANDSHAKES_AT_A_TIME, async (index) => {
        const { receiver } = loop;
        const client = await join(door, appInstanceArn, userId(from + index), { port, receiver, readBuffer });
        clients[from + index] = client;
        loop.add(client, from + index);
      });
    };
    await come(0, job.connected - channels);
    await come(job.connected - channels, job.connected);
    const requests = prepareRequests(job);
    const connections = Array.from({ length: inFlight }, () => new HttpConnection(port));
    await delay(SETTLE_MS);

    const send = async (first: number, count: number) => {
      const free = [...connections];
      await inParallel(count, inFlight, async (index) => {
        const message = first + index;
        const request = requests[message];
        const connection = free.pop();
        if (request === undefined || connection === undefined) throw new Error('more messages than were prepared');
        sent[message % channels] = (sent[message % channels] ?? 0) + 1;
        loop.sentAt[message] = nowUs();
        const { status, body } = await connection.exchange(request);
        if (status !== 201) throw new Error(`SendChannelMessage answered ${status} ${body.slice(0, 300)}`);
        if (job.until === 'heard') await loop.heard[message]?.promise;
        free.push(connection);
      });
    };

    await send(0, job.warmUpMessages);
    await askProbe(serverPid, probeFile);
    const endInterval = await startInterval(serverPid);
    const before = { ...loop.counted };
    await send(job.warmUpMessages, job.measuredMessages);
    const deliveries = loop.counted.deliveries - before.deliveries;
    const bytes = loop.counted.bytes - before.bytes;
    const { seconds, ...load } = await endInterval();
    const longestGapMs = await askProbe(serverPid, probeFile);
    await lastDeliveries(clients, sent);
    for (const connection of connections) connection[Symbol.dispose]();
    for (const client of clients) client[Symbol.dispose]();
    return {
      messagesPerSecond: job.measuredMessages / seconds,
      deliveriesPerSecond: deliveries / seconds,
      p50Ms: loop.latency.quantile(0.5) / 1000,
      p99Ms: loop.latency.quantile(0.99) / 1000,
      longestGapMs,
      processorMicroseconds: (load.serverLoad * seconds * 1e6) / job.measuredMessages,
      frameBytes: bytes / deliveries,
      ...load,
    };
  };
  return await Promise.race([measure(), loop.failed]);
}
