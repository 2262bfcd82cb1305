import type { Clock } from './ports.ts';

/** How long all work that takes turns may hold the event loop in a tick. */
const SLICE_MS = 5;

/** Pieces of work that are done in the order they came, as many in a tick as fit into a slice of it. */
export class Turns {
  readonly #clock: Clock;
  #sliceEndsMs = Number.NEGATIVE_INFINITY;
  #last: Promise<void> = Promise.resolve();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Does a piece of work behind all that waits already, once the tick has time left. What the work awaits, the next
   * piece does not wait for.
   */
  async take<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    const turn = this.#last.then(() => this.#timeLeft());
    this.#last = turn;
    await turn;
    return work();
  }

  async #timeLeft(): Promise<void> {
    if (this.#clock.monotonic() < this.#sliceEndsMs) return;
    await new Promise<void>((resolve) => this.#clock.endOfTick(resolve));
    this.#sliceEndsMs = this.#clock.monotonic() + SLICE_MS;
  }
}
