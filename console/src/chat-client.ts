/**
 * A client of the chat protocol, in the protocol's own words (spec/ivs-chat 1.2, 1.5 and 2.3 to 2.8). One WebSocket,
 * opened with a chat token as its only subprotocol; requests and what they lead to are matched by RequestId.
 */
import type { ConnectionState } from './connection-state.ts';

export interface MessageFrame {
  readonly Type: 'MESSAGE';
  readonly Id: string;
  readonly RequestId: string;
  readonly Content: string;
  readonly SendTime: string;
  readonly Sender: { readonly UserId: string };
}

export interface EventFrame {
  readonly Type: 'EVENT';
  readonly Id: string;
  readonly RequestId: string;
  readonly EventName: string;
  readonly Attributes: Readonly<Record<string, string>>;
}

export interface ErrorFrame {
  readonly Type: 'ERROR';
  readonly Id: string;
  readonly RequestId: string;
  readonly ErrorCode: number;
  readonly ErrorMessage: string;
}

export type ServerFrame = MessageFrame | EventFrame | ErrorFrame;

export type Action = 'SEND_MESSAGE' | 'DELETE_MESSAGE' | 'DISCONNECT_USER';

/** A request that the server refused with an ERROR frame, or (without a code) that got no answer. */
export class RequestError extends Error {
  override name = 'RequestError';
  readonly action: Action;
  readonly code: number | undefined;

  constructor(action: Action, message: string, code?: number) {
    super(message);
    this.action = action;
    this.code = code;
  }
}

export interface ChatClientOptions {
  /** `ws://` or `wss://` and the host; the room is in the token. */
  readonly url: string;
  /** Called for every connection: a token opens one, once. */
  readonly token: () => Promise<string>;
  /** The state has changed. `cause` says why it is not open. */
  readonly onState: (state: ConnectionState, cause: string) => void;
  readonly onMessage: (message: MessageFrame) => void;
  readonly onEvent: (event: EventFrame) => void;
  /** Everything that happens on the wire: raw frames sent and received, connections opened and closed. */
  readonly onWire: (direction: 'sent' | 'received' | 'connection', text: string) => void;
}

const REQUEST_TIMEOUT_MS = 10_000;
/** About half a minute, enough for a server to restart. */
const MAXIMUM_ATTEMPTS = 10;
/** A connection that lasted this long was a good one: the next failure counts as the first. */
const STABLE_MS = 5_000;

interface PendingRequest {
  readonly action: Action;
  readonly resolve: () => void;
  readonly reject: (error: RequestError) => void;
  readonly timer: number;
}

/**
 * Reconnects by itself, with a new token, after an abnormal closure and after ERROR 401 ("expired"). A clean close is
 * the server's last word (1.5): only `connect` opens a connection again.
 */
export class ChatClient {
  readonly #options: ChatClientOptions;
  readonly #pending = new Map<string, PendingRequest>();
  #state: ConnectionState = 'closed';
  #socket: WebSocket | undefined;
  #retry: number | undefined;
  #openedAt = 0;
  #failures = 0;
  /** Counts releases: an attempt that finds a later number has been given up. */
  #generation = 0;

  constructor(options: ChatClientOptions) {
    this.#options = options;
  }

  connect(): void {
    if (this.#state !== 'closed') return;
    this.#failures = 0;
    this.#enter('connecting');
    void this.#open();
  }

  disconnect(): void {
    this.#end('You closed the connection.');
  }

  /** Resolves when the message has come back from the room. */
  sendMessage(content: string): Promise<void> {
    return this.#request('SEND_MESSAGE', { Content: content });
  }

  deleteMessage(messageId: string, reason: string): Promise<void> {
    return this.#request('DELETE_MESSAGE', { Id: messageId, Reason: reason });
  }

  disconnectUser(userId: string, reason: string): Promise<void> {
    return this.#request('DISCONNECT_USER', { UserId: userId, Reason: reason });
  }

  #enter(state: ConnectionState, cause = ''): void {
    this.#state = state;
    this.#options.onState(state, cause);
  }

