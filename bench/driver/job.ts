/** What the bench asks of the driver process (JSON on its standard input) and gets back (JSON on its output). */
import type { Credentials } from './sigv4.ts';

/** How to get in: which handshake, which greeting, which framing. */
export type DoorName = 'parlor' | 'plain' | 'socket.io';

interface Job {
  readonly port: number;
  /** Where chat connections go, over TLS; absent: to `port`, without. */
  readonly tlsPort?: number | undefined;
  /** The server's process, whose memory and processor time are read. */
  readonly serverPid: number;
  readonly door: DoorName;
  /** To sign CreateChatToken with; used by the door `parlor` only. */
  readonly credentials: Credentials;
}

/** Closed loop: every sender keeps `window` messages in flight, each until the sender has got it back. */
export interface MessagesJob extends Job {
  readonly kind: 'messages';
  readonly rooms: readonly string[];
  /** Connections in each room that only listen. */
  readonly listeners: number;
  /** Connections in each room that listen and send; they connect last. */
  readonly senders: number;
  readonly window: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/**
 * Lets the empty server rest, opens connections at a steady rate, each with a token of its own made just before, then
 * waits.
 */
export interface IdleJob extends Job {
  readonly kind: 'idle';
  readonly room: string;
  readonly connections: number;
  readonly connectionsPerSecond: number;
  readonly restMs: number;
  readonly waitMs: number;
}

/** Makes all tokens, then opens all connections, both as fast as it goes. */
export interface OpenJob extends Job {
  readonly kind: 'open';
  readonly room: string;
  readonly connections: number;
}

/** Closed loop of CreateChatToken requests, all signed before the clock starts. */
export interface TokensJob extends Job {
  readonly kind: 'tokens';
  readonly room: string;
  readonly inFlight: number;
  readonly warmUpRequests: number;
  readonly measuredRequests: number;
}

/** Only listens, and counts what comes. */
export interface ListenJob extends Job {
  readonly kind: 'listen';
  readonly room: string;
  readonly connections: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export type DriverJob = MessagesJob | IdleJob | OpenJob | TokensJob | ListenJob;

/** Measured values by name; the scenario says what each is and in which unit. */
export type Sample = Readonly<Record<string, number>>;
