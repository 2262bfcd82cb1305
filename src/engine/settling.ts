import type { Clock, Subject } from './ports.ts';
import type { Session } from './session.ts';
import { Turns } from './turns.ts';

/** Topics joined between two looks at the clock. */
const CHUNK = 128;
/** Topics that one session may be made to join and leave while it settles. Beyond, it is reset and begins anew. */
const HAPPENED_MAX = 10_000;

/** The last thing that happened to a session on each topic since it began to settle. */
type Happened = Map<string, 'join' | 'leave'>;

/**
 * Sessions that join the topics they were found entitled to a moment ago. Joins and leaves have gone on since: what has
 * happened is newer than what was read, so it wins.
 */
export class Settling {
  readonly #turns: Turns;
  readonly #join: (session: Session, topic: string) => Promise<void>;
  readonly #happened = new Map<Session, Happened>();

  constructor(clock: Clock, join: (session: Session, topic: string) => Promise<void>) {
    this.#turns = new Turns(clock);
    this.#join = join;
  }

  /** Notes from now on what happens to the session. */
  begin(session: Session): void {
    if (session.open) this.#happened.set(session, new Map());
  }

  joined(session: Session, topic: string): void {
    const happened = this.#happened.get(session);
    if (happened !== undefined) note(session, happened, topic, 'join');
  }

  /** The subject's sessions (absent: all) have left the topic, whether they were on it yet or not. */
  left(topic: string, subject: Subject | undefined): void {
    for (const [session, happened] of this.#happened) {
      if (subject !== undefined && subject !== session.subject) continue;
      note(session, happened, topic, 'leave');
      session.release(topic);
    }
  }

  forget(session: Session): void {
    this.#happened.delete(session);
  }

  /** Joins the topics but those that were left meanwhile, a slice a tick. */
  async finish(session: Session, topics: readonly string[]): Promise<void> {
    const happened = this.#happened.get(session);
    try {
      for (let at = 0; at < topics.length && session.open; at += CHUNK) {
        const chunk = topics.slice(at, at + CHUNK);
        const subscriptions = await this.#turns.take(() =>
          chunk.filter((topic) => happened?.get(topic) !== 'leave').map((topic) => this.#join(session, topic)),
        );
        await Promise.all(subscriptions);
      }
      // These were joined as it happened; their subscriptions may still be on the way.
      const joined = [...(happened ?? [])].filter(([, what]) => what === 'join');
      await Promise.all(joined.map(([topic]) => this.#join(session, topic)));
    } finally {
      this.forget(session);
    }
  }
}

function note(session: Session, happened: Happened, topic: string, what: 'join' | 'leave'): void {
  happened.set(topic, what);
  if (happened.size > HAPPENED_MAX) session.end('reset');
}
