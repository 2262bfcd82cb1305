/** The messaging WebSocket of IVS Chat: handshake, requests, expiry and drain (spec/ivs-chat 1 and 2). */
import type { Admission, Seat } from '../engine/admission.ts';
import type { Hub } from '../engine/hub.ts';
import type { Ids } from '../engine/ids.ts';
import type { TokenBucket } from '../engine/limits.ts';
import type { Clock, Connection, Coordinator } from '../engine/ports.ts';
import type { Session, SessionOwner } from '../engine/session.ts';
import type { Acceptance, Door, Handshake, Receiver, Refusal } from '../transport/ports.ts';
import { actionOf, parseRequest, RATE_EXCEEDED, type Request } from './actions.ts';
import { roomTopic } from './broadcast.ts';
import { type ActionError, errorFrame, senderJson } from './frames.ts';
import type { Broadcast, ChatObserver, RefusalCause, SocketLimits } from './ports.ts';
import type { Room, RoomFacts } from './room-facts.ts';
import type { ChatToken, OpenChatToken } from './tokens.ts';

/** A larger frame is answered 413; above this the transport closes with 1009 (spec/ivs-chat 1.8). */
const FRAME_BYTES_HARD_MAX = 64 << 10;
/** Requests of one connection that wait for an earlier one; then its socket is not read. */
const WAITING_REQUESTS_MAX = 32;
/** After ERROR 401 a draining connection has this long to go by itself. */
const DRAIN_RESET_MS = 1000;

const EXPIRED: ActionError = { code: 401, message: 'The connection has expired.' };
const NOT_JSON: ActionError = { code: 400, message: 'The request is not a JSON object.' };
const UNKNOWN_ACTION: ActionError = {
  code: 400,
  message: 'Action must be SEND_MESSAGE, DELETE_MESSAGE or DISCONNECT_USER.',
};
const NO_ROOM: ActionError = { code: 404, message: 'The room does not exist.' };
const INTERNAL: ActionError = { code: 500, message: 'The request could not be processed.' };

export interface ChatSocketOptions {
  readonly hub: Hub;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly coordinator: Coordinator;
  readonly admission: Admission;
  readonly openToken: OpenChatToken;
  readonly rooms: RoomFacts;
  readonly limits: SocketLimits;
  readonly broadcast: Broadcast;
  readonly observer: ChatObserver;
  /** A failure inside; the client has been answered 500. */
  report(error: unknown): void;
}

/** A handshake, with what has become known of it. */
interface Attempt {
  readonly handshake: Handshake;
  token: ChatToken | undefined;
  cause: RefusalCause | undefined;
}

/** The door of IVS Chat. */
export class ChatDoor implements Door {
  readonly maximumMessageBytes = FRAME_BYTES_HARD_MAX;
  readonly options: ChatSocketOptions;
  readonly sessions = new Set<Session>();
  #draining = false;

