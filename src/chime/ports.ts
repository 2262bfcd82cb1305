/** What the door of Chime SDK messaging tells the rest of the house. Types only: any folder may import this file. */

/** What became of a handshake; for metrics and the audit. */
export interface HandshakeOutcome {
  readonly userArn: string | undefined;
  /** ARN of who signed; undefined when nobody has. */
  readonly principal: string | undefined;
  /** The client's address. */
  readonly address: string;
  /** 101: it was let in. Else the code of the close that followed 101, or the HTTP status in place of it. */
  readonly status: number;
  readonly elapsedMs: number;
}

/** Calls are cheap and never throw. */
export interface MessagingObserver {
  handshake(outcome: HandshakeOutcome): void;
}
