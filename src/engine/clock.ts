import type { Clock } from './ports.ts';

/** A clock on the machine's own time. */
export function systemClock(): Clock {
  let last = 0n;
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    timestamp() {
      // performance.timeOrigin + now() has sub-millisecond digits but drifts from a stepped wall clock, so only the
      // digits below the millisecond are taken from it.
      const fine = BigInt(Math.floor((performance.now() % 1) * 1_000_000));
      const at = BigInt(Date.now()) * 1_000_000n + fine;
      last = at > last ? at : last + 1n;
      return last;
    },
    endOfTick: (task) => void setImmediate(task),
    every(ms, task) {
      const timer = setInterval(task, ms).unref();
      return () => clearInterval(timer);
    },
  };
}
