/** What the bench asks of the driver process (JSON on its standard input) and gets back (JSON on its output). */
import type { Credentials } from './sigv4.ts';

/** How to get in: which handshake, which greeting, which framing; `parlor` is IVS Chat, `chime` is `/connect`. */
export type DoorName = 'parlor' | 'plain' | 'socket.io' | 'chime' | 'chime control';

interface Job {
  readonly port: number;
  /** Where chat connections go, over TLS; absent: to `port`, without. */
  readonly tlsPort?: number | undefined;
  /** The server's process, whose memory and processor time are read. */
  readonly serverPid: number;
  readonly door: DoorName;
  /** To sign with; used by the doors of Parlor. */
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
  /** Where the probe of the server's heap writes; absent: it has none. */
  readonly probeFile?: string;
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

/**
 * Closed loop of SendChannelMessage requests, all signed before the clock starts, over the channels in turn. User n is a
 * member of channel n modulo `channels`; of the members who are connected, the last one sends.
 */
export interface ChannelMessagesJob extends Job {
  readonly kind: 'channel-messages';
  readonly appInstanceArn: string;
  readonly channels: number;
  /** The users 0 to `connected` - 1 are. */
  readonly connected: number;
  readonly inFlight: number;
  /** How long a message is in flight: until its request is answered, or until the sender has it itself as well. */
  readonly until: 'answered' | 'heard';
  /** Latency is taken on every so many-th connection. */
  readonly sampleEvery: number;
  readonly warmUpMessages: number;
  readonly measuredMessages: number;
  /** Where the probe of its event loop writes. */
  readonly probeFile: string;
}

/** Users connect with prefetch, each once, a number of them at a time. */
export interface PrefetchJob extends Job {
  readonly kind: 'prefetch';
  readonly appInstanceArn: string;
  readonly warmUpUsers: number;
  readonly measuredUsers: number;
  readonly atATime: number;
  /** CHANNEL_DETAILS that each user gets. */
  readonly channelsPerUser: number;
}

/** Closed loop of ListChannelMessages requests for full pages, signed before the clock starts. */
export interface PagesJob extends Job {
  readonly kind: 'pages';
  readonly channelArn: string;
  readonly bearer: string;
  /**
   * Where pages begin, ISO times: each is the page that follows one of these by its token. Empty: at the newest message,
   * without a token.
   */
  readonly after: readonly string[];
  readonly inFlight: number;
  readonly warmUpRequests: number;
  readonly measuredRequests: number;
}

export type DriverJob =
  | MessagesJob
  | IdleJob
  | OpenJob
  | TokensJob
  | ListenJob
  | ChannelMessagesJob
  | PrefetchJob
  | PagesJob;

/** Measured values by name; the scenario says what each is and in which unit. */
export type Sample = Readonly<Record<string, number>>;
