/** What transports hand to the rest of the house. Types only: any folder may import this file. */
import type { Connection } from '../engine/ports.ts';

/** One HTTP request, its body read in full. */
export interface HttpRequest {
  readonly method: string;
  /** The request target as sent: undecoded path and query. Signatures cover these bytes. */
  readonly target: string;
  /** Name, value, name, value … as received; names keep their case, duplicates their order. */
  readonly rawHeaders: readonly string[];
  /** Lower-case names; a repeated header is its first value or joined with a comma, as node:http does. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** The client's address: the peer's, or what a trusted proxy says. */
  readonly address: string;
  /** Whether it came over TLS; absent: it did not. */
  readonly secure?: boolean;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export type HttpHandler = (request: HttpRequest) => HttpResponse | Promise<HttpResponse>;

/** One WebSocket upgrade request. */
export interface Handshake {
  readonly target: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The offered subprotocols, in order. */
  readonly protocols: readonly string[];
  /** The client's address, as in HttpRequest. */
  readonly address: string;
  /** Whether it came over TLS; absent: it did not. */
  readonly secure?: boolean;
  /** Aborted when the peer goes away before it is answered. */
  readonly gone: AbortSignal;
}

/** An upgrade answered with plain HTTP. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
}

/** An upgrade accepted: the transport answers 101, then calls `opened`. */
export interface Acceptance {
  /** The subprotocol to echo. */
  readonly protocol?: string;
  opened(connection: Connection): Receiver;
}

/** What a connection's owner hears from its transport. */
export interface Receiver {
  /** One complete text message, valid UTF-8. */
  text(message: string): void;
  /** One complete binary message. */
  binary(message: Buffer): void;
  pong(): void;
  /** Called once, last: the connection is gone, whoever ended it. */
  closed(): void;
}

/** Answers the upgrades of one protocol. */
export interface Door {
  /** The largest message the transport passes on, bytes; above it the transport closes with 1009. */
  readonly maximumMessageBytes: number;
  admit(handshake: Handshake): Promise<Refusal | Acceptance>;
}
