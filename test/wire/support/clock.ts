import type { Clock } from '../../../src/engine/ports.ts';

export interface StoppedClock extends Clock {
  /** Lets time pass at once. What is due then is done within a few hundred real milliseconds. */
  advance(ms: number): void;
}

/**
 * A clock that stands still but for `advance`, so that nothing a test sees depends on the speed of the machine. Ends of
 * ticks and repeated tasks keep their real pace, so that sockets work.
 */
export function stoppedClock(): StoppedClock {
  let nowMs = Math.ceil(Date.now() / 1000) * 1000 + 1; // just after a second: what is due in whole seconds has no timer yet
  let last = 0n;
  return {
    advance(ms) {
      nowMs += ms;
    },
    now: () => nowMs,
    monotonic: () => nowMs,
    timestamp() {
      const now = BigInt(nowMs) * 1_000_000n;
      last = now > last ? now : last + 1n;
      return last;
    },
    endOfTick: (task) => void setImmediate(task),
    every(ms, task) {
      const timer = setInterval(task, ms).unref();
      return () => clearInterval(timer);
    },
  };
}
