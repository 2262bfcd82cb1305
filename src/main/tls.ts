/** The TLS listener. */
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { Clock } from '../engine/ports.ts';
import type { InheritedSockets } from '../main.ts';
import type { HttpServerOptions } from '../transport/http.ts';
import type { TlsListener } from '../transport/tls.ts';

/**
 * Opens the TLS listener once the plain one serves. With inherited sockets nothing is listened on beside them unless it
 * was asked for.
 */
export async function openTls(
  config: Config,
  http: HttpServerOptions,
  { clock, log, plain, tls: fd }: { clock: Clock; log: Logger } & InheritedSockets,
): Promise<TlsListener | undefined> {
  const { tls, host, dataDir: directory } = config;
  if (tls === undefined || (!tls.required && plain !== undefined && fd === undefined)) return undefined;
  const { listenTls } = await import('../transport/tls.ts');
  try {
    return await listenTls(fd === undefined ? { host, port: tls.port } : { fd }, {
      http,
      files: tls.files,
      directory,
      host,
      clock,
      renewed: () => log.info('The TLS certificate has changed; new connections get the new one.'),
      report: (error) => log.warn({ err: error }, 'The new TLS certificate cannot be used; the old one stays.'),
    });
  } catch (error) {
    if (tls.required) throw error;
    const why = error instanceof Error ? error.message : error;
    log.warn(`There is no TLS listener: ${why}. Choose another port with --tls-port, or none with --no-tls.`);
    return undefined;
  }
}