  constructor(options: ChatSocketOptions) {
    this.options = options;
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** Answers a handshake and tells what became of it. */
  async admit(handshake: Handshake): Promise<Refusal | Acceptance> {
    const { clock, observer } = this.options;
    const startedMs = clock.monotonic();
    const attempt: Attempt = { handshake, token: undefined, cause: undefined };
    let status = 500;
    try {
      const answer = await this.#decide(attempt);
      status = 'status' in answer ? answer.status : 101;
      return answer;
    } finally {
      const { token, cause = status === 500 ? 'internal' : undefined } = attempt;
      observer.handshake({
        cause,
        status,
        userId: token?.userId,
        roomId: token?.roomId,
        address: handshake.address,
        elapsedMs: clock.monotonic() - startedMs,
      });
    }
  }

  /** The token is opened, its room looked up, its turn awaited, and only then it is spent (1.3, 1.4). */
  async #decide(attempt: Attempt): Promise<Refusal | Acceptance> {
    const { admission, coordinator, openToken, rooms } = this.options;
    const { protocols, gone } = attempt.handshake;
    const [presented] = protocols;
    const refuse = (cause: RefusalCause, status: number, message: string): Refusal => {
      attempt.cause = cause;
      return { status, message };
    };
    const refuseDraining = () => refuse('draining', 503, 'The server is shutting down.');
    if (presented === undefined) return refuse('missing', 401, 'The chat token is missing.');
    if (protocols.length > 1) return refuse('malformed', 400, 'Offer the chat token as the only subprotocol.');
    const token = openToken(presented);
    if (token === 'malformed') return refuse('malformed', 401, 'The chat token is not valid.');
    if (token === 'expired') return refuse('expired', 401, 'The chat token has expired.');
    attempt.token = token;
    const room = rooms.peek(token.roomId) ?? (await rooms.load(token.roomId));
    if (room === null) return refuse('room', 404, NO_ROOM.message);
    if (this.#draining) return refuseDraining();
    const seat = await admission.enter(`${token.roomId}/${token.userId}`, gone);
    if (gone.aborted) {
      seat?.leave();
      return refuse('gone', 400, 'The client has gone.');
    }
    if (seat === undefined) {
      return refuse('limit', 429, 'Too many connections are being opened. Try again later.');
    }
    gone.addEventListener('abort', () => seat.leave(), { once: true });
    try {
      const unused = await coordinator.claim(token.id, token.tokenExpiresAtMs);
      // A drain that began meanwhile has not told this connection to leave.
      if (unused && !this.#draining) {
        return { protocol: presented, opened: (connection) => new ChatSocket(this, connection, token, seat) };
      }
      seat.leave();
      return unused ? refuseDraining() : refuse('used', 401, 'The chat token has been used already.');
    } catch (error) {
      seat.leave();
      throw error;
    }
  }

  /**
   * Sends every client away, spread over `forMs`: ERROR 401, then a reset. A close frame would be final for the JS
   * client (spec/ivs-chat 1.7). Resolves when all have gone.
   */
  async drain(forMs: number): Promise<void> {
    this.#draining = true;
    const total = this.sessions.size;
    let place = 0;
    for (const session of this.sessions) this.options.hub.expireIn(session, (forMs * place++) / total);
    const deadline = this.options.clock.monotonic() + forMs + 2 * DRAIN_RESET_MS;
    await new Promise<void>((resolve) => {
      const stop = this.options.clock.every(50, () => {
        if (this.sessions.size > 0 && this.options.clock.monotonic() < deadline) return;
        stop();
        resolve();
      });
    });
  }
}

/** One connection of one user to one room. */
class ChatSocket implements Receiver, SessionOwner {
  readonly #door: ChatDoor;
  readonly #session: Session;
  readonly #token: ChatToken;
  readonly #seat: Seat;
  readonly #sender: string;
  readonly #bucket: TokenBucket;
  /** Requests behind one that waits for a room's facts; undefined while none does. */
  #waiting: string[] | undefined;

  constructor(door: ChatDoor, connection: Connection, token: ChatToken, seat: Seat) {
    const { hub, limits } = door.options;
    this.#door = door;
    this.#token = token;
    this.#seat = seat;
    this.#sender = senderJson(token.userId, token.attributes);
    this.#bucket = limits.connection();
    const expiresAtMs = token.sessionExpiresAtMs;
    this.#session = hub.open(connection, { subject: token.userId, owner: this, expiresAtMs });
    door.sessions.add(this.#session);
    hub.join(this.#session, roomTopic(token.roomId)).catch((error: unknown) => {
      door.options.report(error);
      this.#session.end('reset');
    });
  }

