/**
 * The users and roles that a trust policy names. It names them by ARN, and means those who had the ARN when it was put:
 * their ids are kept beside it, so that nobody is trusted for having the name of somebody who is gone (IAM user guide,
 * "AWS JSON policy elements: Principal").
 */
import type { Kysely } from 'kysely';
import { parseArn, type Scope } from '../aws/arn.ts';
import { arnOf, findEntity } from './entities.ts';
import { MalformedPolicyDocument } from './errors.ts';
import { parsePolicyDocument } from './policy-document.ts';
import type { IamTables, RoleRow } from './tables.ts';

type Trust = Pick<RoleRow, 'trust_policy' | 'trusted'>;

/**
 * What is kept of a trust policy.
 * @param document checked before
 * @throws MalformedPolicyDocument when it names a user or role of the account that there is not
 */
export async function trustOf(sql: Kysely<IamTables>, scope: Scope, document: string): Promise<Trust> {
  const ids: Record<string, string> = {};
  for (const arn of namedIn(document)) {
    const { accountId, resource = '' } = parseArn(arn) ?? {};
    const [kind, ...path] = resource.split('/');
    // Sessions have no ids, and who is of another account never comes.
    if (accountId !== scope.accountId || (kind !== 'user' && kind !== 'role')) continue;
    const entity = await findEntity(sql, kind, path.at(-1) ?? '');
    if (!entity || arnOf(scope, kind, entity) !== arn) {
      throw MalformedPolicyDocument({ message: `Invalid principal in policy: "AWS":"${arn}"` });
    }
    ids[arn] = entity.id;
  }
  return { trust_policy: document, trusted: JSON.stringify(ids) };
}

function namedIn(document: string): Set<string> {
  const { statements } = parsePolicyDocument(document, 'trust');
  return new Set(statements.flatMap(({ principal }) => [...(principal?.value.AWS ?? [])]));
}

/** The ARN by which the policy means the user or role. @param arn that of today, which older rows are compared with */
export function meantBy({ trusted }: Trust, { id, arn }: { readonly id: string; readonly arn: string }) {
  return trusted === null ? arn : Object.entries(idsOf(trusted)).find(([, each]) => each === id)?.[0];
}

/** Gives the documents as they are shown: with the ARNs of today, and the ids of those who are gone. */
export async function showTrust(
  sql: Kysely<IamTables>,
  scope: Scope,
  rows: readonly Trust[],
): Promise<(row: Trust) => string> {
  const ids = rows.flatMap(({ trusted }) => Object.values(idsOf(trusted)));
  const today = new Map<string, string>();
  for (const kind of ids.length > 0 ? (['user', 'role'] as const) : []) {
    const found = sql.selectFrom(`iam_${kind}`).select(['id', 'name', 'path']).where('id', 'in', ids);
    for (const entity of await found.execute()) today.set(entity.id, arnOf(scope, kind, entity));
  }
  return ({ trust_policy: document, trusted }) => {
    const known = idsOf(trusted);
    const shown = (arn: string) => {
      const id = known[arn];
      return id === undefined ? arn : (today.get(id) ?? id);
    };
    if (Object.keys(known).every((arn) => shown(arn) === arn)) return document;
    const rename = (names: string | string[]) => (Array.isArray(names) ? names.map(shown) : shown(names));
    // No other element has a member of this name.
    return JSON.stringify(JSON.parse(document, (key, value) => (key === 'AWS' ? rename(value) : value)));
  };
}

/** Ids by ARN. */
function idsOf(trusted: string | null): Readonly<Record<string, string>> {
  return trusted === null ? {} : JSON.parse(trusted);
}
