/**
 * The interfaces between the engine and the rest of the house, with their contracts.
 * Types only: any folder may import this file.
 */

/** Who may see something: a user id, an ARN. Opaque to the engine. */
export type Subject = string;

/** What happens to the sessions of a topic at an event's place in it, after the event itself. */
export type Effect =
  /** The subject's sessions end. */
  | {
      readonly kind: 'end';
      readonly subject: Subject;
      /** WebSocket close code. */
      readonly code: number;
      readonly reason: string;
    }
  /** The subject's sessions (absent: all) leave the topic: they get this event and nothing after it. */
  | { readonly kind: 'leave'; readonly subject?: Subject }
  /** All sessions join another topic: they get what is published there from now on. For topics of a single user. */
  | { readonly kind: 'join'; readonly topic: string };

/** What travels on the bus. Receiving nodes write `frame` as it is. */
export interface Event {
  readonly topic: string;
  /** One finished server-to-client WebSocket frame (see frame.ts); absent: the event is its effect alone. */
  readonly frame?: Buffer;
  /** The subjects that get the bytes; absent: every session of the topic. */
  readonly audience?: readonly Subject[];
  readonly effect?: Effect;
}

/**
 * Carries events to every node with subscribers, the publisher included: a node hears its own events through the bus
 * alone. All subscribers of a topic see its events in one order. An event whose effect is a leave reaches every node,
 * subscribed or not: a session may be about to join what it is made to leave. The local bus loses nothing; a bus that
 * can lose must say so to the hub rather than deliver a gap.
 */
export interface Bus extends AsyncDisposable {
  /** Names the one receiver of all events. Called once, before anything else. */
  connect(deliver: (event: Event) => void): void;
  /** Resolves when every event published from now on will be delivered. Idempotent. */
  subscribe(topic: string): Promise<void>;
  /** No event of the topic is delivered after this returns, leaves excepted. Idempotent. */
  unsubscribe(topic: string): void;
  /** Delivers to all subscribed nodes, after every earlier event of this node on the same topic. */
  publish(event: Event): void;
}

/** Decides what must hold once across all nodes and restarts. */
export interface Coordinator {
  /**
   * True for exactly one caller per key until `expiresAtMs` (epoch), false for all others.
   * Resolves after the decision is on disk.
   */
  claim(key: string, expiresAtMs: number): Promise<boolean>;
}

/** Time as the engine sees it, so that a simulation can own it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds that never run backwards; only differences mean something. */
  monotonic(): number;
  /** Nanoseconds since the epoch, larger at every call. */
  timestamp(): bigint;
  /** Runs the task once, after the callbacks of the current event-loop tick. */
  endOfTick(task: () => void): void;
  /** Runs the task every `ms` until the returned function is called. Does not keep the process alive. */
  every(ms: number, task: () => void): () => void;
}

/** The far end of a session, as a transport hands it over. */
export interface Connection {
  /** Bytes handed over that the kernel has not taken yet. */
  readonly unsent: number;
  /** Queues raw bytes; after `close` or `reset` it does nothing. */
  write(bytes: Buffer): void;
  /** Holds writes back until `uncork`, which hands them over in one system call. */
  cork(): void;
  uncork(): void;
  /** Sends a close frame behind everything written, then ends the connection within seconds. */
  close(code: number, reason: string): void;
  /** Ends the connection at once, without a close frame: the peer sees an abnormal closure. */
  reset(): void;
  /** Sends a ping, which may overtake queued bytes. */
  ping(): void;
  /** Stops and restarts reading from the peer. */
  pause(): void;
  resume(): void;
}

/** What the engine tells about itself. Calls are cheap and never throw. */
export interface Observer {
  /** A batch of a topic has been handed to the kernel for all its receivers. */
  fannedOut(frames: number, receivers: number, elapsedMs: number): void;
  /** A session was reset because its peer does not read, or because too much was held back from it (`held`). */
  sessionReset(cause: 'budget' | 'age' | 'process' | 'held'): void;
}
