/** The web page of a server: its state, and the demos. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ConsoleHandler, createConsole } from '../ops/console.ts';
import type { Demo } from '../ops/demo.ts';
import type { TlsListener } from '../transport/tls.ts';
import type { Ground } from './ground.ts';

export function openConsole(
  { config, clock, hub }: Ground,
  demos: Omit<Demo, 'loopback'>,
  url: () => string,
  tls: () => TlsListener | undefined,
): ConsoleHandler {
  const { accountId, region, loopback, messagingEndpoint, pathPrefix } = config;
  const startedMs = clock.monotonic();
  return createConsole({
    directory: fileURLToPath(new URL('../../dist/console', import.meta.url)),
    clock,
    status: () => ({
      version: version(),
      region,
      accountId,
      address: url(),
      uptimeSeconds: Math.floor((clock.monotonic() - startedMs) / 1000),
      connections: hub.sessions.size,
      pathPrefix,
      tls: shown(tls()),
    }),
    demo: (config.demo ?? loopback) ? { loopback, ...demos } : undefined,
    messagingEndpoint,
  });
}

function shown(tls: TlsListener | undefined) {
  return tls && { port: tls.address.port, localCa: tls.caFile !== undefined };
}

/** The package's version; its manifest stands beside src/ and dist/ alike. */
function version(): string {
  const { version }: { version: string } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  return version;
}
