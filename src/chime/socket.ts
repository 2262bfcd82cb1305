/** `/connect`: the WebSocket on which an AppInstanceUser receives messages (spec/chime-messaging 2). */
import type { Scope } from '../aws/arn.ts';
import { AwsError } from '../aws/errors.ts';
import type { Authorize } from '../aws/ports.ts';
import { parseQuery } from '../aws/router.ts';
import type { Verifier } from '../aws/sigv4.ts';
import type { Admission, Seat } from '../engine/admission.ts';
import type { Hub } from '../engine/hub.ts';
import type { Clock, Connection } from '../engine/ports.ts';
import type { Session, SessionOwner } from '../engine/session.ts';
import { Turns } from '../engine/turns.ts';
import type { Database, Query } from '../storage/database.ts';
import type { Acceptance, Door, Handshake, Receiver, Refusal } from '../transport/ports.ts';
import { findNamed } from './arns.ts';
import { type Close, DRAINED, EXPIRED, FORBIDDEN, UNAUTHORIZED } from './closes.ts';
import { type Connected, Connections, type Grant } from './connections.ts';
import { channelTopic, SESSION_ESTABLISHED, subjectOf, userTopic } from './events.ts';
import { findIdentity, type IdentityFacts } from './identity.ts';
import { chooseDetailed, type OwnChannel, type PrefetchSortBy, readOwnChannels } from './own-channels.ts';
import type { MessagingObserver } from './ports.ts';
import { Prefetch } from './prefetch.ts';
import { SERVICE } from './service.ts';
import type { ChimeTables } from './tables.ts';
import { tagsOf } from './tags.ts';

/** Clients send nothing; what arrives is ignored. */
const MESSAGE_BYTES_MAX = 4096;
/** What may wait for a client that does not read. */
const UNREAD_BYTES_MAX = 4 << 20;
const DRAIN_GRACE_MS = 2000;

export interface MessagingDoorOptions {
  readonly hub: Hub;
  readonly clock: Clock;
  readonly scope: Scope;
  readonly verify: Verifier['verify'];
  readonly authorize: Authorize;
  readonly admission: Admission;
  /** Connections that a user may have. */
  readonly connectionsPerUser: number;
  readonly read: Database<ChimeTables>['read'];
  readonly observer: MessagingObserver;
  /** A failure inside; the connection has been reset. */
  report(error: unknown): void;
}

/** A handshake, with what has become known of it. */
interface Attempt {
  readonly handshake: Handshake;
  userArn: string | undefined;
  principal: string | undefined;
}

/** What a connection is opened with. */
interface Admitted {
  readonly user: IdentityFacts;
  readonly sessionId: string;
  /** When the credentials end, milliseconds since the epoch. */
  readonly expiresAtMs: number;
  /** Undefined: no details are sent. */
  readonly prefetch: PrefetchSortBy | undefined;
  readonly grant: Grant;
  /** How many changes of who may connect were known when it was decided. */
  readonly changes: number;
}

/** The door of Chime SDK messaging. */
export class MessagingDoor implements Door {
  readonly maximumMessageBytes = MESSAGE_BYTES_MAX;
  readonly options: MessagingDoorOptions;
  readonly connections: Connections;
  readonly prefetch: Prefetch;
  /** Readings of what connections are entitled to. */
  readonly turns: Turns;
  #changes = 0;
  #draining = false;

