import type { Clock, Observer } from './ports.ts';
import type { Session } from './session.ts';

/** How long the event loop may be held before other work gets its turn. */
const SLICE_MS = 5;
/** Sessions written between two looks at the clock. */
const CHUNK = 128;

/** The frames of one topic and tick. Its bytes are joined once and shared by all receivers. */
export class Batch {
  readonly topic: Topic;
  readonly frames: Buffer[] = [];
  readonly openedMs: number;
  size = 0;
  /** While it is given out: the next session's index, and the index it ends before. Sessions beyond joined later. */
  next = 0;
  end = 0;
  receivers = 0;
  #bytes: Buffer | undefined;

  constructor(topic: Topic, openedMs: number) {
    this.topic = topic;
    this.openedMs = openedMs;
  }

  add(frame: Buffer): void {
    this.frames.push(frame);
    this.size += frame.length;
  }

  /** All frames in one buffer. Only of a batch that takes no more frames. */
  get bytes(): Buffer {
    this.#bytes ??= this.frames.length === 1 ? (this.frames[0] as Buffer) : Buffer.concat(this.frames, this.size);
    return this.#bytes;
  }
}

/** How a session joins a topic: see Topic.add. */
export type Joining = 'newcomer' | 'renewal';

/** The sessions of one topic: a dense array, so that a fan-out is a loop over indexes. */
export class Topic {
  readonly name: string;
  /** A hole is a session that left while a batch was being given out: indexes must not move under it. */
  sessions: (Session | undefined)[] = [];
  holes = 0;
  /** Collects the frames of this tick. */
  collecting: Batch | undefined;
  /** Is being given out. The next batch waits for it. */
  giving: Batch | undefined;
  /** Resolves when the bus delivers this topic's events. */
  subscribed: Promise<void> = Promise.resolve();

  constructor(name: string) {
    this.name = name;
  }

  get size(): number {
    return this.sessions.length - this.holes;
  }

  /**
   * A newcomer gets the frames that are added from now on. A renewal also gets those that the others have not all been
   * given yet: a client that renews its connection leaves the old one as soon as the new one is open, and between the
   * two nothing may fall through.
   */
  add(session: Session, as: Joining): void {
    const { collecting, giving } = this;
    session.topics.set(this, this.sessions.push(session) - 1);
    if (as === 'newcomer') {
      if (collecting !== undefined) markTaken(session, collecting, collecting.frames.length);
    } else {
      for (const frame of giving?.frames ?? []) session.receive(this.name, frame);
    }
  }

  remove(session: Session): void {
    const index = session.topics.get(this);
    if (index === undefined) return;
    session.topics.delete(this);
    if (this.collecting !== undefined) unmarkTaken(session, this.collecting);
    if (this.giving !== undefined) {
      unmarkTaken(session, this.giving);
      this.sessions[index] = undefined;
      this.holes += 1;
      return;
    }
    const last = this.sessions.pop();
    if (last !== undefined && last !== session) {
      this.sessions[index] = last;
      last.topics.set(this, index);
    }
  }

  /** Closes the holes, once nothing is being given out. */
  compact(): void {
    if (this.holes === 0) return;
    this.sessions = this.sessions.filter((session) => session !== undefined);
    this.holes = 0;
    for (const [index, session] of this.sessions.entries()) session?.topics.set(this, index);
  }
}

function markTaken(session: Session, batch: Batch, frames: number): void {
  session.taken ??= new Map();
  session.taken.set(batch, frames);
}

function unmarkTaken(session: Session, batch: Batch): void {
  session.taken?.delete(batch);
  if (session.taken?.size === 0) session.taken = undefined;
}

/**
 * Gives each tick's batches to the sessions: one write per session and tick, in slices of a few milliseconds, topics
 * in turn, so that a topic of 100,000 sessions delays a small one by a slice and not by itself.
 */
export class FanOut {
  readonly #clock: Clock;
  readonly #observer: Observer;
  readonly #written: (session: Session, bytes: number) => void;
  readonly #retired: (topic: Topic) => void;
  #collecting: Topic[] = [];
  #giving: Batch[] = [];
  #touched: Session[] = [];
  #scheduled = false;

  /**
   * @param written called after each write of a session
   * @param retired called when a topic has given out everything it held
   */
  constructor(
    clock: Clock,
    observer: Observer,
    written: (session: Session, bytes: number) => void,
    retired: (topic: Topic) => void,
  ) {
    this.#clock = clock;
    this.#observer = observer;
    this.#written = written;
    this.#retired = retired;
  }

