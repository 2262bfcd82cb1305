import { systemClock } from '../../../../src/engine/clock.ts';
import type { Clock } from '../../../../src/engine/ports.ts';
import type { ChimeVenue } from './venue.ts';

export interface Calendar extends Clock {
  /** Lets days pass at once. The venue's clients come along. */
  pass(days: number, venue: ChimeVenue): void;
}

const DAY_MS = 86_400_000;
/** What is done every few minutes, a test does not wait for. */
const SELDOM_MS = 60_000;
const OFTEN_MS = 20;

/**
 * A clock whose days a test owns. Minutes and what is shorter go on as ever, so that connections live through the days;
 * but what is done less than once a minute is done many times a second.
 */
export function calendar(): Calendar {
  const clock = systemClock();
  let aheadMs = 0;
  return {
    ...clock,
    now: () => clock.now() + aheadMs,
    every: (ms, task) => clock.every(ms < SELDOM_MS ? ms : OFTEN_MS, task),
    pass(days, { identity, messaging }) {
      aheadMs += days * DAY_MS;
      // What they sign has to be of the same day, whatever the machine's clock says in the header Date.
      for (const { config } of [identity, messaging]) {
        Object.defineProperty(config, 'systemClockOffset', {
          get: () => aheadMs,
          set: () => undefined,
          configurable: true,
        });
      }
    },
  };
}