  text(message: string): void {
    this.#session.heard();
    if (this.#waiting === undefined) {
      this.#receive(message);
    } else {
      this.#waiting.push(message);
      if (this.#waiting.length >= WAITING_REQUESTS_MAX) this.#session.connection.pause();
    }
  }

  binary(): void {
    this.#session.heard();
    this.#answer('', NOT_JSON);
  }

  pong(): void {
    this.#session.heard();
  }

  closed(): void {
    this.#waiting = undefined;
    this.#door.sessions.delete(this.#session);
    this.#door.options.hub.close(this.#session);
    this.#seat.leave();
  }

  expired(session: Session): void {
    this.#answer('', EXPIRED);
    if (this.#door.draining) this.#door.options.hub.resetIn(session, DRAIN_RESET_MS);
    else session.end({ code: 1000, reason: EXPIRED.message });
  }

  /** Requests of one connection are answered one after another: the next waits while this one reads its room. */
  #receive(frame: string): void {
    if (!this.#session.open) return;
    const { rooms } = this.#door.options;
    const room = rooms.peek(this.#token.roomId);
    if (room !== undefined) {
      this.#handle(frame, room);
      return;
    }
    this.#waiting = [];
    rooms
      .load(this.#token.roomId)
      .then(
        (loaded) => this.#handle(frame, loaded),
        (failure: unknown) => this.#answer(requestIdOf(parseRequest(frame)), this.#failed(failure)),
      )
      .finally(() => this.#resume());
  }

  #resume(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    this.#session.connection.resume();
    for (const message of waiting) this.text(message);
  }

  #handle(frame: string, room: Room | null): void {
    const request = parseRequest(frame);
    const requestId = requestIdOf(request);
    const id = this.#door.options.ids.short();
    let error: ActionError | undefined;
    try {
      error = this.#perform(frame, request, { requestId, id, room });
    } catch (failure) {
      error = this.#failed(failure);
    }
    if (error !== undefined) this.#answer(requestId, error, id);
    if (error === EXPIRED) this.#session.end({ code: 1000, reason: EXPIRED.message });
  }

  #failed(failure: unknown): ActionError {
    this.#door.options.report(failure);
    return INTERNAL;
  }

  /** The order of checks is that of spec/ivs-chat 2.9. */
  #perform(
    frame: string,
    request: Request | undefined,
    { requestId, id, room }: { requestId: string; id: string; room: Room | null },
  ): ActionError | undefined {
    const { broadcast, clock, limits, observer } = this.#door.options;
    if (clock.now() >= this.#token.sessionExpiresAtMs) return EXPIRED;
    const withinRate = this.#bucket.take();
    if (request === undefined) return NOT_JSON;
    if (Buffer.byteLength(frame) > limits.frameBytes) {
      return { code: 413, message: `The request is larger than ${limits.frameBytes} bytes.` };
    }
    const action = actionOf(request);
    if (action === undefined) return UNKNOWN_ACTION;
    observer.requested(action.capability);
    if (!this.#token.capabilities.includes(action.capability)) {
      return { code: 403, message: `The token lacks the capability ${action.capability}.` };
    }
    if (!withinRate) return RATE_EXCEEDED;
    const wrong = checkRequestId(request) ?? action.check(request, limits);
    if (wrong !== undefined) return wrong;
    if (room === null) return NO_ROOM;
    return action.perform({ request, requestId, id, room, sender: this.#sender, limits, broadcast });
  }

  #answer(requestId: string, error: ActionError, id = this.#door.options.ids.short()): void {
    this.#door.options.observer.answeredError(error.code);
    this.#session.send(errorFrame(id, requestId, error));
  }
}

function requestIdOf(request: Request | undefined): string {
  const id = request?.get('RequestId');
  return typeof id === 'string' ? id : '';
}

const REQUEST_ID_MAX = 256;

function checkRequestId(request: Request): ActionError | undefined {
  const id = request.get('RequestId');
  if (id === undefined || id === null) return undefined;
  if (typeof id !== 'string') return { code: 400, message: 'RequestId must be a string.' };
  if (id.length > REQUEST_ID_MAX)
    return { code: 413, message: `RequestId is longer than ${REQUEST_ID_MAX} characters.` };
  return undefined;
}
