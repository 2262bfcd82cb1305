import { TokenBucket } from './limits.ts';
import type { Clock, Subject } from './ports.ts';

export interface AdmissionLimits {
  /** Connections open at once. */
  readonly connections: number;
  /** Handshakes a second, all together and of one subject. */
  readonly handshakesPerSecond: number;
  readonly handshakesPerSubjectPerSecond: number;
  /** Handshakes that may wait. */
  readonly waiting: number;
  /** How long one may wait. */
  readonly waitMs: number;
}

/** Whose handshakes come, how fast they may, and how many of them wait. */
interface Guest {
  readonly pace: TokenBucket;
  waiting: number;
}

interface Waiter {
  readonly guest: Guest;
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
 * Holds valid handshakes to the pace and the ceiling of connections. Clients give up soon after refusals, or try again
 * without a pause: so what has no room now waits its turn, and only what has waited in vain, or must, is refused.
 */
export class Admission implements Disposable {
  readonly #clock: Clock;
  readonly #limits: AdmissionLimits;
  readonly #pace: TokenBucket;
  readonly #guests = new Map<Subject, Guest>();
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
   * Resolves with a seat when the handshake may go on. Undefined: the queue is full, it has waited in vain, as many of
   * the subject wait as its pace lets in before their time is up, or its peer has gone.
   */
  enter(subject: Subject, gone: AbortSignal): Promise<Seat | undefined> {
    const guest = this.#guest(subject);
    if (this.#waiting.length === 0) {
      const seat = this.#take(guest);
      if (seat !== undefined) return Promise.resolve(seat);
    }
    const { waiting, waitMs } = this.#limits;
    const inVain = guest.waiting >= (guest.pace.rate * waitMs) / 1000;
    if (inVain || this.#waiting.length >= waiting) return Promise.resolve(undefined);
    guest.waiting += 1;
    return new Promise((settle) => {
      this.#waiting.push({ guest, gone, settle, untilMs: this.#clock.monotonic() + waitMs });
    });
  }

  [Symbol.dispose](): void {
    this.#stop();
    for (const waiter of this.#waiting) waiter.settle(undefined);
    this.#waiting = [];
  }

  #guest(subject: Subject): Guest {
    let guest = this.#guests.get(subject);
    if (guest === undefined) {
      guest = { pace: new TokenBucket(this.#limits.handshakesPerSubjectPerSecond, this.#clock), waiting: 0 };
      this.#guests.set(subject, guest);
    }
    return guest;
  }

  #take({ pace }: Guest): Seat | undefined {
    if (this.#seated >= this.#limits.connections) return undefined;
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
      const seat = waiter.gone.aborted ? undefined : this.#take(waiter.guest);
      if (seat === undefined && !waiter.gone.aborted && now < waiter.untilMs) return true;
      waiter.guest.waiting -= 1;
      waiter.settle(seat);
      return false;
    });
  }

  #prune(): void {
    for (const [subject, { pace, waiting }] of this.#guests) {
      if (pace.full && waiting === 0) this.#guests.delete(subject);
    }
  }
}
