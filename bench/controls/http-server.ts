import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { issueCa, issueCertificate } from '../../src/transport/issuer.ts';

const DAY_MS = 86_400_000;

/** A bare server, over TLS when the process was started with `--tls`; then with a certificate like Parlor's. */
export async function createHttpServer(): Promise<Server> {
  if (!process.argv.includes('--tls')) return createServer();
  const now = Date.now();
  const ca = await issueCa(now, now + DAY_MS);
  return createSecureServer(await issueCertificate(ca, ['localhost', '127.0.0.1'], now, now + DAY_MS));
}
