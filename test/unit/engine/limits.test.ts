import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { TokenBucket } from '../../../src/engine/limits.ts';

/** A clock that stands until it is moved. */
function clockAt(start = 0) {
  let now = start;
  return {
    monotonic: () => now,
    advance(ms: number) {
      now += ms;
    },
  };
}

function takeAll(bucket: TokenBucket, most = 1000): number {
  let taken = 0;
  while (taken < most && bucket.take()) taken++;
  return taken;
}

describe('a bucket', () => {
  test('holds a second of its rate', () => {
    for (const rate of [1, 3, 10, 100, 300]) assert.equal(takeAll(new TokenBucket(rate, clockAt(12_345.678))), rate);
  });

  test('tells whether there is a token, and takes none by it', () => {
    const bucket = new TokenBucket(2, clockAt());
    for (let count = 0; count < 10; count++) assert.equal(bucket.ready, true);
    assert.equal(takeAll(bucket), 2);
    assert.equal(bucket.ready, false);
  });

  test('is refilled continuously', () => {
    const clock = clockAt();
    const bucket = new TokenBucket(10, clock);
    takeAll(bucket);
    clock.advance(99);
    assert.equal(bucket.take(), false);
    clock.advance(1);
    assert.equal(takeAll(bucket), 1);
    clock.advance(550);
    assert.equal(takeAll(bucket), 5);
  });

  test('is never fuller than full', () => {
    const clock = clockAt();
    const bucket = new TokenBucket(10, clock);
    clock.advance(3_600_000);
    assert.equal(takeAll(bucket), 10);
  });

  test('loses nothing by being asked in vain', () => {
    const clock = clockAt();
    const bucket = new TokenBucket(2, clock);
    takeAll(bucket);
    for (let i = 0; i < 100; i++) bucket.take();
    clock.advance(500);
    assert.equal(bucket.take(), true);
  });

  test('holds one token when there is less than one a second', () => {
    const clock = clockAt();
    const bucket = new TokenBucket(0.5, clock);
    assert.equal(takeAll(bucket), 1);
    clock.advance(1999);
    assert.equal(bucket.take(), false);
    clock.advance(1);
    assert.equal(bucket.take(), true);
  });

  test('of an infinite rate never refuses', () => {
    assert.equal(takeAll(new TokenBucket(Number.POSITIVE_INFINITY, clockAt()), 100_000), 100_000);
  });

  test('of no rate always refuses', () => assert.equal(new TokenBucket(0, clockAt()).take(), false));

  test('takes on a new rate at once', () => {
    const clock = clockAt();
    const bucket = new TokenBucket(10, clock);
    takeAll(bucket);
    bucket.rate = 100;
    clock.advance(10);
    assert.equal(takeAll(bucket), 1);
  });

  test('says when it is full', () => {
    const clock = clockAt();
    const bucket = new TokenBucket(10, clock);
    assert.equal(bucket.full, true);
    bucket.take();
    assert.equal(bucket.full, false);
    clock.advance(100);
    assert.equal(bucket.full, true);
  });

  test('grants no more than its rate in any stretch of time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.array(fc.nat(400), { maxLength: 200 }), (rate, waits) => {
        const clock = clockAt();
        const bucket = new TokenBucket(rate, clock);
        const granted: number[] = [];
        for (const wait of waits) {
          clock.advance(wait);
          if (bucket.take()) granted.push(clock.monotonic());
        }
        for (let from = 0; from < granted.length; from++) {
          for (let to = from; to < granted.length; to++) {
            const elapsed = (granted[to] ?? 0) - (granted[from] ?? 0);
            assert.ok(to - from + 1 <= rate + (elapsed * rate) / 1000 + 0.001);
          }
        }
      }),
    );
  });
});
