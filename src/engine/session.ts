import type { Batch, Topic } from './fan-out.ts';
import { HELD_BYTES_MAX, Holds } from './holds.ts';
import type { Connection, Subject } from './ports.ts';
import type { Alarm } from './wheel.ts';

/** What a session asks of its hub. */
export interface SessionHost {
  /** Stages, in arrival order, what the session's topics hold for it and it has not been given yet. */
  catchUp(session: Session): void;
  /** Has the session written at the end of this tick. */
  touch(session: Session): void;
  /** Removes the session from all its topics. */
  leaveAll(session: Session): void;
  /** Abandons a session from which too much is held back. */
  overheld(session: Session): void;
}

/** The door's side of a session. */
export interface SessionOwner {
  /** The session's time is up. The owner says so in its protocol's words and ends it. */
  expired(session: Session): void;
}

/** How a session ends: a close frame, or none at all. */
export type Ending = { readonly code: number; readonly reason: string } | 'reset';

export const PING_EVERY_MS = 30_000;
export const PINGS_MISSED_MAX = 2;

/**
 * One connection: open -> ending -> closed. Everything its peer receives goes through one queue in arrival order:
 * topic frames (staged by the fan-out), direct frames (`send`) and the end. Nothing is queued after the end. The frames
 * of a topic that is held wait beside the queue, in their order.
 */
export class Session implements Alarm {
  readonly subject: Subject;
  readonly connection: Connection;
  /** Bytes its peer may leave unread. */
  readonly unreadBytesMax: number;
  /** The topics it is on, each with its place in the topic's list of sessions. */
  readonly topics = new Map<Topic, number>();
  /** For each unfinished batch of which it has been given a part: how many frames. */
  taken: Map<Batch, number> | undefined;
  /** What is held back; undefined while no topic is held. */
  holds: Holds | undefined;
  wakeAtMs = Number.POSITIVE_INFINITY;
  /** True while it stands in the hub's list of sessions to write. */
  touched = false;
  readonly #host: SessionHost;
  readonly #owner: SessionOwner;
  #state: 'open' | 'ending' | 'closed' = 'open';
  #pending: Buffer | Buffer[] | undefined;
  #ending: Ending | undefined;
  #expiresAtMs: number;
  #resetAtMs = Number.POSITIVE_INFINITY;
  #pingAtMs: number;
  #pingsMissed = 0;

  /** @param nowMs,expiresAtMs on the clock's monotonic milliseconds */
  constructor(
    host: SessionHost,
    connection: Connection,
    identity: {
      subject: Subject;
      owner: SessionOwner;
      nowMs: number;
      expiresAtMs: number;
      unreadBytesMax: number;
    },
  ) {
    this.#host = host;
    this.connection = connection;
    this.unreadBytesMax = identity.unreadBytesMax;
    this.subject = identity.subject;
    this.#owner = identity.owner;
    this.#expiresAtMs = identity.expiresAtMs;
    this.#pingAtMs = identity.nowMs + PING_EVERY_MS;
  }

  get open(): boolean {
    return this.#state === 'open';
  }

  get closed(): boolean {
    return this.#state === 'closed';
  }

  /** Queues one frame for this peer alone, behind everything its topics received before. */
  send(frame: Buffer): void {
    if (this.#state !== 'open') return;
    this.#host.catchUp(this);
    this.stage(frame);
  }

  /** Ends the connection behind everything queued so far. The first end counts. */
  end(ending: Ending): void {
    if (this.#state !== 'open') return;
    for (const topic of this.holds?.topics ?? []) this.release(topic);
    this.#host.catchUp(this);
    this.#ending = ending;
    this.#stop();
    this.#host.touch(this);
  }

  /** Keeps the topic's frames back from now on, until `release`. */
  hold(topic: string): void {
    if (this.#state !== 'open') return;
    this.holds ??= new Holds();
    this.holds.begin(topic);
  }

  /** Queues `first` and what was held back of the topic. Does nothing when the topic is not held. */
  release(topic: string, first?: Buffer): void {
    const held = this.holds?.end(topic);
    if (held === undefined) return;
    if (this.holds?.topics.length === 0) this.holds = undefined;
    if (first !== undefined) this.stage(first);
    for (const bytes of held) this.stage(bytes);
  }

  /** Queues bytes of a topic, or keeps them back while it is held. For the hub, which keeps the order. */
  receive(topic: string, bytes: Buffer): void {
    if (this.holds?.add(topic, bytes) !== true) this.stage(bytes);
    else if (this.holds.bytes > HELD_BYTES_MAX) this.#host.overheld(this);
  }

  /** Appends bytes to the queue; written at the end of the tick. For the hub, which keeps the order. */
  stage(bytes: Buffer): void {
    const pending = this.#pending;
    if (pending === undefined) this.#pending = bytes;
    else if (Array.isArray(pending)) pending.push(bytes);
    else this.#pending = [pending, bytes];
    this.#host.touch(this);
  }

  /** Hands the queue to the connection in one write. Returns the bytes handed over. */
  write(): number {
    const pending = this.#pending;
    this.#pending = undefined;
    let bytes = 0;
    if (this.#state === 'closed') return bytes;
    if (Array.isArray(pending)) {
      this.connection.cork();
      for (const frame of pending) {
        this.connection.write(frame);
        bytes += frame.length;
      }
      this.connection.uncork();
    } else if (pending !== undefined) {
      this.connection.write(pending);
      bytes = pending.length;
    }
    if (this.#ending === 'reset') this.connection.reset();
    else if (this.#ending !== undefined) this.connection.close(this.#ending.code, this.#ending.reason);
    this.#ending = undefined;
    return bytes;
  }

  /** Drops the queue and the connection: the peer does not read, or the hub is closing. */
  abandon(): void {
    this.#pending = undefined;
    if (this.#state === 'open') this.#stop();
    this.connection.reset();
  }

  /** The peer has shown that it is there. */
  heard(): void {
    this.#pingsMissed = 0;
  }

  /** Brings the expiry forward. @param atMs monotonic */
  expireAt(atMs: number): number {
    this.#expiresAtMs = Math.min(this.#expiresAtMs, atMs);
    return this.#nextWake();
  }

  /** Resets the connection at that time unless it has ended before. @param atMs monotonic. Returns the next wake time. */
  resetAt(atMs: number): number {
    this.#resetAtMs = atMs;
    return this.#nextWake();
  }

  due(nowMs: number): number {
    if (this.#state === 'closed') return Number.POSITIVE_INFINITY;
    if (nowMs >= this.#resetAtMs) {
      this.end('reset');
      return Number.POSITIVE_INFINITY;
    }
    if (nowMs >= this.#expiresAtMs) {
      this.#expiresAtMs = Number.POSITIVE_INFINITY;
      this.#owner.expired(this);
    }
    if (nowMs >= this.#pingAtMs) {
      if (this.#pingsMissed >= PINGS_MISSED_MAX) {
        this.end('reset');
        return Number.POSITIVE_INFINITY;
      }
      this.#pingsMissed += 1;
      this.connection.ping();
      this.#pingAtMs = nowMs + PING_EVERY_MS;
    }
    return this.#nextWake();
  }

  /** The connection is gone. */
  gone(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#pending = undefined;
    this.holds = undefined;
    this.#host.leaveAll(this);
  }

  #stop(): void {
    this.#state = 'ending';
    this.holds = undefined;
    this.#host.leaveAll(this);
  }

  #nextWake(): number {
    return Math.min(this.#pingAtMs, this.#expiresAtMs, this.#resetAtMs);
  }
}
