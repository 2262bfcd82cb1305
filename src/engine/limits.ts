import type { Clock } from './ports.ts';

const SECOND_MS = 1000;
/** Sums of fractional milliseconds must not refuse the last token of a second. */
const ROUNDING_MS = 0.001;

/**
 * Grants `rate` tokens a second: at most that many at once, refilled continuously. Its state is one number, the moment
 * at which it will be full again, since every connection has one.
 */
export class TokenBucket {
  /** Tokens per second: the capacity and the refill. Infinity never refuses. May change at any time. */
  rate: number;
  readonly #clock: Pick<Clock, 'monotonic'>;
  #fullAtMs = Number.NEGATIVE_INFINITY;

  constructor(rate: number, clock: Pick<Clock, 'monotonic'>) {
    this.rate = rate;
    this.#clock = clock;
  }

  /** Takes one token. False: there is none, and nothing has been taken. */
  take(): boolean {
    const fullAtMs = this.#fullAfterTaking();
    if (fullAtMs === undefined) return false;
    this.#fullAtMs = fullAtMs;
    return true;
  }

  /** Whether there is a token. For those who take from several buckets or from none. */
  get ready(): boolean {
    return this.#fullAfterTaking() !== undefined;
  }

  /** Whether it grants as many tokens as a new one would. */
  get full(): boolean {
    return this.#fullAtMs <= this.#clock.monotonic();
  }

  /** When it will be full again once a token is taken; undefined when there is none. */
  #fullAfterTaking(): number | undefined {
    if (this.rate === Number.POSITIVE_INFINITY) return Number.NEGATIVE_INFINITY;
    if (this.rate <= 0) return undefined;
    const now = this.#clock.monotonic();
    const tokenMs = SECOND_MS / this.rate;
    const fullAtMs = Math.max(this.#fullAtMs, now) + tokenMs;
    // Below one token a second the bucket still holds a whole one.
    return fullAtMs - now > Math.max(SECOND_MS, tokenMs) + ROUNDING_MS ? undefined : fullAtMs;
  }
}
