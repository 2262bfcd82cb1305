/** What may be had, sent or done at most: a server's quotas by name, and how settings change them. */
import { TokenBucket } from './limits.ts';
import type { Clock } from './ports.ts';

/**
 * `default`: all quotas but the rates of a whole account and those that are `optIn`. `aws`: all of them. `off`: no rate.
 */
export type LimitsMode = 'default' | 'aws' | 'off';

export interface Quota {
  /** As AWS has it. */
  readonly value: number;
  readonly unit: string;
  /** What is counted together: `account`, `room`, `user`, … */
  readonly scope: string;
  /** Only rates can be lifted. */
  readonly kind: 'rate' | 'amount' | 'size';
  readonly source: string;
  /** Holds only when all of AWS's quotas are asked for. */
  readonly optIn?: boolean;
}

export type Quotas = Readonly<Record<string, Quota>>;

/** A row of the table that `doctor` prints. */
export interface Limit extends Quota {
  readonly name: string;
  /** What holds here; Infinity: nothing. */
  readonly effective: number;
}

export interface Limits<Name extends string = string> {
  readonly table: readonly Limit[];
  /** What holds; Infinity: nothing. */
  get(name: Name): number;
  /** Whether `take` would grant a token. */
  ready(name: Name): boolean;
  /** Takes a token of an account's rate. False: it is used up. */
  take(name: Name): boolean;
}

export interface LimitsOptions {
  readonly mode: LimitsMode;
  /** By name; Infinity lifts a rate. */
  readonly overrides: ReadonlyMap<string, number>;
  readonly quotas: Quotas;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** @throws RangeError with one line for a person when an override names no limit or lifts what is no rate. */
export function createLimits({ mode, overrides, quotas, clock }: LimitsOptions): Limits {
  for (const [name, value] of overrides) {
    const quota = Object.hasOwn(quotas, name) ? quotas[name] : undefined;
    if (!quota) throw new RangeError(`There is no limit ${name}: "parlor doctor" lists all limits.`);
    if (quota.kind !== 'rate' && value === Number.POSITIVE_INFINITY) {
      throw new RangeError(`The limit ${name} must be a number: only rates can be switched off.`);
    }
  }
  const table = Object.entries(quotas).map(([name, quota]): Limit => {
    const { kind, scope, optIn = scope === 'account' } = quota;
    const lifted = kind === 'rate' && (mode === 'off' || (mode === 'default' && optIn));
    return { name, ...quota, effective: overrides.get(name) ?? (lifted ? Number.POSITIVE_INFINITY : quota.value) };
  });
  const effective = new Map(table.map((limit) => [limit.name, limit.effective]));
  const buckets = new Map(table.map((limit) => [limit.name, new TokenBucket(limit.effective, clock)]));
  return {
    table,
    get: (name) => effective.get(name) ?? Number.POSITIVE_INFINITY,
    ready: (name) => buckets.get(name)?.ready ?? true,
    take: (name) => buckets.get(name)?.take() ?? true,
  };
}
