import { TokenBucket } from '../engine/limits.ts';
import type { Clock } from '../engine/ports.ts';

export interface AdmissionLimits {
  /** Connections open at once. */
  readonly connections: number;
  /** Handshakes a second, all together and of one user in one room. */
  readonly handshakesPerSecond: number;
  readonly handshakesPerUserPerSecond: number;
  /** Handshakes that may wait. */
  readonly waiting: number;
  /** How long one may wait. */
  readonly waitMs: number;
}

interface Waiter {
  readonly user: string;
  readonly untilMs: number;
  readonly gone: AbortSignal;
  readonly settle: (seat: Seat | undefined) => void;
}

/** One connection's place under the ceiling. */
export class Seat {
  #release: (() => void) | undefined;

  constructor(release: () => void) {
    this.#release = release;
  }

  /** Gives the place back. Calling it again does nothing. */
  leave(): void {
    this.#release?.();
    this.#release = undefined;
  }
}

const RETRY_MS = 50;

/**
 * Holds valid handshakes to the pace and the ceiling of connections. A refusal is final for the JS client after four
 * tries in ten milliseconds (spec/ivs-chat 1.5), so what has no room now waits its turn, and only what has waited in
 * vain is refused.
 */
export class Admission implements Disposable {
  readonly #clock: Clock;
  readonly #limits: AdmissionLimits;
  readonly #pace: TokenBucket;
  readonly #paceOfUser = new Map<string, TokenBucket>();
  readonly #stop: () => void;
  #waiting: Waiter[] = [];
  #seated = 0;
  readonly #release = () => {
    this.#seated -= 1;
  };

  constructor(clock: Clock, limits: AdmissionLimits) {
    this.#clock = clock;
    this.#limits = limits;
    this.#pace = new TokenBucket(limits.handshakesPerSecond, clock);
    const stopRetry = clock.every(RETRY_MS, () => this.#retry());
    const stopPrune = clock.every(10_000, () => this.#prune());
    this.#stop = () => {
      stopRetry();
      stopPrune();
    };
  }

  /** Handshakes waiting now. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Resolves with a seat when the handshake may go on. Undefined: the queue is full, it has waited in vain, or its peer
   * has gone.
   */
  enter(user: string, gone: AbortSignal): Promise<Seat | undefined> {
    if (this.#waiting.length === 0) {
      const seat = this.#take(user);
      if (seat !== undefined) return Promise.resolve(seat);
    }
    if (this.#waiting.length >= this.#limits.waiting) return Promise.resolve(undefined);
    return new Promise((settle) => {
      this.#waiting.push({ user, gone, settle, untilMs: this.#clock.monotonic() + this.#limits.waitMs });
    });
  }

  [Symbol.dispose](): void {
    this.#stop();
    for (const waiter of this.#waiting) waiter.settle(undefined);
    this.#waiting = [];
  }

  #take(user: string): Seat | undefined {
    if (this.#seated >= this.#limits.connections) return undefined;
    let pace = this.#paceOfUser.get(user);
    if (pace === undefined) {
      pace = new TokenBucket(this.#limits.handshakesPerUserPerSecond, this.#clock);
      this.#paceOfUser.set(user, pace);
    }
    // Neither pace is used up by waiting for the other.
    if (!pace.ready || !this.#pace.ready) return undefined;
    pace.take();
    this.#pace.take();
    this.#seated += 1;
    return new Seat(this.#release);
  }

  #retry(): void {
    if (this.#waiting.length === 0) return;
    const now = this.#clock.monotonic();
    this.#waiting = this.#waiting.filter((waiter) => {
      const seat = waiter.gone.aborted ? undefined : this.#take(waiter.user);
      if (seat === undefined && !waiter.gone.aborted && now < waiter.untilMs) return true;
      waiter.settle(seat);
      return false;
    });
  }

  #prune(): void {
    for (const [user, pace] of this.#paceOfUser) if (pace.full) this.#paceOfUser.delete(user);
  }
}
