/**
 * The WebSocket on which an AppInstanceUser hears what happens in its channels (spec/chime-messaging 1 and 2). It is
 * opened with a presigned URL, and nothing is ever sent on it: what a client does, it does over HTTP.
 */
import type { ConnectionState } from '../connection-state.ts';
import type {
  ChannelMessage,
  ChannelSummary,
  Identity,
  Membership,
  MessagingClient,
  Timestamp,
} from './messaging-client.ts';
import { presign } from './sigv4.ts';

/** A channel with its latest messages, newest first: what is sent to begin with (1.4). */
export interface ChannelDetails {
  readonly Channel: ChannelSummary;
  readonly ChannelMessages: readonly ChannelMessage[];
  readonly ChannelMemberships: readonly Membership[];
  readonly ReadMarkerTimestamp?: Timestamp;
  readonly ChannelMessagesHasMore: boolean;
}

interface Payloads {
  readonly SESSION_ESTABLISHED: undefined;
  readonly CHANNEL_DETAILS: ChannelDetails;
  readonly CREATE_CHANNEL_MESSAGE: ChannelMessage & { readonly ChannelArn: string };
  readonly UPDATE_CHANNEL_MESSAGE: ChannelMessage & { readonly ChannelArn: string };
  readonly REDACT_CHANNEL_MESSAGE: ChannelMessage & { readonly ChannelArn: string };
  readonly DELETE_CHANNEL_MESSAGE: ChannelMessage & { readonly ChannelArn: string };
  readonly UPDATE_CHANNEL: ChannelSummary;
  readonly DELETE_CHANNEL: ChannelSummary;
  readonly CREATE_CHANNEL_MEMBERSHIP: Membership & { readonly ChannelArn: string };
  readonly BATCH_CREATE_CHANNEL_MEMBERSHIP: { readonly ChannelArn: string; readonly Members: readonly Identity[] };
  readonly DELETE_CHANNEL_MEMBERSHIP: Membership & { readonly ChannelArn: string };
}

/** An event of table 1.2, with its payload decoded. */
export type MessagingEvent = {
  readonly [Type in keyof Payloads]: { readonly type: Type; readonly payload: Payloads[Type] };
}[keyof Payloads];

export interface MessagingSessionOptions {
  readonly client: MessagingClient;
  /** The state has changed. `cause` says why it is not open. */
  readonly onState: (state: ConnectionState, cause: string) => void;
  readonly onEvent: (event: MessagingEvent) => void;
  /** A frame as it came, or what has happened to the connection. */
  readonly onWire: (kind: 'event' | 'connection', text: string) => void;
}

const EXPIRES_SECONDS = 10;
/** About half a minute, enough for a server to restart. */
const MAXIMUM_ATTEMPTS = 10;
const PREFETCH = { 'prefetch-on': 'connect' };

/** Opens a connection again after those closures that a client may come back from (2.5). */
export class MessagingSession {
  readonly #options: MessagingSessionOptions;
  /** The same for as long as the page is open, so that a connection takes the place of the one before. */
  readonly #sessionId = crypto.randomUUID();
  #state: ConnectionState = 'closed';
  #socket: WebSocket | undefined;
  #retry: number | undefined;
  #failures = 0;
  /** Counts releases: an attempt that finds a later number has been given up. */
  #generation = 0;

  constructor(options: MessagingSessionOptions) {
    this.#options = options;
  }

  connect(): void {
    if (this.#state !== 'closed') return;
    this.#failures = 0;
    this.#enter('connecting');
    void this.#open();
  }

  disconnect(): void {
    this.#release();
    this.#enter('closed', 'You closed the connection.');
  }

  #enter(state: ConnectionState, cause = ''): void {
    this.#state = state;
    this.#options.onState(state, cause);
  }

  async #open(): Promise<void> {
    const generation = this.#generation;
    let url: URL;
    try {
      url = await this.#address();
    } catch (error) {
      if (generation === this.#generation) this.#reconnect(error instanceof Error ? error.message : String(error));
      return;
    }
    if (generation !== this.#generation) return;
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.onopen = () => this.#options.onWire('connection', `opened wss://${url.host}${url.pathname}`);
    socket.onmessage = ({ data }) => {
      if (this.#socket === socket) this.#receive(String(data));
    };
    socket.onclose = ({ code, reason }) => {
      this.#options.onWire('connection', `closed ${code}${reason === '' ? '' : ` ${reason}`}`);
      if (this.#socket !== socket) return;
      const cause = reason === '' ? 'The connection was lost.' : `${reason}.`;
      if (mayComeBack(code)) {
        this.#reconnect(cause);
      } else {
        this.#release();
        this.#enter('closed', cause);
      }
    };
  }

  /** Asked for each time: a server that is about to go may name another one. */
  async #address(): Promise<URL> {
    const { client } = this.#options;
    const url = new URL(`wss://${await client.getMessagingSessionEndpoint()}/connect`);
    const parameters = { userArn: client.userArn, sessionId: this.#sessionId, ...PREFETCH };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return presign(await client.signer(), url, EXPIRES_SECONDS);
  }

  #receive(text: string): void {
    this.#options.onWire('event', text);
    const event = decode(text);
    // From here on nothing is missed while the connection stays (1.5).
    if (event.type === 'SESSION_ESTABLISHED') {
      this.#failures = 0;
      this.#enter('open');
    }
    this.#options.onEvent(event);
  }

  #reconnect(cause: string): void {
    this.#release();
    if (this.#failures === MAXIMUM_ATTEMPTS) {
      this.#enter('closed', cause);
      return;
    }
    const failures = this.#failures++;
    const delayMs = failures === 0 ? 0 : Math.min(5_000, 125 * 2 ** failures) * (0.5 + Math.random() / 2);
    this.#enter('connecting', cause);
    this.#retry = window.setTimeout(() => void this.#open(), delayMs);
  }

  #release(): void {
    this.#generation += 1;
    clearTimeout(this.#retry);
    this.#socket?.close(1000);
    this.#socket = undefined;
  }
}

/** Those closures after which the client of AWS connects again. */
function mayComeBack(code: number): boolean {
  if (code > 4000) return ![4002, 4003, 4401].includes(code);
  return [1001, 1006, 1011, 1012, 1013, 1014].includes(code);
}

/** Headers are text, and the payload is JSON within JSON. */
export function decode(text: string): MessagingEvent {
  const { Headers, Payload } = JSON.parse(text) as { Headers: Record<string, string>; Payload: string };
  const payload: unknown = Payload === '' ? undefined : JSON.parse(Payload);
  return { type: Headers['x-amz-chime-event-type'], payload } as MessagingEvent;
}
