import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Alarm, Wheel } from '../../../src/engine/wheel.ts';
import { SimulatedClock } from '../../sim/support/world.ts';

/** An alarm that notes when it was woken. */
function alarm(next: (nowMs: number) => number = () => Number.POSITIVE_INFINITY): Alarm & { readonly woken: number[] } {
  const woken: number[] = [];
  return {
    woken,
    wakeAtMs: Number.POSITIVE_INFINITY,
    due(nowMs) {
      woken.push(nowMs);
      return next(nowMs);
    },
  };
}

test('an alarm is woken once, never early and within two turns of its slot', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 200_000 }), { minLength: 1, maxLength: 20 }), (times) => {
      const clock = new SimulatedClock();
      const wheel = new Wheel(clock);
      const alarms = times.map((time) => {
        const each = alarm();
        wheel.set(each, time);
        return each;
      });
      clock.pass(201_000);
      for (const [index, { woken }] of alarms.entries()) {
        const time = times[index] ?? 0;
        assert.equal(woken.length, 1);
        assert.ok((woken[0] ?? 0) >= time && (woken[0] ?? 0) <= time + 450, `${woken[0]} for ${time}`);
      }
    }),
    { numRuns: 20 },
  );
});

test('an alarm that asks again is woken again', () => {
  const clock = new SimulatedClock();
  const wheel = new Wheel(clock);
  const each = alarm((nowMs) => nowMs + 30_000);
  wheel.set(each, 30_000);
  clock.pass(125_000);
  assert.equal(each.woken.length, 4);
});

test('a moved alarm keeps only its last time', () => {
  const clock = new SimulatedClock();
  const wheel = new Wheel(clock);
  const each = alarm();
  wheel.set(each, 60_000);
  wheel.set(each, 1000);
  clock.pass(120_000);
  assert.equal(each.woken.length, 1);
});

test('a cancelled alarm is not woken', () => {
  const clock = new SimulatedClock();
  const wheel = new Wheel(clock);
  const each = alarm();
  wheel.set(each, 1000);
  wheel.cancel(each);
  clock.pass(60_000);
  assert.deepEqual(each.woken, []);
});

test('an alarm whose time has passed already is woken at the next turn', () => {
  const clock = new SimulatedClock();
  const wheel = new Wheel(clock);
  clock.pass(10_000);
  const [past, now] = [alarm(), alarm()];
  wheel.set(past, 3000);
  wheel.set(now, clock.monotonic());
  clock.pass(400);
  assert.deepEqual([past.woken.length, now.woken.length], [1, 1]);
});

test('an alarm whose time had passed can be cancelled', () => {
  const clock = new SimulatedClock();
  const wheel = new Wheel(clock);
  clock.pass(10_000);
  const each = alarm();
  wheel.set(each, 3000);
  wheel.cancel(each);
  clock.pass(60_000);
  assert.deepEqual(each.woken, []);
});
