/** Where this server is, and as which region it sees itself. */
export interface Addresses {
  readonly http: string;
  readonly webSocket: string;
  /** The HTTP API over TLS; undefined: there is none. */
  readonly tls: string | undefined;
  /** Whether the certificate of that is one of the server's own CA, which no browser knows. */
  readonly localCa: boolean;
  readonly region: string;
}

/** One way to reach this server. */
export interface Snippet {
  readonly id: string;
  readonly title: string;
  readonly purpose: string;
  readonly code: (addresses: Addresses) => string;
}
