import type { Clock } from './ports.ts';

/** Something that wants to be woken. It belongs to at most one wheel. */
export interface Alarm {
  /** When to wake it, on the clock's monotonic milliseconds; Infinity: never. Only the wheel writes it. */
  wakeAtMs: number;
  /** Called once that time has come. Returns when to call again; Infinity: not again. */
  due(nowMs: number): number;
}

const SLOT_MS = 200;
const SLOTS = 256; // 51 s a turn; an alarm further away is looked at once a turn

/** One timer for all connections: a hashed wheel, so that 100,000 pings and expiries cost one interval and no closures. */
export class Wheel {
  readonly #slots: Set<Alarm>[] = Array.from({ length: SLOTS }, () => new Set());
  readonly #clock: Clock;
  readonly #stop: () => void;
  #turnedTo: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#turnedTo = Math.floor(clock.monotonic() / SLOT_MS);
    this.#stop = clock.every(SLOT_MS, () => this.#turn());
  }

  /** Sets or moves an alarm. @param wakeAtMs monotonic; woken up to 200 ms later, never earlier. */
  set(alarm: Alarm, wakeAtMs: number): void {
    this.cancel(alarm);
    if (wakeAtMs === Number.POSITIVE_INFINITY) return;
    // One that is already due waits for the slot that turns next.
    alarm.wakeAtMs = Math.max(wakeAtMs, (this.#turnedTo + 1) * SLOT_MS);
    this.#slot(alarm.wakeAtMs).add(alarm);
  }

  cancel(alarm: Alarm): void {
    if (alarm.wakeAtMs === Number.POSITIVE_INFINITY) return;
    this.#slot(alarm.wakeAtMs).delete(alarm);
    alarm.wakeAtMs = Number.POSITIVE_INFINITY;
  }

  [Symbol.dispose](): void {
    this.#stop();
  }

  #slot(wakeAtMs: number): Set<Alarm> {
    return this.#slots[Math.ceil(wakeAtMs / SLOT_MS) % SLOTS] as Set<Alarm>;
  }

  #turn(): void {
    const now = this.#clock.monotonic();
    const upTo = Math.floor(now / SLOT_MS);
    const from = Math.max(this.#turnedTo + 1, upTo - SLOTS + 1);
    this.#turnedTo = upTo;
    for (let slot = from; slot <= upTo; slot++) {
      const alarms = this.#slots[slot % SLOTS] as Set<Alarm>;
      for (const alarm of [...alarms]) {
        if (alarm.wakeAtMs > now || !alarms.has(alarm)) continue;
        this.cancel(alarm);
        const next = alarm.due(now);
        if (next !== Number.POSITIVE_INFINITY) this.set(alarm, Math.max(next, now + SLOT_MS));
      }
    }
  }
}
