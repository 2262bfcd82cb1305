/** `/connect`: the WebSocket on which an AppInstanceUser receives messages (spec/chime-messaging 2). */
import { parseArn, type Scope } from '../aws/arn.ts';
import { AwsError } from '../aws/errors.ts';
import type { Authorize } from '../aws/ports.ts';
import { parseQuery } from '../aws/router.ts';
import type { Verifier } from '../aws/sigv4.ts';
import type { Hub } from '../engine/hub.ts';
import type { Clock, Connection } from '../engine/ports.ts';
import type { Session, SessionOwner } from '../engine/session.ts';
import type { Acceptance, Door, Handshake, Receiver, Refusal } from '../transport/ports.ts';
import { SESSION_ESTABLISHED } from './events.ts';
import { SERVICE } from './service.ts';

/** Clients send nothing; what arrives is ignored. */
const MESSAGE_BYTES_MAX = 4096;
const DRAIN_GRACE_MS = 2000;

/** Closes that the JS client does not reconnect after, and the one that it does (2.5). */
const UNAUTHORIZED = { code: 4401, reason: 'Unauthorized' };
const FORBIDDEN = { code: 4003, reason: 'Forbidden' };
const EXPIRED = { code: 1001, reason: 'Credentials expired' };
const DRAINED = { code: 1001, reason: 'The server is shutting down' };

/** An app instance's id, and that of a user in it. */
const USER = /^app-instance\/[\w-]+\/user\/[A-Za-z0-9](?:[A-Za-z0-9:_.@-]{0,62}[A-Za-z0-9])?$/;

type Close = typeof UNAUTHORIZED;

/** Whom a connection is for. */
interface Admitted {
  readonly userArn: string;
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
  observe(connected: Connected): void;
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

  /** Who signed, whom it is for, and whether the one may connect as the other. */
  async #authorise({ target, headers, address, secure = false }: Handshake): Promise<Admitted | Close> {
    const { authorize, clock, observe, scope, verify } = this.options;
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
      if (!parameters.get('sessionId') || !this.#isUser(userArn)) return answered(UNAUTHORIZED);
      const { allowed } = await authorize({
        principal,
        action: 'chime:Connect',
        resources: [userArn],
        context: { sourceIp: address, time: clock.now(), secureTransport: secure, region: scope.region },
      });
      const expiresAtMs = principal.session?.expiresAt ?? Number.POSITIVE_INFINITY;
      return answered(allowed ? { userArn, expiresAtMs } : FORBIDDEN);
    } catch (error) {
      if (error instanceof AwsError) return answered(UNAUTHORIZED);
      throw error;
    }
  }

  /** Whether it is the ARN of an AppInstanceUser here; bots do not connect. */
  #isUser(arn: string): boolean {
    const { scope } = this.options;
    const { resource = '' } = parseArn(arn) ?? {};
    return arn === scope.arn(resource) && USER.test(resource);
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

  constructor(door: MessagingDoor, connection: Connection, { userArn, expiresAtMs }: Admitted) {
    this.#door = door;
    this.#session = door.options.hub.open(connection, { subject: userArn, owner: this, expiresAtMs });
    door.sessions.add(this.#session);
    this.#session.send(SESSION_ESTABLISHED);
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
}
