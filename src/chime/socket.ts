/** `/connect`: the WebSocket on which an AppInstanceUser receives messages (spec/chime-messaging 2). */
import type { Scope } from '../aws/arn.ts';
import { AwsError } from '../aws/errors.ts';
import type { Authorize } from '../aws/ports.ts';
import { parseQuery } from '../aws/router.ts';
import type { Verifier } from '../aws/sigv4.ts';
import type { Hub } from '../engine/hub.ts';
import type { Clock, Connection } from '../engine/ports.ts';
import type { Session, SessionOwner } from '../engine/session.ts';
import type { Database, Query } from '../storage/database.ts';
import type { Acceptance, Door, Handshake, Receiver, Refusal } from '../transport/ports.ts';
import { findNamed } from './arns.ts';
import { channelTopic, SESSION_ESTABLISHED, subjectOf, userTopic } from './events.ts';
import { findIdentity } from './identity.ts';
import { SERVICE } from './service.ts';
import type { ChimeTables } from './tables.ts';

/** Clients send nothing; what arrives is ignored. */
const MESSAGE_BYTES_MAX = 4096;
/** What may wait for a client that does not read. */
const UNREAD_BYTES_MAX = 4 << 20;
/** Memberships read at once. */
const MEMBERSHIPS_PAGE = 1000;
const DRAIN_GRACE_MS = 2000;

/** Closes that the JS client does not reconnect after, and the one that it does (2.5). */
const UNAUTHORIZED = { code: 4401, reason: 'Unauthorized' };
const FORBIDDEN = { code: 4003, reason: 'Forbidden' };
const EXPIRED = { code: 1001, reason: 'Credentials expired' };
const DRAINED = { code: 1001, reason: 'The server is shutting down' };

type Close = typeof UNAUTHORIZED;

/** Whom a connection is for. */
interface Admitted {
  readonly userPk: number;
  /** When the credentials end, milliseconds since the epoch. */
  readonly expiresAtMs: number;
}

/** A handshake that was answered, for the audit. */
export interface Connected {
  readonly userArn: string | undefined;
  /** ARN of who signed; undefined when nobody has. */
  readonly principal: string | undefined;
  readonly address: string;
  /** The close code; 101: it was let in. */
  readonly status: number;
  readonly elapsedMs: number;
}

export interface MessagingDoorOptions {
  readonly hub: Hub;
  readonly clock: Clock;
  readonly scope: Scope;
  readonly verify: Verifier['verify'];
  readonly authorize: Authorize;
  readonly read: Database<ChimeTables>['read'];
  observe(connected: Connected): void;
  /** A failure inside; the connection has been reset. */
  report(error: unknown): void;
}

/** The door of Chime SDK messaging. */
export class MessagingDoor implements Door {
  readonly maximumMessageBytes = MESSAGE_BYTES_MAX;
  readonly options: MessagingDoorOptions;
  readonly sessions = new Set<Session>();
  #draining = false;

