/** The TLS listener, with the certificate it is given or one of the local CA, renewed while it serves. */
import { hostname } from 'node:os';
import type { Clock } from '../engine/ports.ts';
import { followPair, pairInFiles } from './certificate.ts';
import type { HttpListener, HttpServerOptions, ListenOn } from './http.ts';
import { listenHttps } from './https.ts';
import { caFile, localPair } from './local-ca.ts';

export interface TlsOptions {
  readonly http: HttpServerOptions;
  /** PEM files; absent: a certificate of the local CA. */
  readonly files: { readonly cert: string; readonly key: string } | undefined;
  /** Where the local CA is kept. */
  readonly directory: string;
  /** The name or address that the server is listening on, for the local CA's certificate. */
  readonly host: string;
  readonly clock: Clock;
  /** New connections get another certificate from now on. */
  renewed(): void;
  /** A new certificate cannot be used; the one before stays. */
  report(error: unknown): void;
}

export interface TlsListener extends HttpListener {
  /** The CA's certificate, which clients must trust; undefined when the certificate was given. */
  readonly caFile: string | undefined;
}

/** Starts serving over TLS. Rejects with CertificateError, or when the address cannot be listened on. */
export async function listenTls(where: ListenOn, options: TlsOptions): Promise<TlsListener> {
  const { files, directory, host, clock, http, report } = options;
  const source =
    files === undefined ? localPair({ directory, names: namesOf(host), clock }) : pairInFiles(files.cert, files.key);
  const pair = await source();
  const listener = await listenHttps(where, http, pair);
  const stop = followPair(source, pair, {
    clock,
    use(next) {
      listener.use(next);
      options.renewed();
    },
    report,
  });
  return {
    ...listener,
    caFile: files === undefined ? caFile(directory) : undefined,
    async [Symbol.asyncDispose]() {
      stop();
      await listener[Symbol.asyncDispose]();
    },
  };
}

const ANY = new Set(['0.0.0.0', '::']);

/** What this machine is called by those who use the local CA. */
function namesOf(host: string): string[] {
  return [...new Set(['localhost', '127.0.0.1', '::1', hostname().toLowerCase(), host])].filter(
    (name) => !ANY.has(name),
  );
}
