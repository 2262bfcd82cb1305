/** The quotas of all services, by name, as `--limit` knows them. */
import { CHIME_QUOTAS } from './chime/quotas.ts';
import type { Quotas } from './engine/quotas.ts';
import { STS_RATES } from './iam/quotas.ts';
import { ivsQuotas } from './ivs/limits.ts';
import { ivsOperations } from './ivs/service.ts';

export const quotas: Quotas = { ...ivsQuotas(ivsOperations), ...STS_RATES, ...CHIME_QUOTAS };