  constructor(options: MessagingDoorOptions) {
    const { clock, connectionsPerUser: perUser, report } = options;
    this.options = options;
    this.connections = new Connections({ clock, perUser, holds: (grant) => this.#mayConnect(grant), report });
    this.prefetch = new Prefetch(options);
    this.turns = new Turns(clock);
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** How many changes of who may connect are known. */
  get changes(): number {
    return this.#changes;
  }

  /** What a user or role of IAM may do has changed. @param id its unique id */
  changed(id: string): void {
    this.#changes += 1;
    this.connections.review(id);
  }

  /** Answers a handshake and tells what became of it. Who may not connect learns of it by a close frame (2.4). */
  async admit(handshake: Handshake): Promise<Refusal | Acceptance> {
    const { clock, observer } = this.options;
    const startedMs = clock.monotonic();
    const attempt: Attempt = { handshake, userArn: undefined, principal: undefined };
    let status = 500;
    try {
      const answer = await this.#decide(attempt);
      status = 'status' in answer ? answer.status : 'code' in answer ? answer.code : 101;
      return 'code' in answer ? { opened: (connection) => turnAway(connection, answer) } : answer;
    } finally {
      const { userArn, principal } = attempt;
      const elapsedMs = clock.monotonic() - startedMs;
      observer.handshake({ userArn, principal, address: handshake.address, status, elapsedMs });
    }
  }

  /** Sends every client away, spread over `forMs`; they reconnect. Resolves when all have gone. */
  async drain(forMs: number): Promise<void> {
    this.#draining = true;
    const { clock, hub } = this.options;
    const { sessions } = this.connections;
    const total = sessions.size;
    let place = 0;
    for (const session of sessions) hub.expireIn(session, (forMs * place++) / total);
    const deadline = clock.monotonic() + forMs + DRAIN_GRACE_MS;
    await new Promise<void>((resolve) => {
      const stop = clock.every(50, () => {
        if (sessions.size > 0 && clock.monotonic() < deadline) return;
        stop();
        resolve();
      });
    });
  }

  /** Who is too fast waits: a close that clients come back after would have them come back at once (2.6). */
  async #decide(attempt: Attempt): Promise<Refusal | Close | Acceptance> {
    const { gone } = attempt.handshake;
    if (this.#draining) return { status: 503, message: DRAINED.reason };
    const admitted = await this.#authorise(attempt);
    if ('code' in admitted) return admitted;
    const seat = await this.options.admission.enter(subjectOf(admitted.user.pk), gone);
    if (gone.aborted) {
      seat?.leave();
      return { status: 400, message: 'The client has gone.' };
    }
    if (seat === undefined) {
      return { status: 429, message: 'Too many connections are being opened. Try again later.' };
    }
    gone.addEventListener('abort', () => seat.leave(), { once: true });
    return { opened: (connection) => new MessagingSocket(this, connection, admitted, seat) };
  }

  /**
   * Who signed, whom it is for, and whether the one may connect as the other. Only who may learns whether the other
   * exists.
   */
  async #authorise(attempt: Attempt): Promise<Admitted | Close> {
    const { read, scope, verify } = this.options;
    const { target, headers, address, secure = false } = attempt.handshake;
    try {
      const rawHeaders = Object.entries(headers).flatMap(([name, value]) =>
        value === undefined ? [] : [name, [value].flat().join(',')],
      );
      const principal = await verify({ method: 'GET', target, rawHeaders, body: Buffer.of() }, SERVICE);
      attempt.principal = principal.arn;
      const parameters = new Map(parseQuery(target.slice(target.indexOf('?') + 1)));
      const { sessionId, userArn = '', ...wishes } = Object.fromEntries(parameters);
      attempt.userArn = userArn;
      if (!sessionId || !findNamed(scope, userArn, 'user')) return UNAUTHORIZED;
      const grant = { principal, userArn, address, secure };
      const changes = this.#changes;
      if (!(await this.#mayConnect(grant))) return FORBIDDEN;
      const user = await read((_sql, query) => findIdentity(query, scope, userArn));
      if (!user) return UNAUTHORIZED;
      const expiresAtMs = principal.session?.expiresAt ?? Number.POSITIVE_INFINITY;
      return { user, sessionId, expiresAtMs, prefetch: prefetchOf(wishes), grant, changes };
    } catch (error) {
      if (error instanceof AwsError) return UNAUTHORIZED;
      throw error;
    }
  }

  async #mayConnect({ principal, userArn, address, secure }: Grant): Promise<boolean> {
    const { authorize, clock, read, scope } = this.options;
    const { allowed } = await authorize({
      principal,
      action: 'chime:Connect',
      resources: [userArn],
      context: { sourceIp: address, time: clock.now(), secureTransport: secure, region: scope.region },
      resourceTags: (resource) => read((_sql, query) => tagsOf(query, scope, resource)),
    });
    return allowed;
  }
}

/** What is to be sent after SESSION_ESTABLISHED (1.4, 2.2). */
function prefetchOf(parameters: Readonly<Record<string, string>>): PrefetchSortBy | undefined {
  if (parameters['prefetch-on'] !== 'connect') return undefined;
  return parameters['prefetch-sort-by'] === 'last-message-timestamp' ? 'last-message-timestamp' : 'unread';
}

/** Nobody: the connection is closed again before anything is said on it. */
function turnAway(connection: Connection, { code, reason }: Close): Receiver {
  connection.close(code, reason);
  return { text: ignore, binary: ignore, pong: ignore, closed: ignore };
}

function ignore(): void {
  // A connection that is turned away has nothing to say.
}

/** One connection of one user. */
class MessagingSocket implements Receiver, SessionOwner {
  readonly #door: MessagingDoor;
  readonly #session: Session;
  readonly #connected: Connected;
  readonly #seat: Seat;

  constructor(door: MessagingDoor, connection: Connection, admitted: Admitted, seat: Seat) {
    const { hub, report } = door.options;
    const { user, sessionId, expiresAtMs, grant } = admitted;
    this.#door = door;
    this.#seat = seat;
    this.#session = hub.open(connection, {
      subject: subjectOf(user.pk),
      owner: this,
      expiresAtMs,
      unreadBytesMax: UNREAD_BYTES_MAX,
    });
    this.#connected = { session: this.#session, userPk: user.pk, sessionId, grant };
    door.connections.add(this.#connected);
    // What has happened since it was let in has not told this connection to leave.
    if (door.draining) this.expired();
    if (door.changes !== admitted.changes) door.connections.reviewOne(this.#connected);
    this.#establish(admitted).catch((error: unknown) => {
      if (this.#session.open) report(error);
      this.#session.end('reset');
    });
  }

  text(): void {
    this.#session.heard();
  }

  binary(): void {
    this.#session.heard();
  }

  pong(): void {
    this.#session.heard();
  }

  closed(): void {
    this.#door.connections.remove(this.#connected);
    this.#door.options.hub.close(this.#session);
    this.#seat.leave();
  }

  expired(): void {
    this.#session.end(this.#door.draining ? DRAINED : EXPIRED);
  }

  /** What happens to the user's memberships is heard of first, then they are read: nothing falls between (1.5). */
  async #establish({ user, prefetch }: Admitted): Promise<void> {
    const { hub, read } = this.#door.options;
    const session = this.#session;
    hub.settle(session);
    await hub.join(session, userTopic(user.pk));
    const exists = await read((_sql, query) => userExists(query, user.pk));
    if (!exists) return session.end(UNAUTHORIZED);
    const { topics, detailed } = await this.#readChannels(user.pk, prefetch);
    await hub.settled(session, topics);
    session.send(SESSION_ESTABLISHED);
    await this.#door.prefetch.send(session, user, detailed);
  }

  /** The topics of all channels, and those channels whose details are sent. */
  async #readChannels(userPk: number, prefetch: PrefetchSortBy | undefined) {
    const { read } = this.#door.options;
    const topics: string[] = [];
    let detailed: readonly OwnChannel[] = [];
    for (let after: number | undefined = 0; after !== undefined && this.#session.open; ) {
      const last: number = after;
      const page = await this.#door.turns.take(() => read((_sql, query) => readOwnChannels(query, userPk, last)));
      for (const { pk } of page.channels) topics.push(channelTopic(pk));
      if (prefetch !== undefined) detailed = chooseDetailed([...detailed, ...page.channels], prefetch);
      after = page.next;
    }
    return { topics, detailed: detailed.map(({ pk }) => pk) };
  }
}

/** Whether the user has not been deleted. */
async function userExists(query: Query, userPk: number): Promise<boolean> {
  const rows = await query('SELECT pk FROM chime_identity WHERE pk = ? AND deleted_at IS NULL', userPk);
  return rows.length > 0;
}
