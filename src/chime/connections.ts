/** Who is connected, and who has to go for it (spec/chime-messaging 2.4, 2.7). */
import type { Principal } from '../aws/ports.ts';
import type { Clock } from '../engine/ports.ts';
import type { Session } from '../engine/session.ts';
import { Turns } from '../engine/turns.ts';
import { FORBIDDEN, REPLACED } from './closes.ts';

/** Who has signed for a connection, and what that was decided on. */
export interface Grant {
  readonly principal: Principal;
  readonly userArn: string;
  readonly address: string;
  readonly secure: boolean;
}

/** A connection that has been let in. */
export interface Connected {
  readonly session: Session;
  readonly userPk: number;
  /** Chosen by the client; a second connection with the same one resumes the first. */
  readonly sessionId: string;
  readonly grant: Grant;
}

export interface ConnectionsOptions {
  readonly clock: Clock;
  /** Connections that a user may have. */
  readonly perUser: number;
  /** Whether what let the connection in would do so now. */
  holds(grant: Grant): Promise<boolean>;
  /** A failure inside; the connection has been reset. */
  report(error: unknown): void;
}

/** The connections of this server, by user and by who has signed for them. */
export class Connections {
  readonly sessions = new Set<Session>();
  readonly #options: ConnectionsOptions;
  readonly #turns: Turns;
  /** By session id, oldest first. */
  readonly #ofUser = new Map<number, Map<string, Connected>>();
  readonly #ofSigner = new Map<string, Set<Connected>>();

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#turns = new Turns(options.clock);
  }

  /**
   * Adds a connection. The user's older one with the same session id ends, and so does the oldest when they are too
   * many: with a code after which clients do not come back, or two of them would take each other's place for ever.
   */
  add(connected: Connected): void {
    const { session, userPk, sessionId, grant } = connected;
    this.sessions.add(session);
    const own = this.#ofUser.get(userPk) ?? new Map<string, Connected>();
    this.#ofUser.set(userPk, own);
    own.get(sessionId)?.session.end(REPLACED);
    own.delete(sessionId); // the place of a resumed one is that of the newest
    own.set(sessionId, connected);
    const [oldest] = own.values();
    if (oldest !== undefined && own.size > this.#options.perUser) {
      own.delete(oldest.sessionId);
      oldest.session.end(REPLACED);
    }
    const signed = this.#ofSigner.get(grant.principal.id) ?? new Set();
    this.#ofSigner.set(grant.principal.id, signed.add(connected));
  }

  /** Its connection is gone. */
  remove(connected: Connected): void {
    const { session, userPk, sessionId, grant } = connected;
    this.sessions.delete(session);
    const own = this.#ofUser.get(userPk);
    if (own?.get(sessionId) === connected) own.delete(sessionId);
    if (own?.size === 0) this.#ofUser.delete(userPk);
    const signed = this.#ofSigner.get(grant.principal.id);
    signed?.delete(connected);
    if (signed?.size === 0) this.#ofSigner.delete(grant.principal.id);
  }

  /** Ends the connections whose signer may not have them any more. @param id of a user or role of IAM */
  review(id: string): void {
    for (const connected of [...(this.#ofSigner.get(id) ?? [])]) this.reviewOne(connected);
  }

  /** The same for one. */
  reviewOne({ session, grant }: Connected): void {
    const { holds, report } = this.#options;
    this.#turns
      .take(async () => {
        if (session.open && !(await holds(grant))) session.end(FORBIDDEN);
      })
      .catch((error: unknown) => {
        if (session.open) report(error);
        session.end('reset');
      });
  }
}
