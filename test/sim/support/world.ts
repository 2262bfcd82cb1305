/** A simulated world for the engine: time, chance, and peers that read as they please. */
import { strict as assert } from 'node:assert';
import type { Clock, Connection } from '../../../src/engine/ports.ts';

/** Random numbers that a seed repeats (mulberry32). */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0 up to, not including, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item;
  }
}

/** Time that moves only when told to. */
export class SimulatedClock implements Clock {
  #ms = 0;
  #ns = 0n;
  #tasks: (() => void)[] = [];
  readonly #repeating = new Set<{ everyMs: number; nextMs: number; task: () => void }>();

  now(): number {
    return 1_700_000_000_000 + this.#ms;
  }

  monotonic(): number {
    return this.#ms;
  }

  timestamp(): bigint {
    this.#ns += 1n;
    return BigInt(Math.floor(this.now())) * 1_000_000n + this.#ns;
  }

  endOfTick(task: () => void): void {
    this.#tasks.push(task);
  }

  every(everyMs: number, task: () => void): () => void {
    const timer = { everyMs, nextMs: this.#ms + everyMs, task };
    this.#repeating.add(timer);
    return () => this.#repeating.delete(timer);
  }

  /** Time that work takes: no timer fires within it. */
  spend(ms: number): void {
    this.#ms += ms;
  }

  /** Ends the current tick: runs what was waiting for its end. */
  endTick(): void {
    const tasks = this.#tasks;
    this.#tasks = [];
    for (const task of tasks) task();
  }

  /** Lets time pass, timers firing and ticks ending on the way. */
  pass(ms: number): void {
    const until = this.#ms + ms;
    while (this.#ms < until) {
      this.#ms = Math.min(this.#ms + 50, until);
      for (const timer of [...this.#repeating]) {
        while (timer.nextMs <= this.#ms && this.#repeating.has(timer)) {
          timer.nextMs += timer.everyMs;
          timer.task();
        }
      }
      this.endTick();
    }
  }
}

/** The far end of a session: it notes what arrives, and reads as fast as it was made to. */
export class SimulatedPeer implements Connection {
  /** Everything handed over, in order. */
  readonly written: Buffer[] = [];
  unsent = 0;
  ended: number | 'reset' | undefined;
  writes = 0;
  pings = 0;
  reads: boolean;
  #corked = 0;
  readonly #spend: () => void;

  constructor(reads: boolean, spend: () => void) {
    this.reads = reads;
    this.#spend = spend;
  }

  write(bytes: Buffer): void {
    if (this.ended !== undefined) return;
    this.#spend();
    if (this.#corked === 0) this.writes += 1;
    this.written.push(bytes);
    if (!this.reads) this.unsent += bytes.length;
  }

  cork(): void {
    this.#corked += 1;
  }

  uncork(): void {
    assert.equal(this.#corked, 1, 'cork and uncork come in pairs');
    this.#corked -= 1;
    this.writes += 1;
  }

  close(code: number): void {
    this.ended ??= code;
  }

  reset(): void {
    this.ended ??= 'reset';
  }

  ping(): void {
    this.pings += 1;
  }

  pause(): void {
    this.reads = false;
  }

  resume(): void {
    this.reads = true;
  }

  /** The texts received, in order. */
  get texts(): string[] {
    const bytes = Buffer.concat(this.written);
    const texts: string[] = [];
    for (let at = 0; at < bytes.length; ) {
      const short = bytes.readUInt8(at + 1);
      const [length, header] = short < 126 ? [short, 2] : [bytes.readUInt16BE(at + 2), 4];
      texts.push(bytes.toString('utf8', at + header, at + header + length));
      at += header + length;
    }
    return texts;
  }
}