  async #open(): Promise<void> {
    const generation = this.#generation;
    let token: string;
    try {
      token = await this.#options.token();
    } catch (error) {
      if (generation === this.#generation) this.#reconnect(error instanceof Error ? error.message : String(error));
      return;
    }
    if (generation !== this.#generation) return;
    const { url, onWire } = this.#options;
    const socket = new WebSocket(url, token);
    this.#socket = socket;
    socket.onopen = () => {
      onWire('connection', `open ${url}, subprotocol: a chat token of ${token.length} characters`);
      if (this.#socket !== socket) return;
      this.#openedAt = performance.now();
      this.#enter('open');
    };
    socket.onmessage = ({ data }) => {
      if (this.#socket === socket) this.#receive(String(data));
    };
    socket.onclose = ({ code, reason, wasClean }) => {
      onWire('connection', `closed ${code}${reason === '' ? '' : ` ${reason}`}${wasClean ? '' : ' (abnormal)'}`);
      if (this.#socket !== socket) return;
      if (wasClean || code === 1000) this.#end('The server closed the connection.');
      else this.#reconnect('The connection was lost.');
    };
  }

  #receive(text: string): void {
    this.#options.onWire('received', text);
    const frame = decode(text);
    if (frame === undefined) return;
    if (frame.Type === 'MESSAGE') this.#options.onMessage(frame);
    if (frame.Type === 'EVENT') this.#options.onEvent(frame);
    this.#settle(frame);
    if (frame.Type === 'ERROR' && frame.ErrorCode === 401) this.#reconnect(frame.ErrorMessage);
  }

  /** Every request ends in one broadcast or one ERROR that carries its RequestId (2.8). */
  #settle(frame: ServerFrame): void {
    const request = this.#pending.get(frame.RequestId);
    if (request === undefined) return;
    this.#pending.delete(frame.RequestId);
    clearTimeout(request.timer);
    if (frame.Type === 'ERROR') request.reject(new RequestError(request.action, frame.ErrorMessage, frame.ErrorCode));
    else request.resolve();
  }

  #request(action: Action, fields: Readonly<Record<string, string>>): Promise<void> {
    const socket = this.#socket;
    if (this.#state !== 'open' || socket === undefined) {
      return Promise.reject(new RequestError(action, 'There is no connection.'));
    }
    return new Promise((resolve, reject) => {
      const requestId = randomId();
      const timer = window.setTimeout(() => {
        this.#pending.delete(requestId);
        reject(new RequestError(action, 'The server has not answered within 10 seconds.'));
      }, REQUEST_TIMEOUT_MS);
      this.#pending.set(requestId, { action, resolve, reject, timer });
      const text = JSON.stringify({ Action: action, RequestId: requestId, ...fields });
      socket.send(text);
      this.#options.onWire('sent', text);
    });
  }

  #end(cause: string): void {
    this.#release();
    this.#enter('closed', cause);
  }

  #reconnect(cause: string): void {
    if (this.#state === 'open' && performance.now() - this.#openedAt >= STABLE_MS) this.#failures = 0;
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

  /** Lets go of the socket and of everything that waits for it. */
  #release(): void {
    this.#generation += 1;
    clearTimeout(this.#retry);
    this.#socket?.close(1000);
    this.#socket = undefined;
    for (const { action, reject, timer } of this.#pending.values()) {
      clearTimeout(timer);
      reject(new RequestError(action, 'The connection ended before the server answered.'));
    }
    this.#pending.clear();
  }
}

/** crypto.randomUUID() exists on secure origins only; the page may be served over plain HTTP. */
function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The frame in the text; undefined when it is none that this client knows. */
function decode(text: string): ServerFrame | undefined {
  let frame: Partial<Record<string, unknown>>;
  try {
    frame = Object(JSON.parse(text)) as Partial<Record<string, unknown>>;
  } catch {
    return undefined;
  }
  const { Type, Id, RequestId, Content, SendTime, Sender, EventName, ErrorCode, ErrorMessage } = frame;
  if (typeof Id !== 'string' || typeof RequestId !== 'string') return undefined;
  if (Type === 'MESSAGE' && typeof Content === 'string' && typeof SendTime === 'string') {
    const { UserId } = (Sender ?? {}) as Partial<Record<string, unknown>>;
    return typeof UserId === 'string' ? { Type, Id, RequestId, Content, SendTime, Sender: { UserId } } : undefined;
  }
  if (Type === 'EVENT' && typeof EventName === 'string') {
    return { Type, Id, RequestId, EventName, Attributes: (frame['Attributes'] ?? {}) as Record<string, string> };
  }
  if (Type === 'ERROR' && typeof ErrorCode === 'number' && typeof ErrorMessage === 'string') {
    return { Type, Id, RequestId, ErrorCode, ErrorMessage };
  }
  return undefined;
}
