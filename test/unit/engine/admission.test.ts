/** Who gets in at once, who waits and for how long (decision 0005). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Admission, type AdmissionLimits, type Seat } from '../../../src/engine/admission.ts';
import { SimulatedClock } from '../../sim/support/world.ts';

const NO_LIMIT: AdmissionLimits = {
  connections: Number.POSITIVE_INFINITY,
  handshakesPerSecond: Number.POSITIVE_INFINITY,
  handshakesPerSubjectPerSecond: Number.POSITIVE_INFINITY,
  waiting: 100,
  waitMs: 10_000,
};

interface Guest {
  /** Undefined while it waits. */
  outcome: 'in' | 'refused' | undefined;
  seat: Seat | undefined;
  leave(): void;
}

function door(limits: Partial<AdmissionLimits>) {
  const clock = new SimulatedClock();
  const admission = new Admission(clock, { ...NO_LIMIT, ...limits });
  const settled = () => new Promise(setImmediate);
  return {
    admission,
    async comes(user = 'ann'): Promise<Guest> {
      const gone = new AbortController();
      const guest: Guest = { outcome: undefined, seat: undefined, leave: () => gone.abort() };
      admission.enter(user, gone.signal).then((seat) => {
        guest.seat = seat;
        guest.outcome = seat === undefined ? 'refused' : 'in';
      });
      await settled();
      return guest;
    },
    async pass(ms: number): Promise<void> {
      clock.pass(ms);
      await settled();
    },
  };
}

test('below the ceiling everybody is in at once', async () => {
  const { comes, admission } = door({ connections: 3 });
  for (let count = 0; count < 3; count++) assert.equal((await comes()).outcome, 'in');
  assert.equal(admission.waiting, 0);
});

test('a seat that is left goes to who has waited longest', async () => {
  const { comes, pass } = door({ connections: 1 });
  const [first, second, third] = [await comes(), await comes(), await comes()];
  first.seat?.leave();
  await pass(100);
  assert.deepEqual([second.outcome, third.outcome], ['in', undefined]);
});

test('a seat is left once, however often it is said', async () => {
  const { comes, pass } = door({ connections: 1 });
  const [first, second, third] = [await comes(), await comes(), await comes()];
  first.seat?.leave();
  first.seat?.leave();
  await pass(100);
  assert.deepEqual([second.outcome, third.outcome], ['in', undefined]);
});

test('nobody overtakes who waits', async () => {
  const { comes, pass } = door({ connections: 1 });
  const [first, second] = [await comes(), await comes()];
  first.seat?.leave();
  const third = await comes();
  await pass(100);
  assert.deepEqual([second.outcome, third.outcome], ['in', undefined]);
});

test('who has waited as long as one may is refused', async () => {
  const { comes, pass } = door({ connections: 1, waitMs: 5000 });
  await comes();
  const second = await comes();
  await pass(4900);
  assert.equal(second.outcome, undefined);
  await pass(200);
  assert.equal(second.outcome, 'refused');
});

test('when as many wait as may, the next is refused at once', async () => {
  const { comes, admission } = door({ connections: 1, waiting: 2 });
  for (let count = 0; count < 3; count++) await comes();
  assert.equal((await comes()).outcome, 'refused');
  assert.equal(admission.waiting, 2);
});

test('who goes away while it waits takes no seat', async () => {
  const { comes, pass, admission } = door({ connections: 1 });
  const [first, second, third] = [await comes(), await comes(), await comes()];
  second.leave();
  first.seat?.leave();
  await pass(100);
  assert.deepEqual([second.outcome, third.outcome], ['refused', 'in']);
  assert.equal(admission.waiting, 0);
});

test('beyond the pace of all, handshakes wait for their turn', async () => {
  const { comes, pass } = door({ handshakesPerSecond: 10 });
  const guests = [];
  for (let count = 0; count < 15; count++) guests.push(await comes(`user-${count}`));
  assert.equal(guests.filter(({ outcome }) => outcome === 'in').length, 10);
  await pass(500);
  assert.equal(guests.filter(({ outcome }) => outcome === 'in').length, 15);
});

test("beyond a user's own pace only that user waits", async () => {
  const { comes, pass } = door({ handshakesPerSubjectPerSecond: 2 });
  const spinning = [await comes('ann'), await comes('ann'), await comes('ann')];
  assert.deepEqual(
    spinning.map(({ outcome }) => outcome),
    ['in', 'in', undefined],
  );
  const other = await comes('bob');
  await pass(100);
  assert.deepEqual([spinning[2]?.outcome, other.outcome], [undefined, 'in']);
  await pass(400);
  assert.equal(spinning[2]?.outcome, 'in');
});

test('of one user no more wait than its pace lets in before their time is up', async () => {
  const { comes, pass } = door({ handshakesPerSubjectPerSecond: 1, waitMs: 2000 });
  const spinning = [await comes('ann'), await comes('ann'), await comes('ann'), await comes('ann')];
  assert.deepEqual(
    spinning.map(({ outcome }) => outcome),
    ['in', undefined, undefined, 'refused'],
  );
  await pass(2000);
  assert.deepEqual([spinning[1]?.outcome, spinning[2]?.outcome], ['in', 'in']);
});

test("waiting for the pace of all uses up nothing of a user's own", async () => {
  const { comes, pass } = door({ handshakesPerSecond: 5, handshakesPerSubjectPerSecond: 1 });
  for (let count = 0; count < 5; count++) await comes(`user-${count}`);
  const ann = await comes('ann');
  await pass(200);
  assert.equal(ann.outcome, 'in');
});

test("waiting for one's own pace uses up nothing of that of all", async () => {
  const { comes, pass } = door({ handshakesPerSecond: 2, handshakesPerSubjectPerSecond: 1 });
  const [first, second, bob] = [await comes('ann'), await comes('ann'), await comes('bob')];
  await pass(50);
  assert.deepEqual([first.outcome, second.outcome, bob.outcome], ['in', undefined, 'in']);
});

test('when it is closed, who waits is refused', async () => {
  const { comes, admission } = door({ connections: 1 });
  await comes();
  const second = await comes();
  admission[Symbol.dispose]();
  await new Promise(setImmediate);
  assert.equal(second.outcome, 'refused');
});
