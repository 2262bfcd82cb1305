import { BACKLOG_LIMITS, Backlog, type BacklogLimits, type ResetCause } from './backlog.ts';
import { FanOut, type Joining, Topic } from './fan-out.ts';
import type { Bus, Clock, Connection, Effect, Event, Observer, Subject } from './ports.ts';
import { Session, type SessionHost, type SessionOwner } from './session.ts';
import { Settling } from './settling.ts';
import { Wheel } from './wheel.ts';

/** Bytes a topic may hold while an earlier batch is still being given out; and those told in a tick to a part of it. */
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
  readonly #observer: Observer;
  readonly #limits: BacklogLimits;
  readonly #wheel: Wheel;
  readonly #fanOut: FanOut;
  readonly #backlog: Backlog;
  readonly #settling: Settling;
  readonly #topics = new Map<string, Topic>();
  readonly #sessions = new Set<Session>();
  /** By topic: bytes of this tick that are for a part of its sessions. */
  readonly #told = new Map<string, number>();
  readonly #stopSweep: () => void;

  constructor({ bus, clock, observer, backlog = BACKLOG_LIMITS }: HubOptions) {
    this.#bus = bus;
    this.#clock = clock;
    this.#wheel = new Wheel(clock);
    this.#observer = observer;
    this.#limits = backlog;
    this.#backlog = new Backlog(clock, backlog, (session, cause) => this.#reset(session, cause));
    this.#settling = new Settling(clock, (session, topic) => this.#enter(session, topic, 'newcomer'));
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
   * @param unreadBytesMax what its peer may leave unread; by default the hub's limit
   */
  open(
    connection: Connection,
    identity: { subject: Subject; owner: SessionOwner; expiresAtMs: number; unreadBytesMax?: number },
  ): Session {
    const nowMs = this.#clock.monotonic();
    const expiresAtMs = nowMs + (identity.expiresAtMs - this.#clock.now());
    const { unreadBytesMax = this.#limits.sessionBytes } = identity;
    const session = new Session(this, connection, { ...identity, nowMs, expiresAtMs, unreadBytesMax });
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
   * are still being given reaches it too, unlike one that joins by an effect or by `settled`.
   */
  join(session: Session, name: string): Promise<void> {
    return this.#enter(session, name, 'renewal');
  }

  /**
   * Call before reading which topics the session is to join, and `settled` with what was read. Until then the hub notes
   * the joins and leaves that reach the session's subject: they are newer than what was read.
   */
  settle(session: Session): void {
    this.#settling.begin(session);
  }

  /**
   * Joins the topics but those that the session has been made to leave since `settle`, a slice a tick. Of each it gets
   * what is published after it has joined. Resolves when every event published from now on, to these or to topics joined
   * meanwhile, reaches the session, or when it has ended. Rejects when a subscription fails; the session is to be ended.
   */
  settled(session: Session, names: readonly string[]): Promise<void> {
    return this.#settling.finish(session, names);
  }

  /**
   * Keeps the topic's frames back from the session until `release`; it need not be on the topic yet. What is kept back
   * of all topics is bounded: beyond, the session is reset. When it leaves the topic or ends, it is given what was held.
   */
  hold(session: Session, name: string): void {
    session.hold(name);
  }

  /** Queues `first`, then what was held back; then the topic is live again. Nothing when it is not held any more. */
  release(session: Session, name: string, first?: Buffer): void {
    session.release(name, first);
  }

  /** Sessions on the topic, on this node. */
  audience(name: string): number {
    return this.#topics.get(name)?.size ?? 0;
  }

  /** True when the topic holds so much that it should take nothing more for now. */
  congested(name: string): boolean {
    return (this.#topics.get(name)?.collecting?.size ?? 0) + (this.#told.get(name) ?? 0) > TOPIC_BYTES_MAX;
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
    this.#settling.forget(session);
    for (const topic of [...session.topics.keys()]) {
      topic.remove(session);
      this.#discardIfEmpty(topic);
    }
  }

  overheld(session: Session): void {
    this.#reset(session, 'held');
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
    if (topic !== undefined && frame !== undefined) {
      if (audience === undefined) this.#fanOut.add(topic, frame);
      else {
        this.#count(name, frame);
        this.#each(topic, audience, (session) => this.#tell(session, topic, frame));
      }
    }
    if (effect?.kind === 'leave') this.#settling.left(name, effect.subject);
    if (topic !== undefined && effect !== undefined) this.#apply(effect, topic);
  }

  #apply(effect: Effect, topic: Topic): void {
    switch (effect.kind) {
      case 'end':
        this.#each(topic, [effect.subject], (session) => session.end(effect));
        break;
      case 'leave':
        this.#each(topic, effect.subject === undefined ? undefined : [effect.subject], (session) =>
          this.#leave(session, topic),
        );
        this.#discardIfEmpty(topic);
        break;
      case 'join':
        this.#each(topic, undefined, (session) => {
          this.#settling.joined(session, effect.topic);
          // One that cannot join would miss events: it comes back and reads anew what it is entitled to.
          this.#enter(session, effect.topic, 'newcomer').catch(() => session.end('reset'));
        });
    }
  }

  /** Calls with the topic's sessions of the subjects; absent: with all. */
  #each(topic: Topic, subjects: readonly Subject[] | undefined, act: (session: Session) => void): void {
    const wanted = subjects && new Set(subjects);
    const matching = topic.sessions.filter(
      (session) => session !== undefined && (wanted === undefined || wanted.has(session.subject)),
    );
    for (const session of matching) if (session !== undefined) act(session);
  }

  #count(name: string, { length }: Buffer): void {
    if (this.#told.size === 0) this.#clock.endOfTick(() => this.#told.clear());
    this.#told.set(name, (this.#told.get(name) ?? 0) + length);
  }

  /** Queues a frame of the topic that not all its sessions get. */
  #tell(session: Session, topic: Topic, frame: Buffer): void {
    this.#fanOut.catchUpOn(topic, session);
    session.receive(topic.name, frame);
  }

  /** Adds the session to the topic at once. Resolves when every event published from now on reaches it. */
  #enter(session: Session, name: string, as: Joining): Promise<void> {
    if (!session.open) return Promise.resolve();
    let topic = this.#topics.get(name);
    if (topic === undefined) {
      topic = new Topic(name);
      this.#topics.set(name, topic);
      topic.subscribed = this.#bus.subscribe(name);
    }
    if (!session.topics.has(topic)) topic.add(session, as);
    return topic.subscribed;
  }

  /** The session gets what it is still owed of the topic, and nothing more. */
  #leave(session: Session, topic: Topic): void {
    session.release(topic.name);
    this.#fanOut.catchUpOn(topic, session);
    topic.remove(session);
  }

  #reset(session: Session, cause: ResetCause): void {
    this.#observer.sessionReset(cause);
    session.abandon();
  }

  #discardIfEmpty(topic: Topic): void {
    if (topic.size > 0 || topic.giving !== undefined || topic.collecting !== undefined) return;
    if (this.#topics.get(topic.name) !== topic) return;
    this.#topics.delete(topic.name);
    this.#bus.unsubscribe(topic.name);
  }
}
