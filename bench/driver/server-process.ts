/** What the kernel knows of the server under test. Linux only. */
import { readFile } from 'node:fs/promises';

const TICKS_A_SECOND = 100;

export interface ResidentMemory {
  /** Heap, stacks, buffers. */
  readonly anonymousBytes: number;
  /** Pages of the program and its libraries, which the kernel drops and reads again as it likes. */
  readonly fileBytes: number;
}

export async function residentMemory(pid: number): Promise<ResidentMemory> {
  const status = await readFile(`/proc/${pid}/status`, 'latin1');
  const bytes = (field: string) => {
    const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
    if (kilobytes === undefined) throw new Error(`/proc/${pid}/status has no ${field}`);
    return Number(kilobytes) * 1024;
  };
  return { anonymousBytes: bytes('RssAnon'), fileBytes: bytes('RssFile') };
}

/** Seconds of processor time used so far, all threads together. */
async function processorSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
  // The second field, the name, may hold spaces; utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

/** Seconds its main thread was ready to run while something else had the processor. */
async function waitedSeconds(pid: number): Promise<number> {
  const [, waitedNs] = (await readFile(`/proc/${pid}/schedstat`, 'latin1')).split(' ');
  return Number(waitedNs) / 1e9;
}

export interface Interval {
  readonly seconds: number;
  /** The share of the time in which another process kept the server or the driver from running. */
  readonly disturbance: number;
  /** Processors the server kept busy, 1 being one whole processor. */
  readonly serverLoad: number;
  /** The share of the time in which this process's event loop had work. */
  readonly driverLoad: number;
}

/** Starts an interval; the function it resolves with ends it. */
export async function startInterval(serverPid: number): Promise<() => Promise<Interval>> {
  const waitedBefore = [await waitedSeconds(serverPid), await waitedSeconds(process.pid)] as const;
  const processorBefore = await processorSeconds(serverPid);
  const busyBefore = performance.eventLoopUtilization();
  const startedAt = performance.now();
  return async () => {
    const seconds = (performance.now() - startedAt) / 1000;
    const driverLoad = performance.eventLoopUtilization(busyBefore).utilization;
    const serverLoad = ((await processorSeconds(serverPid)) - processorBefore) / seconds;
    const serverWaited = (await waitedSeconds(serverPid)) - waitedBefore[0];
    const driverWaited = (await waitedSeconds(process.pid)) - waitedBefore[1];
    return { seconds, serverLoad, driverLoad, disturbance: Math.max(serverWaited, driverWaited) / seconds };
  };
}