  /** Adds a frame to the topic's batch of this tick. */
  add(topic: Topic, frame: Buffer): void {
    if (topic.collecting === undefined) {
      topic.collecting = new Batch(topic, this.#clock.monotonic());
      if (topic.giving === undefined) this.#collecting.push(topic);
      this.#schedule();
    }
    topic.collecting.add(frame);
  }

  /** Has the session written at the end of this tick. */
  touch(session: Session): void {
    if (session.touched) return;
    session.touched = true;
    this.#touched.push(session);
    this.#schedule();
  }

  /** Stages what the session's topics hold for it, so that whatever is queued next comes behind it. */
  catchUp(session: Session): void {
    for (const [topic, index] of session.topics) this.#catchUpOn(topic, session, index);
  }

  /** The same for one topic that the session is on. */
  catchUpOn(topic: Topic, session: Session): void {
    const index = session.topics.get(topic);
    if (index !== undefined) this.#catchUpOn(topic, session, index);
  }

  #catchUpOn({ giving, collecting }: Topic, session: Session, index: number): void {
    if (giving !== undefined && index >= giving.next && index < giving.end) this.#stagePart(session, giving);
    if (collecting !== undefined) this.#stagePart(session, collecting);
  }

  #stagePart(session: Session, batch: Batch): void {
    const { topic, frames } = batch;
    for (let index = session.taken?.get(batch) ?? 0; index < frames.length; index++) {
      session.receive(topic.name, frames[index] as Buffer);
    }
    markTaken(session, batch, frames.length);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#clock.endOfTick(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    const deadline = this.#clock.monotonic() + SLICE_MS;
    const collecting = this.#collecting;
    this.#collecting = [];
    for (const topic of collecting) this.#giveOut(topic);
    const turn = this.#giving;
    this.#giving = [];
    const unfinished: Batch[] = [];
    const finished: Batch[] = [];
    for (let place = 0; place < turn.length; place++) {
      const batch = turn[place] as Batch;
      const late = this.#slice(batch, deadline);
      if (batch.next < batch.end) unfinished.push(batch);
      else finished.push(batch);
      if (late) {
        unfinished.unshift(...turn.slice(place + 1)); // those that have not had their turn go first
        break;
      }
    }
    this.#writeTouched(deadline);
    for (const batch of finished) this.#retire(batch);
    this.#giving.unshift(...unfinished);
    if (this.#giving.length > 0 || this.#touched.length > 0) this.#schedule();
  }

  /** Starts giving out what the topic has collected. */
  #giveOut(topic: Topic): void {
    const batch = topic.collecting;
    if (batch === undefined) return;
    topic.collecting = undefined;
    topic.giving = batch;
    batch.end = topic.sessions.length;
    this.#giving.push(batch);
  }

  /** Stages a batch until it is done or the deadline has passed; true when it has passed. */
  #slice(batch: Batch, deadline: number): boolean {
    const { sessions } = batch.topic;
    while (batch.next < batch.end) {
      const session = sessions[batch.next++];
      if (session === undefined) continue;
      batch.receivers += 1;
      if (session.taken === undefined && session.holds === undefined) session.stage(batch.bytes);
      else this.#stageRest(session, batch);
      if (this.#touched.length >= CHUNK && this.#writeTouched(deadline)) return true;
    }
    return false;
  }

  /** Gives a batch to a session that has a part of it already, or holds the topic. */
  #stageRest(session: Session, batch: Batch): void {
    if (session.taken?.has(batch) === true) {
      this.#stagePart(session, batch);
      unmarkTaken(session, batch);
    } else {
      session.receive(batch.topic.name, batch.bytes);
    }
  }

  #retire(batch: Batch): void {
    const { topic } = batch;
    this.#observer.fannedOut(batch.frames.length, batch.receivers, this.#clock.monotonic() - batch.openedMs);
    topic.giving = undefined;
    topic.compact();
    if (topic.collecting !== undefined) this.#giveOut(topic);
    else this.#retired(topic);
  }

  /** Writes what is staged until it is done or the deadline has passed; true when it has passed. */
  #writeTouched(deadline: number): boolean {
    const touched = this.#touched;
    this.#touched = [];
    let late = false;
    let place = 0;
    while (place < touched.length && !late) {
      const session = touched[place++] as Session;
      session.touched = false;
      this.#written(session, session.write());
      if (place % CHUNK === 0) late = this.#clock.monotonic() >= deadline;
    }
    if (place < touched.length) this.#touched = [...touched.slice(place), ...this.#touched];
    return late;
  }
}
