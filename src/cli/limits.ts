/** Every limit of a server, for `parlor doctor`: read where it is kept. Nothing else may be imported from there. */
import { type Config, ConfigError } from '../config.ts';
import { BACKLOG_LIMITS } from '../engine/backlog.ts';
import { systemClock } from '../engine/clock.ts';
import { HELD_BYTES_MAX } from '../engine/holds.ts';
import { createLimits } from '../engine/quotas.ts';
import { PING_EVERY_MS, PINGS_MISSED_MAX } from '../engine/session.ts';
import { quotas as serverQuotas } from '../quotas.ts';
import { HTTP_LIMITS } from '../transport/http.ts';

export interface Bound {
  readonly name: string;
  /** As it holds with the configuration; Infinity: nothing holds. */
  readonly value: number;
  readonly unit: string;
  /** What is counted together. */
  readonly scope: string;
  /** Where the figure comes from. */
  readonly source: string;
}

export interface Quota extends Bound {
  /** What it is without a setting of ours. */
  readonly standard: number;
}

/**
 * The limits that `--limits` and `--limit` change.
 * @throws ConfigError when the configuration names a limit that does not exist or cannot be lifted.
 */
export function quotas({ limits: mode, limit: overrides }: Config): readonly Quota[] {
  try {
    const { table } = createLimits({ mode, overrides, quotas: serverQuotas, clock: systemClock() });
    return table.map(({ effective, value, ...quota }) => ({ ...quota, value: effective, standard: value }));
  } catch (error) {
    throw error instanceof RangeError ? new ConfigError(error.message) : error;
  }
}

/** The bounds that other settings set, and those that none does. */
export function bounds({ tokenSeconds, drainSeconds }: Config): readonly Bound[] {
  const bound = (name: string, value: number, unit: string, scope: string, source = 'fixed'): Bound => ({
    name,
    value,
    unit,
    scope,
    source,
  });
  return [
    bound('token lifetime', tokenSeconds, 's', 'token', '--token-seconds'),
    bound('drain time', drainSeconds, 's', 'server', '--drain-seconds'),
    bound('HTTP header', HTTP_LIMITS.headerBytes, 'bytes', 'request'),
    bound('HTTP body', HTTP_LIMITS.bodyBytes, 'bytes', 'request'),
    bound('time for an HTTP header', HTTP_LIMITS.headersTimeoutMs, 'ms', 'request'),
    bound('time for an HTTP request', HTTP_LIMITS.requestTimeoutMs, 'ms', 'request'),
    bound('idle HTTP connection', HTTP_LIMITS.keepAliveTimeoutMs, 'ms', 'connection'),
    bound('connections not yet accepted', HTTP_LIMITS.backlog, 'connections', 'server'),
    bound('unread bytes', BACKLOG_LIMITS.sessionBytes, 'bytes', 'connection'),
    bound('bytes held back', HELD_BYTES_MAX, 'bytes', 'connection'),
    bound('unread bytes, all connections', BACKLOG_LIMITS.processBytes, 'bytes', 'server'),
    bound('age of the oldest unread byte', BACKLOG_LIMITS.ageMs, 'ms', 'connection'),
    bound('time between pings', PING_EVERY_MS, 'ms', 'connection'),
    bound('pings without an answer', PINGS_MISSED_MAX, 'pings', 'connection'),
  ];
}