  constructor(options: MessagingDoorOptions) {
    this.options = options;
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** Every upgrade is accepted; who is not let in learns of it by a close frame (2.4). */
  async admit(handshake: Handshake): Promise<Refusal | Acceptance> {
    if (this.#draining) return { status: 503, message: DRAINED.reason };
    const answer = await this.#authorise(handshake);
    return {
      opened: (connection) =>
        'code' in answer ? turnAway(connection, answer) : new Receiving(this, connection, answer),
    };
  }

  /** Sends every client away, spread over `forMs`; they reconnect. Resolves when all have gone. */
  async drain(forMs: number): Promise<void> {
    this.#draining = true;
    const { clock, hub } = this.options;
    const total = this.sessions.size;
    let place = 0;
    for (const session of this.sessions) hub.expireIn(session, (forMs * place++) / total);
    const deadline = clock.monotonic() + forMs + DRAIN_GRACE_MS;
    await new Promise<void>((resolve) => {
      const stop = clock.every(50, () => {
        if (this.sessions.size > 0 && clock.monotonic() < deadline) return;
        stop();
        resolve();
      });
    });
  }

  /**
   * Who signed, whom it is for, and whether the one may connect as the other. Only who may learns whether the other
   * exists.
   */
  async #authorise({ target, headers, address, secure = false }: Handshake): Promise<Admitted | Close> {
    const { authorize, clock, observe, read, scope, verify } = this.options;
    const startedMs = clock.monotonic();
    let userArn: string | undefined;
    let principalArn: string | undefined;
    const answered = (answer: Admitted | Close) => {
      const status = 'code' in answer ? answer.code : 101;
      observe({ userArn, principal: principalArn, address, status, elapsedMs: clock.monotonic() - startedMs });
      return answer;
    };
    try {
      const rawHeaders = Object.entries(headers).flatMap(([name, value]) =>
        value === undefined ? [] : [name, [value].flat().join(',')],
      );
      const principal = await verify({ method: 'GET', target, rawHeaders, body: Buffer.of() }, SERVICE);
      principalArn = principal.arn;
      const parameters = new Map(parseQuery(target.slice(target.indexOf('?') + 1)));
      userArn = parameters.get('userArn') ?? '';
      if (!parameters.get('sessionId') || !findNamed(scope, userArn, 'user')) return answered(UNAUTHORIZED);
      const { allowed } = await authorize({
        principal,
        action: 'chime:Connect',
        resources: [userArn],
        context: { sourceIp: address, time: clock.now(), secureTransport: secure, region: scope.region },
      });
      if (!allowed) return answered(FORBIDDEN);
      const arn = userArn;
      const user = await read((_sql, query) => findIdentity(query, scope, arn));
      const expiresAtMs = principal.session?.expiresAt ?? Number.POSITIVE_INFINITY;
      return answered(user ? { userPk: user.pk, expiresAtMs } : UNAUTHORIZED);
    } catch (error) {
      if (error instanceof AwsError) return answered(UNAUTHORIZED);
      throw error;
    }
  }
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
class Receiving implements Receiver, SessionOwner {
  readonly #door: MessagingDoor;
  readonly #session: Session;

  constructor(door: MessagingDoor, connection: Connection, { userPk, expiresAtMs }: Admitted) {
    const { hub, report } = door.options;
    this.#door = door;
    this.#session = hub.open(connection, {
      subject: subjectOf(userPk),
      owner: this,
      expiresAtMs,
      unreadBytesMax: UNREAD_BYTES_MAX,
    });
    door.sessions.add(this.#session);
    this.#establish(userPk).catch((error: unknown) => {
      report(error);
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
    this.#door.sessions.delete(this.#session);
    this.#door.options.hub.close(this.#session);
  }

  expired(session: Session): void {
    session.end(this.#door.draining ? DRAINED : EXPIRED);
  }

  /** What happens to the user's memberships is heard of first, then they are read: nothing falls between (1.5). */
  async #establish(userPk: number): Promise<void> {
    const { hub, read } = this.#door.options;
    const session = this.#session;
    hub.settle(session);
    await hub.join(session, userTopic(userPk));
    const exists = await read((_sql, query) => userExists(query, userPk));
    if (!exists) return session.end(UNAUTHORIZED);
    const topics: string[] = [];
    for (let page: Channel[] | undefined, last = 0; session.open; last = page.at(-1)?.channel_pk ?? last) {
      page = await read((_sql, query) => readChannels(query, userPk, last));
      topics.push(...page.map(({ channel_pk }) => channelTopic(channel_pk)));
      if (page.length < MEMBERSHIPS_PAGE) break;
    }
    await hub.settled(session, topics);
    session.send(SESSION_ESTABLISHED);
  }
}

/** Whether the user has not been deleted. */
async function userExists(query: Query, userPk: number): Promise<boolean> {
  const rows = await query('SELECT pk FROM chime_identity WHERE pk = ? AND deleted_at IS NULL', userPk);
  return rows.length > 0;
}

interface Channel {
  readonly channel_pk: number;
}

/** The next channels that the user is a member of. */
function readChannels(query: Query, userPk: number, afterPk: number): Promise<Channel[]> {
  return query<Channel>(
    'SELECT channel_pk FROM chime_membership WHERE identity_pk = ? AND channel_pk > ? ORDER BY channel_pk LIMIT ?',
    userPk,
    afterPk,
    MEMBERSHIPS_PAGE,
  );
}
