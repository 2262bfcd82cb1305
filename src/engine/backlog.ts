import type { Clock } from './ports.ts';
import type { Session } from './session.ts';

export interface BacklogLimits {
  /** Bytes a session may leave unread unless it was opened with a limit of its own. */
  readonly sessionBytes: number;
  /** How long the oldest unread byte may wait. */
  readonly ageMs: number;
  /** Unread bytes of all sessions together; above it the largest are reset first. */
  readonly processBytes: number;
}

export const BACKLOG_LIMITS: BacklogLimits = {
  sessionBytes: 1 << 20,
  ageMs: 10_000,
  processBytes: 256 << 20,
};

interface Unread {
  bytes: number;
  /** When the bytes now oldest were last known to be queued, and how many have been queued behind them since. */
  sinceMs: number;
  behind: number;
}

export type ResetCause = 'budget' | 'age' | 'process' | 'held';

/**
 * Sessions whose peers do not read as fast as they are sent to. They are reset, not closed: a close frame would queue
 * behind what they cannot read, and both official clients come back after an abnormal end (architecture, section 3).
 */
export class Backlog {
  readonly #clock: Clock;
  readonly #limits: BacklogLimits;
  readonly #reset: (session: Session, cause: ResetCause) => void;
  readonly #unread = new Map<Session, Unread>();
  #total = 0;

  constructor(clock: Clock, limits: BacklogLimits, reset: (session: Session, cause: ResetCause) => void) {
    this.#clock = clock;
    this.#limits = limits;
    this.#reset = reset;
  }

  /** Bytes that no peer has read yet. */
  get bytes(): number {
    return this.#total;
  }

  /** Looks at a session to which `written` bytes have just been handed over. */
  wrote(session: Session, written: number): void {
    const unsent = session.connection.unsent;
    const unread = this.#unread.get(session);
    if (unread === undefined) {
      if (unsent === 0) return;
      this.#unread.set(session, { bytes: unsent, sinceMs: this.#clock.monotonic(), behind: 0 });
      this.#total += unsent;
    } else {
      unread.behind += written;
      this.#update(session, unread, unsent);
    }
    if (unsent > session.unreadBytesMax) this.#drop(session, 'budget');
    if (this.#total > this.#limits.processBytes) this.#relieve();
  }

  /** Forgets a session that is gone. */
  forget(session: Session): void {
    const unread = this.#unread.get(session);
    if (unread === undefined) return;
    this.#total -= unread.bytes;
    this.#unread.delete(session);
  }

  /** Resets the sessions whose oldest unread byte is too old. Called every second. */
  sweep(): void {
    const now = this.#clock.monotonic();
    for (const [session, unread] of [...this.#unread]) {
      this.#update(session, unread, session.connection.unsent);
      if (now - unread.sinceMs > this.#limits.ageMs && this.#unread.has(session)) this.#drop(session, 'age');
    }
  }

  #update(session: Session, unread: Unread, unsent: number): void {
    this.#total += unsent - unread.bytes;
    unread.bytes = unsent;
    if (unsent === 0) {
      this.#unread.delete(session);
    } else if (unsent <= unread.behind) {
      // Everything that was waiting at `sinceMs` has left; what is now oldest came later.
      unread.sinceMs = this.#clock.monotonic();
      unread.behind = 0;
    }
  }

  #relieve(): void {
    const largestFirst = [...this.#unread].sort(([, a], [, b]) => b.bytes - a.bytes);
    for (const [session] of largestFirst) {
      if (this.#total <= this.#limits.processBytes) return;
      this.#drop(session, 'process');
    }
  }

  #drop(session: Session, cause: ResetCause): void {
    this.forget(session);
    this.#reset(session, cause);
  }
}
