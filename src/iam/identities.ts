/** What is known of users and roles for deciding access: a fact, kept until the commit that changes it. */
import type { Kysely } from 'kysely';
import type { Scope } from '../aws/arn.ts';
import type { TagMap } from '../aws/ports.ts';
import { createFactCache, type FactCache } from '../engine/cache.ts';
import type { Database, Transaction } from '../storage/database.ts';
import { arnOf, type Kind } from './entities.ts';
import type { NamedPolicy } from './evaluate.ts';
import { parsePolicyDocument } from './policy-document.ts';
import type { IamTables } from './tables.ts';
import { readTags } from './tags.ts';

/** A user or role with all that its permissions come from. */
export interface Identity {
  readonly kind: 'user' | 'role';
  readonly id: string;
  readonly name: string;
  readonly arn: string;
  readonly tags: TagMap;
  /** Its own and, of a user, its groups'. */
  readonly policies: readonly NamedPolicy[];
  readonly boundary: NamedPolicy | undefined;
}

/** Identities by their unique ids. */
export interface Identities extends FactCache<Identity> {
  /**
   * Has the listener called for each user and role that a commit has changed, with its unique id: it is gone, or its
   * name, tags, keys, groups, policies or boundary are others. Ids of groups come as well, and are nobody's. Whatever is
   * asked from then on, `authorize` included, is answered as the commit left it. For connections, which outlive the
   * request that opened them.
   * @param listener must not throw
   * @returns the function that ends it
   */
  onChange(listener: (id: string) => void): () => void;
}

export function createIdentities(options: {
  readonly read: Database<IamTables>['read'];
  readonly scope: Scope;
  readonly capacity: number;
}): Identities {
  const { read, scope, capacity } = options;
  const facts = createFactCache({ capacity, read: (id: string) => read((sql) => readIdentity(sql, scope, id)) });
  const listeners = new Set<(id: string) => void>();
  return {
    ...facts,
    drop(id) {
      facts.drop(id);
      for (const listener of listeners) listener(id);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

async function readIdentity(sql: Kysely<IamTables>, scope: Scope, id: string): Promise<Identity | null> {
  const kind = id.startsWith('AROA') ? 'role' : 'user';
  const row = await sql
    .selectFrom(kind === 'role' ? 'iam_role' : 'iam_user')
    .select(['name', 'path', 'tags', 'boundary_id'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (!row) return null;
  const groups = await sql
    .selectFrom('iam_group')
    .innerJoin('iam_membership', 'iam_membership.group_id', 'iam_group.id')
    .select(['iam_group.id', 'iam_group.name'])
    .where('iam_membership.user_id', '=', id)
    .execute();
  const memberships = groups.map((group): Owner => ({ ...group, kind: 'group' }));
  const owners: Owner[] = [{ id, kind, name: row.name }, ...memberships];
  const [boundary] = row.boundary_id === null ? [] : await readManaged(sql, scope, [row.boundary_id]);
  return {
    kind,
    id,
    name: row.name,
    arn: arnOf(scope, kind, row),
    tags: readTags(row.tags),
    policies: await readPolicies(sql, scope, owners),
    boundary,
  };
}

interface Owner {
  readonly kind: Kind;
  readonly id: string;
  readonly name: string;
}

/** All policies of users, groups or roles, inline and attached. */
export async function readPolicies(
  sql: Kysely<IamTables>,
  scope: Scope,
  owners: readonly Owner[],
): Promise<NamedPolicy[]> {
  const ids = owners.map((owner) => owner.id);
  const inline = await sql.selectFrom('iam_inline_policy').selectAll().where('owner_id', 'in', ids).execute();
  const attached = await sql
    .selectFrom('iam_attachment')
    .select('policy_id')
    .distinct()
    .where('owner_id', 'in', ids)
    .execute();
  const managed = await readManaged(
    sql,
    scope,
    attached.map(({ policy_id }) => policy_id),
  );
  const own = inline.map(({ owner_id, name, document }) => {
    const owner = owners.find(({ id }) => id === owner_id);
    // As the policy simulator of IAM names them.
    return { name: `${owner?.kind}_${owner?.name}_${name}`, document: parsePolicyDocument(document, 'identity') };
  });
  return [...own, ...managed];
}

/** The default versions of managed policies, named by their ARNs. */
async function readManaged(sql: Kysely<IamTables>, scope: Scope, ids: readonly string[]): Promise<NamedPolicy[]> {
  if (ids.length === 0) return [];
  const rows = await sql
    .selectFrom('iam_policy')
    .innerJoin('iam_policy_version', (join) =>
      join
        .onRef('iam_policy_version.policy_id', '=', 'iam_policy.id')
        .onRef('iam_policy_version.version', '=', 'iam_policy.default_version'),
    )
    .select(['iam_policy.name', 'iam_policy.path', 'iam_policy_version.document'])
    .where('iam_policy.id', 'in', ids)
    .execute();
  return rows.map(({ name, path, document }) => ({
    name: scope.arn(`policy${path}${name}`),
    document: parsePolicyDocument(document, 'identity'),
  }));
}

/**
 * Forgets, once the unit is on disk, what was known of users and roles.
 * @param owners ids of users, roles, or groups, of which the members are meant.
 */
export async function dropIdentities(
  { sql, onDurable }: Transaction<IamTables>,
  identities: Identities,
  owners: readonly string[],
): Promise<void> {
  if (owners.length === 0) return;
  const members = await sql.selectFrom('iam_membership').select('user_id').where('group_id', 'in', owners).execute();
  const ids = new Set([...owners, ...members.map(({ user_id }) => user_id)]);
  onDurable(() => {
    for (const id of ids) identities.drop(id);
  });
}
