/** Many connections that say nothing: what they cost in memory, how fast they come in, how much they can hear. */
import { setTimeout as delay } from 'node:timers/promises';
import { Client, type Receiver } from './client.ts';
import { createDoor, type Seat } from './door.ts';
import type { IdleJob, ListenJob, OpenJob, Sample } from './job.ts';
import { inParallel, join } from './join.ts';
import { askProbe } from './probe.ts';
import { type ResidentMemory, residentMemory, startInterval } from './server-process.ts';

const IN_FLIGHT = 32;
/** Above this many unfinished handshakes the server is not keeping up, and the rate gives way. */
const MOST_PENDING = 256;

/** @param failed called when a connection is lost */
function createListener(noise: (client: Client, text: string) => void, failed: (error: Error) => void): Receiver {
  return {
    frame: (client, bytes, start, end) => noise(client, bytes.toString('utf8', start, end)),
    lost: (_client, reason) => failed(new Error(`connection lost: ${reason}`)),
  };
}

/** What the kernel drops of the program's pages meanwhile is not to the server's credit. */
function growth(empty: ResidentMemory, full: ResidentMemory): number {
  return full.anonymousBytes - empty.anonymousBytes + Math.max(0, full.fileBytes - empty.fileBytes);
}

export async function runIdle(job: IdleJob, readBuffer: Buffer): Promise<Sample> {
  using door = createDoor(job);
  const failure = Promise.withResolvers<never>();
  const receiver = createListener(door.noise, failure.reject);
  const clients: Client[] = [];

  const measure = async (): Promise<Sample> => {
    await delay(job.restMs);
    const empty = await residentMemory(job.serverPid);
    const startedAt = performance.now();
    let begun = 0;
    while (clients.length < job.connections) {
      const due = ((performance.now() - startedAt) / 1000) * job.connectionsPerSecond;
      while (begun < Math.min(due, job.connections) && begun - clients.length < MOST_PENDING) {
        const user = `viewer-${begun++}`;
        join(door, job.room, user, { port: job.port, tlsPort: job.tlsPort, receiver, readBuffer }).then(
          (client) => clients.push(client),
          failure.reject,
        );
      }
      await delay(5);
    }
    const seconds = (performance.now() - startedAt) / 1000;
    await delay(job.waitMs);
    const full = await residentMemory(job.serverPid);
    const heap = job.probeFile === undefined ? {} : { heapBytes: await askProbe(job.serverPid, job.probeFile) };
    for (const client of clients) client[Symbol.dispose]();
    return {
      bytesPerConnection: growth(empty, full) / job.connections,
      emptyMegabytes: empty.anonymousBytes / 1e6,
      fullMegabytes: full.anonymousBytes / 1e6,
      emptyFileMegabytes: empty.fileBytes / 1e6,
      fullFileMegabytes: full.fileBytes / 1e6,
      openedPerSecond: job.connections / seconds,
      ...heap,
    };
  };
  return await Promise.race([measure(), failure.promise]);
}

export async function runOpen(job: OpenJob, readBuffer: Buffer): Promise<Sample> {
  using door = createDoor(job);
  const failure = Promise.withResolvers<never>();
  const receiver = createListener(door.noise, failure.reject);

  const measure = async (): Promise<Sample> => {
    const seats: Seat[] = [];
    const mintedFrom = performance.now();
    await inParallel(job.connections, IN_FLIGHT, async (index) => {
      seats.push(await door.seat(job.room, `viewer-${index}`));
    });
    const openedFrom = performance.now();
    const clients: Client[] = [];
    await inParallel(job.connections, IN_FLIGHT, async (index) => {
      const seat = seats[index];
      if (seat !== undefined)
        clients.push(await Client.open({ port: job.port, tlsPort: job.tlsPort, ...seat, receiver, readBuffer }));
    });
    const done = performance.now();
    for (const client of clients) client[Symbol.dispose]();
    const sample = { openedPerSecond: (job.connections * 1000) / (done - openedFrom) };
    if (job.door !== 'parlor') return sample;
    return { ...sample, mintedPerSecond: (job.connections * 1000) / (openedFrom - mintedFrom) };
  };
  return await Promise.race([measure(), failure.promise]);
}

export async function runListen(job: ListenJob, readBuffer: Buffer): Promise<Sample> {
  using door = createDoor(job);
  const failure = Promise.withResolvers<never>();
  let frames = 0;
  const receiver: Receiver = {
    frame: () => {
      frames += 1;
    },
    lost: (_client, reason) => failure.reject(new Error(`connection lost: ${reason}`)),
  };

  const measure = async (): Promise<Sample> => {
    const clients: Client[] = [];
    await inParallel(job.connections, IN_FLIGHT, async (index) => {
      clients.push(
        await join(door, job.room, `viewer-${index}`, { port: job.port, tlsPort: job.tlsPort, receiver, readBuffer }),
      );
    });
    await delay(job.warmUpMs);
    const endInterval = await startInterval(job.serverPid);
    const before = frames;
    await delay(job.measureMs);
    const heard = frames - before;
    const { seconds, ...load } = await endInterval();
    for (const client of clients) client[Symbol.dispose]();
    return { framesPerSecond: heard / seconds, ...load };
  };
  return await Promise.race([measure(), failure.promise]);
}
