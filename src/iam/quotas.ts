/** How much of everything an account may have: AWS's default quotas. */
import type { Kysely } from 'kysely';
import type { AwsError } from '../aws/errors.ts';
import { LimitExceeded } from './errors.ts';
import type { IamTables } from './tables.ts';

export const QUOTAS = {
  users: 5000,
  groups: 300,
  roles: 1000,
  policies: 1500,
  accessKeysPerUser: 2,
  groupsPerUser: 10,
  attachedPolicies: 10,
  versionsPerPolicy: 5,
  tags: 50,
} as const;

/** Calls of STS that are signed; AWS publishes no rate of IAM's (docs/access.md). */
export const STS_RATES = {
  'sts-calls-per-second': {
    value: 600,
    unit: 'signed calls/s of STS, all operations together',
    scope: 'account',
    kind: 'rate',
    source: 'IAM user guide, IAM and STS quotas',
  },
} as const;

/** @throws LimitExceeded when the account has as many as it may have. */
export async function requireRoom(
  sql: Kysely<IamTables>,
  table: 'iam_user' | 'iam_group' | 'iam_role' | 'iam_policy',
  quota: 'users' | 'groups' | 'roles' | 'policies',
): Promise<void> {
  const { count } = await sql
    .selectFrom(table)
    .select((read) => read.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  if (Number(count) >= QUOTAS[quota]) throw exceeded(`${quota} per account`, QUOTAS[quota]);
}

/** @param what in AWS's words, for example `AccessKeysPerUser` */
export function exceeded(what: string, limit: number): AwsError {
  return LimitExceeded({ message: `Cannot exceed quota for ${what}: ${limit}` });
}
