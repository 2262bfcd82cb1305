/**
 * The closed loop of messages. Every delivery is counted; latency, from before a message is sent until a receiver has
 * it, is taken on every 17th connection by a mark in the Content. At the end every connection must have received every
 * message of its room, else the measurement fails.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client, Receiver } from './client.ts';
import { createDoor, type Door } from './door.ts';
import { createHistogram } from './histogram.ts';
import type { MessagesJob, Sample } from './job.ts';
import { inParallel, join } from './join.ts';
import { startInterval } from './server-process.ts';

const HANDSHAKES_AT_A_TIME = 32;
/** Coprime with the seats of a room, so that all places in a room are sampled. */
const SAMPLE_EVERY = 17;
/** Shorter frames are greetings and heartbeats. */
const SHORTEST_MESSAGE = 20;
const SETTLE_MS = 300;
const LAST_DELIVERIES_MS = 5000;

/** The mark: `@`, the sender's number, `.`, the time in microseconds, `@`. */
const MARK = 0x40;
const SENDER_DIGITS = 5;
const TIME_DIGITS = 13;
const WORDS = 'hello from the other side, what a goal that was';

interface Room {
  readonly id: string;
  sent: number;
}

interface Seat {
  readonly client: Client;
  readonly room: Room;
  readonly sends: boolean;
}

function digits(bytes: Buffer, start: number, count: number): number {
  let value = 0;
  for (let at = start; at < start + count; at++) value = value * 10 + ((bytes[at] ?? 0) - 0x30);
  return value;
}

const nowUs = () => Math.trunc(performance.now() * 1000);

/** The part of a run that touches every frame. */
function createLoop(job: MessagesJob, door: Door) {
  const failure = Promise.withResolvers<never>();
  const latency = createHistogram();
  const counted = { deliveries: 0, bytes: 0 };
  const state = { sending: false, measuring: false };
  const watched = new Map<Client, { readonly number: number; readonly sampled: boolean; readonly room: Room }>();

  function send(client: Client, number: number, room: Room): void {
    const mark = `@${String(number).padStart(SENDER_DIGITS, '0')}.${String(nowUs()).padStart(TIME_DIGITS, '0')}@`;
    const request = { Action: 'SEND_MESSAGE', RequestId: randomUUID(), Content: `${mark} ${WORDS}` };
    room.sent += 1;
    client.send(door.wrap(JSON.stringify(request)));
  }

  function watch(client: Client, bytes: Buffer, start: number, end: number): void {
    const seat = watched.get(client);
    if (seat === undefined) return;
    const mark = bytes.indexOf(MARK, start);
    if (mark < 0 || mark + 1 + SENDER_DIGITS + TIME_DIGITS >= end) {
      failure.reject(
        new Error(`not one of our messages: ${bytes.toString('utf8', start, Math.min(end, start + 300))}`),
      );
      return;
    }
    if (seat.sampled && state.measuring) {
      latency.record(Math.max(0, nowUs() - digits(bytes, mark + 2 + SENDER_DIGITS, TIME_DIGITS)));
    }
    if (state.sending && digits(bytes, mark + 1, SENDER_DIGITS) === seat.number) send(client, seat.number, seat.room);
  }

  const receiver: Receiver = {
    frame(client, bytes, start, end) {
      if (end - start < SHORTEST_MESSAGE) {
        door.noise(client, bytes.toString('utf8', start, end));
        return;
      }
      client.received += 1;
      counted.deliveries += 1;
      counted.bytes += end - start;
      if (client.watched) watch(client, bytes, start, end);
    },
    lost: (_client, reason) => failure.reject(new Error(`connection lost: ${reason}`)),
  };

  return {
    receiver,
    latency,
    counted,
    state,
    failed: failure.promise,
    /** Starts the senders, each with a window of messages. */
    start(seats: readonly Seat[]): void {
      for (const [number, { client, room, sends }] of seats.entries()) {
        const sampled = number % SAMPLE_EVERY === 0;
        client.watched = sampled || sends;
        if (client.watched) watched.set(client, { number, sampled, room });
      }
      state.sending = true;
      for (const [number, { client, room, sends }] of seats.entries()) {
        if (sends) for (let count = 0; count < job.window; count++) send(client, number, room);
      }
    },
  };
}

async function fillRooms(job: MessagesJob, door: Door, receiver: Receiver, readBuffer: Buffer): Promise<Seat[]> {
  const rooms = job.rooms.map((id): Room => ({ id, sent: 0 }));
  const seats: Seat[] = [];
  const come = async (perRoom: number, sends: boolean) => {
    await inParallel(rooms.length * perRoom, HANDSHAKES_AT_A_TIME, async (index) => {
      const room = rooms[Math.floor(index / perRoom)];
      if (room === undefined) return;
      const user = `${sends ? 'sender' : 'listener'}-${index}`;
      const client = await join(door, room.id, user, { port: job.port, tlsPort: job.tlsPort, receiver, readBuffer });
      seats.push({ client, room, sends });
    });
  };
  await come(job.listeners, false);
  await come(job.senders, true);
  return seats;
}

async function lastDeliveries(seats: readonly Seat[]): Promise<void> {
  const complete = () => seats.every(({ client, room }) => client.received === room.sent);
  const deadline = performance.now() + LAST_DELIVERIES_MS;
  while (!complete() && performance.now() < deadline) await delay(10);
  const short = seats.filter(({ client, room }) => client.received !== room.sent);
  const [first] = short;
  if (first === undefined) return;
  const example = `the first has ${first.client.received} of ${first.room.sent}`;
  throw new Error(`${short.length} of ${seats.length} connections have not received what was sent; ${example}`);
}

export async function runMessages(job: MessagesJob, readBuffer: Buffer): Promise<Sample> {
  using door = createDoor(job);
  const loop = createLoop(job, door);
  const measure = async (): Promise<Sample> => {
    const seats = await fillRooms(job, door, loop.receiver, readBuffer);
    await delay(SETTLE_MS);
    loop.start(seats);
    await delay(job.warmUpMs);

    const endInterval = await startInterval(job.serverPid);
    const before = { ...loop.counted };
    loop.state.measuring = true;
    await delay(job.measureMs);
    loop.state.measuring = false;
    const deliveries = loop.counted.deliveries - before.deliveries;
    const bytes = loop.counted.bytes - before.bytes;
    const { seconds, ...load } = await endInterval();

    loop.state.sending = false;
    if (deliveries === 0) throw new Error('no message was delivered while measuring');
    await lastDeliveries(seats);
    for (const { client } of seats) client[Symbol.dispose]();
    return {
      deliveriesPerSecond: deliveries / seconds,
      p50Ms: loop.latency.quantile(0.5) / 1000,
      p99Ms: loop.latency.quantile(0.99) / 1000,
      p999Ms: loop.latency.quantile(0.999) / 1000,
      frameBytes: bytes / deliveries,
      ...load,
    };
  };
  return await Promise.race([measure(), loop.failed]);
}
