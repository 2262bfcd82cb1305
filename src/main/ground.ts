/** What all parts of a server are built with. */
import type { Logger } from 'pino';
import { createSealer } from '../aws/jwe.ts';
import { createPageTokens, type PageTokens } from '../aws/page-token.ts';
import type { Keyring } from '../aws/ports.ts';
import { localBus } from '../bus/local.ts';
import { chimeMigrations } from '../chime/migrations/index.ts';
import type { ChimeTables } from '../chime/tables.ts';
import { type Config, ConfigError } from '../config.ts';
import { systemClock } from '../engine/clock.ts';
import { Hub } from '../engine/hub.ts';
import { createIds, type Ids } from '../engine/ids.ts';
import type { Clock } from '../engine/ports.ts';
import { createLimits, type Limits } from '../engine/quotas.ts';
import { iamMigrations } from '../iam/migrations/index.ts';
import type { IamTables } from '../iam/tables.ts';
import { ivsMigrations } from '../ivs/migrations/index.ts';
import type { IvsTables } from '../ivs/tables.ts';
import type { StartOptions } from '../main.ts';
import { AuditLog } from '../ops/audit.ts';
import { createMetrics, type Metrics } from '../ops/metrics.ts';
import { quotas } from '../quotas.ts';
import type { Database } from '../storage/database.ts';
import { openKeyring } from '../storage/keyring.ts';
import { openSqlite } from '../storage/sqlite.ts';

/** How long a handshake waits for its turn. */
export const HANDSHAKE_WAIT_MS = 10_000;
const KEY_PURPOSES = ['chat-token', 'page-token', 'access-key', 'session-token'];

export type Tables = IvsTables & IamTables & ChimeTables;

/** What all parts of a server are built with. */
export interface Ground {
  readonly config: Config;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly report: (error: unknown) => void;
  readonly database: Database<Tables>;
  readonly keyring: Keyring;
  readonly pages: PageTokens;
  readonly hub: Hub;
  readonly limits: Limits;
  readonly metrics: Metrics;
  readonly audit: AuditLog | undefined;
}

export async function layGround(
  config: Config,
  options: StartOptions,
  resources: AsyncDisposableStack,
): Promise<Ground> {
  const { clock = systemClock(), log, onFatal } = options;
  const report = (error: unknown) => log.error({ err: error }, 'internal failure');
  const ids = createIds();
  const audit = await openAudit(config, { clock, log });
  if (audit !== undefined) resources.use(audit);
  const database = resources.use(
    await openSqlite<Tables>({
      directory: config.dataDir,
      migrations: [...ivsMigrations, ...iamMigrations, ...chimeMigrations],
      clock,
      onFatal,
      onError: report,
    }),
  );
  const keyring = await openKeyring(database.hot, KEY_PURPOSES, { clock, ids });
  const pages = createPageTokens(createSealer(keyring, 'page-token'));
  const metrics = createMetrics();
  const hub = resources.use(new Hub({ bus: localBus(), clock, observer: metrics.engine }));
  const limits = limitsOf(config, clock);
  return { config, clock, ids, log, report, database, keyring, pages, hub, limits, metrics, audit };
}

async function openAudit(
  { audit }: Config,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): Promise<AuditLog | undefined> {
  if (audit === undefined) return undefined;
  const report = (error: unknown) => log.error({ err: error }, 'lines of the audit log are lost');
  try {
    return await AuditLog.open({ ...audit, clock, report });
  } catch (error) {
    throw new ConfigError(`The audit log cannot be opened: ${error instanceof Error ? error.message : error}.`);
  }
}

function limitsOf({ limits: mode, limit: overrides }: Config, clock: Clock): Limits {
  try {
    return createLimits({ mode, overrides, quotas, clock });
  } catch (error) {
    throw error instanceof RangeError ? new ConfigError(error.message) : error;
  }
}
