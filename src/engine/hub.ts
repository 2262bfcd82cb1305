import { BACKLOG_LIMITS, Backlog, type BacklogLimits } from './backlog.ts';
import { FanOut, Topic } from './fan-out.ts';
import type { Bus, Clock, Connection, Event, Observer, Subject } from './ports.ts';
import { Session, type SessionHost, type SessionOwner } from './session.ts';
import { Wheel } from './wheel.ts';

/** Bytes a topic may hold while an earlier batch is still being given out. */
const TOPIC_BYTES_MAX = 512 << 10;

export interface HubOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly backlog?: BacklogLimits;
}

/** Topics and their sessions: takes events from the bus and gives each, in order, to the sessions of its topic. */
export class Hub implements SessionHost {
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #wheel: Wheel;
  readonly #fanOut: FanOut;
  readonly #backlog: Backlog;
  readonly #topics = new Map<string, Topic>();
  readonly #sessions = new Set<Session>();
  readonly #stopSweep: () => void;

  constructor({ bus, clock, observer, backlog = BACKLOG_LIMITS }: HubOptions) {
    this.#bus = bus;
    this.#clock = clock;
    this.#wheel = new Wheel(clock);
    this.#backlog = new Backlog(clock, backlog, (session, cause) => {
      observer.sessionReset(cause);
      session.abandon();
    });
    this.#fanOut = new FanOut(
      clock,
      observer,
      (session, bytes) => this.#backlog.wrote(session, bytes),
      (topic) => this.#discardIfEmpty(topic),
    );
    this.#stopSweep = clock.every(1000, () => this.#backlog.sweep());
    bus.connect((event) => this.#deliver(event));
  }

  /** All sessions that have not closed. */
  get sessions(): ReadonlySet<Session> {
    return this.#sessions;
  }

  /** Bytes handed to connections that their peers have not read. */
  get unreadBytes(): number {
    return this.#backlog.bytes;
  }

  /**
   * Makes a session of a connection.
   * @param expiresAtMs when its owner is told that its time is up, epoch milliseconds; Infinity: never
   */
  open(connection: Connection, identity: { subject: Subject; owner: SessionOwner; expiresAtMs: number }): Session {
    const nowMs = this.#clock.monotonic();
    const expiresAtMs = nowMs + (identity.expiresAtMs - this.#clock.now());
    const session = new Session(this, connection, { ...identity, nowMs, expiresAtMs });
    this.#sessions.add(session);
    this.#wheel.set(session, session.expireAt(expiresAtMs));
    return session;
  }

  /** The connection of a session is gone, whoever ended it. */
  close(session: Session): void {
    session.gone();
    this.#wheel.cancel(session);
    this.#backlog.forget(session);
    this.#sessions.delete(session);
  }

  /**
   * Resolves when every event published to the topic from now on reaches the session. What other sessions of the topic
   * are still being given reaches it too.
   */
  join(session: Session, name: string): Promise<void> {
    let topic = this.#topics.get(name);
    if (topic === undefined) {
      topic = new Topic(name);
      this.#topics.set(name, topic);
      topic.subscribed = this.#bus.subscribe(name);
    }
    if (session.open && !session.topics.has(topic)) topic.add(session);
    return topic.subscribed;
  }

  /** Sessions on the topic, on this node. */
  audience(name: string): number {
    return this.#topics.get(name)?.size ?? 0;
  }

  /** True when the topic holds so much that it should take nothing more for now. */
  congested(name: string): boolean {
    return (this.#topics.get(name)?.collecting?.size ?? 0) > TOPIC_BYTES_MAX;
  }

  publish(event: Event): void {
    this.#bus.publish(event);
  }

  /** Tells the session's owner in `inMs` that its time is up, if it does not run out before. */
  expireIn(session: Session, inMs: number): void {
    this.#wheel.set(session, session.expireAt(this.#clock.monotonic() + inMs));
  }

  /** Resets the session in `inMs` unless it has closed by then. */
  resetIn(session: Session, inMs: number): void {
    this.#wheel.set(session, session.resetAt(this.#clock.monotonic() + inMs));
  }

  catchUp(session: Session): void {
    this.#fanOut.catchUp(session);
  }

  touch(session: Session): void {
    this.#fanOut.touch(session);
  }

  leaveAll(session: Session): void {
    for (const topic of [...session.topics.keys()]) {
      topic.remove(session);
      this.#discardIfEmpty(topic);
    }
  }

  /** Resets every connection that is left and stops all timers. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of [...this.#sessions]) session.abandon();
    this.#stopSweep();
    this.#wheel[Symbol.dispose]();
    await this.#bus[Symbol.asyncDispose]();
  }

  #deliver({ topic: name, frame, audience, effect }: Event): void {
    const topic = this.#topics.get(name);
    if (topic === undefined) return;
    if (audience === undefined) this.#fanOut.add(topic, frame);
    else this.#each(topic, audience, (session) => session.send(frame));
    if (effect !== undefined) this.#each(topic, [effect.subject], (session) => session.end(effect));
  }

  #each(topic: Topic, subjects: readonly Subject[], act: (session: Session) => void): void {
    const matching = topic.sessions.filter((session) => session !== undefined && subjects.includes(session.subject));
    for (const session of matching) if (session !== undefined) act(session);
  }

  #discardIfEmpty(topic: Topic): void {
    if (topic.size > 0 || topic.giving !== undefined || topic.collecting !== undefined) return;
    if (this.#topics.get(topic.name) !== topic) return;
    this.#topics.delete(topic.name);
    this.#bus.unsubscribe(topic.name);
  }
}
