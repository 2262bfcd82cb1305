import type { Clock } from './ports.ts';

const SECOND_MS = 1000;
/** Sums of fractional milliseconds must not refuse the last token of a second. */
const ROUNDING_MS = 0.001;

/**
 * Grants `rate` tokens a second, refilled continuously, and no more at once than come in `burstSeconds`. Its state is
 * one number, the moment at which it will be full again, since every connection has one.
 */
export class TokenBucket {
  /** Tokens per second: the capacity and the refill. Infinity never refuses. May change at any time. */
  rate: number;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #burstMs: number;
  #fullAtMs = Number.NEGATIVE_INFINITY;

  constructor(rate: number, clock: Pick<Clock, 'monotonic'>, burstSeconds = 1) {
    this.rate = rate;
    this.#clock = clock;
    this.#burstMs = burstSeconds * SECOND_MS;
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
    return fullAtMs - now > Math.max(this.#burstMs, tokenMs) + ROUNDING_MS ? undefined : fullAtMs;
  }
}

/** Buckets are looked through for full ones when there are more than this, and then twice as many as remained. */
const BUCKETS = 1024;

/** A bucket for each key that takes tokens; those that are full again are forgotten. */
export class TokenBuckets {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #burstSeconds: number;
  readonly #buckets = new Map<string, TokenBucket>();
  #enough = BUCKETS;

  constructor(clock: Pick<Clock, 'monotonic'>, burstSeconds = 1) {
    this.#clock = clock;
    this.#burstSeconds = burstSeconds;
  }

  /** Takes a token at the key's rate, which may have changed since. False: there is none. */
  take(key: string, rate: number): boolean {
    if (rate === Number.POSITIVE_INFINITY) return true;
    const bucket = this.#bucket(key);
    bucket.rate = rate;
    return bucket.take();
  }

  #bucket(key: string): TokenBucket {
    const known = this.#buckets.get(key);
    if (known) return known;
    if (this.#buckets.size >= this.#enough) {
      for (const [each, bucket] of this.#buckets) if (bucket.full) this.#buckets.delete(each);
      this.#enough = Math.max(BUCKETS, 2 * this.#buckets.size);
    }
    const bucket = new TokenBucket(0, this.#clock, this.#burstSeconds);
    this.#buckets.set(key, bucket);
    return bucket;
  }
}
