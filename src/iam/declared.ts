/** Makes users, groups, roles and policies what the configuration file declares. */
import type { Kysely } from 'kysely';
import type { Scope } from '../aws/arn.ts';
import { AwsError } from '../aws/errors.ts';
import type { Transaction } from '../storage/database.ts';
import {
  type Declaration,
  DeclarationError,
  type DeclaredGroup,
  type DeclaredPolicy,
  type DeclaredRole,
  type DeclaredUser,
} from './declaration.ts';
import { dropIdentities } from './identities.ts';
import type { IamContext } from './operation.ts';
import { QUOTAS } from './quotas.ts';
import type { IamTables } from './tables.ts';
import { writeTags } from './tags.ts';
import { trustOf } from './trusted.ts';

type Context = Pick<IamContext, 'write' | 'clock' | 'ids' | 'sealer' | 'identities' | 'accessKeys'> & {
  readonly scope: Scope;
};

/** The unit that is under way. */
interface Work extends Omit<Context, 'write'> {
  readonly transaction: Transaction<IamTables>;
  readonly sql: Kysely<IamTables>;
  /** What earlier declarations have made. */
  readonly before: ReadonlySet<string>;
  /** What this one makes. */
  readonly now: Set<string>;
}

/**
 * Applies a declaration, all of it or nothing: what it names is afterwards as it says, and what an earlier one named
 * and this one does not is gone. What was made through the API is left alone.
 * @returns what a person should know, one line each
 * @throws DeclarationError when a name is taken by something that was not declared, or refers to nothing
 */
export function applyDeclaration(declaration: Declaration, { write, ...context }: Context): Promise<string[]> {
  return write(async (transaction) => {
    const { sql } = transaction;
    const before = await sql.selectFrom('iam_declared').select('id').execute();
    const work: Work = { ...context, transaction, sql, before: new Set(before.map(({ id }) => id)), now: new Set() };
    for (const [name, policy] of declaration.policies) await putPolicy(work, name, policy);
    for (const [name, group] of declaration.groups) await putGroup(work, name, group);
    for (const [name, role] of declaration.roles) await putRole(work, name, role);
    for (const [name, user] of declaration.users) await putUser(work, name, user);
    // They may trust each other and users.
    for (const [name, role] of declaration.roles) await putTrust(work, name, role);
    const gone = [...work.before].filter((id) => !work.now.has(id));
    await dropIdentities(transaction, context.identities, [...work.now, ...gone]);
    const warnings = await removeAll(work, gone);
    await sql.deleteFrom('iam_declared').execute();
    for (const id of work.now) await sql.insertInto('iam_declared').values({ id }).execute();
    return warnings;
  });
}

const TABLES = { user: 'iam_user', group: 'iam_group', role: 'iam_role', policy: 'iam_policy' } as const;
const PREFIXES = { user: 'AIDA', group: 'AGPA', role: 'AROA', policy: 'ANPA' } as const;
type Kind = keyof typeof TABLES;

const placeOf = (kind: Kind, name: string) => `iam.${kind === 'policy' ? 'policies' : `${kind}s`}.${name}`;

/** The id of what is declared, new or from before, with the columns that all kinds have. */
async function claim({ sql, ids, clock, before, now }: Work, kind: Kind, name: string, path = '/') {
  const id = await find(sql, kind, name);
  if (id !== undefined && !before.has(id)) {
    throw new DeclarationError(
      `${placeOf(kind, name)} exists already and was not declared: delete it or choose another name.`,
    );
  }
  const row = { id: id ?? ids.unique(PREFIXES[kind]), name, name_key: name.toLowerCase(), path };
  now.add(row.id);
  return { ...row, created_at: clock.now() };
}

async function find(sql: Kysely<IamTables>, kind: Kind, name: string): Promise<string | undefined> {
  const query = sql.selectFrom(TABLES[kind]).select('id').where('name_key', '=', name.toLowerCase());
  return (await query.executeTakeFirst())?.id;
}

/** The id of what a declared entity refers to. */
async function refer({ sql }: Work, kind: Kind, name: string, at: string): Promise<string> {
  const id = await find(sql, kind, name);
  if (id !== undefined) return id;
  throw new DeclarationError(`${at} names the ${kind} ${name}, which there is not.`);
}

async function putPolicy(work: Work, name: string, { path, description, document }: DeclaredPolicy): Promise<void> {
  const { sql, clock } = work;
  const entity = await claim(work, 'policy', name, path);
  const { id } = entity;
  const current = await sql
    .selectFrom('iam_policy')
    .innerJoin('iam_policy_version', (join) =>
      join
        .onRef('iam_policy_version.policy_id', '=', 'iam_policy.id')
        .onRef('iam_policy_version.version', '=', 'iam_policy.default_version'),
    )
    .select(['version', 'last_version', 'document'])
    .where('iam_policy.id', '=', id)
    .executeTakeFirst();
  const same = current?.document === document;
  const version = same ? current.version : (current?.last_version ?? 0) + 1;
  const { created_at, ...changes } = {
    ...entity,
    description: description ?? null,
    updated_at: clock.now(),
    default_version: version,
    last_version: Math.max(version, current?.last_version ?? 0),
    tags: writeTags(),
  };
  await sql
    .insertInto('iam_policy')
    .values({ ...changes, created_at })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(changes))
    .execute();
  if (same) return;
  await sql.deleteFrom('iam_policy_version').where('policy_id', '=', id).execute();
  await sql.insertInto('iam_policy_version').values({ policy_id: id, version, document, created_at }).execute();
}

async function putGroup(work: Work, name: string, group: DeclaredGroup): Promise<void> {
  const { created_at, ...changes } = await claim(work, 'group', name, group.path);
  await work.sql
    .insertInto('iam_group')
    .values({ ...changes, created_at })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(changes))
    .execute();
  await setPolicies(work, changes.id, placeOf('group', name), group);
}

async function putRole(work: Work, name: string, role: DeclaredRole): Promise<void> {
  const { created_at, ...entity } = await claim(work, 'role', name, role.path);
  const changes = {
    ...entity,
    description: role.description ?? null,
    max_session_duration: role['max-session-duration'] ?? 3600,
    trust_policy: role['trust-policy'],
    trusted: null,
    boundary_id: await boundaryOf(work, 'role', name, role),
    tags: tagsOf('role', name, role),
  };
  await work.sql
    .insertInto('iam_role')
    .values({ ...changes, created_at })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(changes))
    .execute();
  await setPolicies(work, changes.id, placeOf('role', name), role);
}

async function putTrust({ sql, scope }: Work, name: string, role: DeclaredRole): Promise<void> {
  try {
    const trust = await trustOf(sql, scope, role['trust-policy']);
    await sql.updateTable('iam_role').set(trust).where('name_key', '=', name.toLowerCase()).execute();
  } catch (error) {
    throw asDeclarationError(error, `${placeOf('role', name)}.trust-policy`);
  }
}

async function putUser(work: Work, name: string, user: DeclaredUser): Promise<void> {
  const { sql } = work;
  const { created_at, ...entity } = await claim(work, 'user', name, user.path);
  const { id } = entity;
  const place = placeOf('user', name);
  const boundary_id = await boundaryOf(work, 'user', name, user);
  const changes = { ...entity, boundary_id, tags: tagsOf('user', name, user) };
  await sql
    .insertInto('iam_user')
    .values({ ...changes, created_at })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(changes))
    .execute();
  await setPolicies(work, id, place, user);
  await sql.deleteFrom('iam_membership').where('user_id', '=', id).execute();
  for (const group of new Set(user.groups)) {
    const group_id = await refer(work, 'group', group, `${place}.groups`);
    await sql.insertInto('iam_membership').values({ user_id: id, group_id }).execute();
  }
  await setKeys(work, id, place, user.keys);
}

/** The keys that are declared, and those made through the API. */
async function setKeys(work: Work, userId: string, place: string, keys: DeclaredUser['keys']): Promise<void> {
  const { sql, before, now, sealer, clock, accessKeys, transaction } = work;
  const kept = await sql.selectFrom('iam_access_key').select('id').where('user_id', '=', userId).execute();
  for (const { id } of kept) {
    const declared = keys.some((key) => key.id === id);
    if (before.has(id) && !declared) await sql.deleteFrom('iam_access_key').where('id', '=', id).execute();
  }
  for (const { id, secret } of keys) {
    const taken = await sql.selectFrom('iam_access_key').select('id').where('id', '=', id).executeTakeFirst();
    if (taken && (now.has(id) || !before.has(id))) {
      throw new DeclarationError(`${place}.access-keys has the key ${id}, which there is already.`);
    }
    const row = { user_id: userId, secret: sealer.seal(secret), status: 'Active' as const };
    await sql
      .insertInto('iam_access_key')
      .values({ id, ...row, created_at: clock.now() })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
      .execute();
    now.add(id);
    transaction.onDurable(() => accessKeys.drop(id));
  }
  const all = await sql.selectFrom('iam_access_key').select('id').where('user_id', '=', userId).execute();
  if (all.length > QUOTAS.accessKeysPerUser) {
    const most = QUOTAS.accessKeysPerUser;
    throw new DeclarationError(
      `${place}.access-keys: a user has at most ${most}, those made through the API included.`,
    );
  }
}

/** Exactly the policies that are declared. */
async function setPolicies(
  work: Work,
  owner_id: string,
  place: string,
  { policies, 'inline-policies': inline = {} }: DeclaredGroup,
): Promise<void> {
  const { sql } = work;
  await sql.deleteFrom('iam_inline_policy').where('owner_id', '=', owner_id).execute();
  for (const [name, document] of Object.entries(inline)) {
    await sql.insertInto('iam_inline_policy').values({ owner_id, name, document }).execute();
  }
  await sql.deleteFrom('iam_attachment').where('owner_id', '=', owner_id).execute();
  for (const policy of new Set(policies)) {
    const policy_id = await refer(work, 'policy', policy, `${place}.policies`);
    await sql.insertInto('iam_attachment').values({ owner_id, policy_id }).execute();
  }
}

type Bounded = Pick<DeclaredUser, 'boundary' | 'tags'>;

async function boundaryOf(work: Work, kind: Kind, name: string, { boundary }: Bounded): Promise<string | null> {
  return boundary === undefined ? null : refer(work, 'policy', boundary, `${placeOf(kind, name)}.boundary`);
}

function tagsOf(kind: Kind, name: string, { tags = {} }: Bounded): string {
  try {
    return writeTags(Object.entries(tags).map(([Key, Value]) => ({ Key, Value })));
  } catch (error) {
    throw asDeclarationError(error, `${placeOf(kind, name)}.tags`);
  }
}

function asDeclarationError(error: unknown, place: string): unknown {
  return error instanceof AwsError ? new DeclarationError(`${place}: ${error.body['message']}`) : error;
}

/**
 * Removes what is not declared any more, policies last. One that something made through the API still has is left to
 * the API: to take a boundary or a denial away could allow more.
 */
async function removeAll(work: Work, gone: readonly string[]): Promise<string[]> {
  const isPolicy = (id: string) => id.startsWith(PREFIXES.policy);
  for (const id of gone.filter((one) => !isPolicy(one))) await remove(work, id);
  const warnings: string[] = [];
  for (const id of gone.filter(isPolicy)) {
    if (!(await isUsed(work, id))) await remove(work, id);
    else warnings.push(`The policy ${id} is not declared any more but used; it stays, and is the API's from now on.`);
  }
  return warnings;
}

async function isUsed({ sql }: Work, policyId: string): Promise<boolean> {
  const attached = sql.selectFrom('iam_attachment').select('policy_id').where('policy_id', '=', policyId);
  const bounds = (table: 'iam_user' | 'iam_role') =>
    sql.selectFrom(table).select('id').where('boundary_id', '=', policyId).executeTakeFirst();
  const uses = [await attached.executeTakeFirst(), await bounds('iam_user'), await bounds('iam_role')];
  return uses.some((use) => use !== undefined);
}

/** Ids are unique among all kinds: what is of another kind has no row of this one. */
async function remove({ sql, transaction, accessKeys }: Work, id: string): Promise<void> {
  const keys = sql.selectFrom('iam_access_key').select('id');
  for (const key of await keys.where((is) => is.or([is('id', '=', id), is('user_id', '=', id)])).execute()) {
    await sql.deleteFrom('iam_access_key').where('id', '=', key.id).execute();
    transaction.onDurable(() => accessKeys.drop(key.id));
  }
  await sql
    .deleteFrom('iam_membership')
    .where((is) => is.or([is('group_id', '=', id), is('user_id', '=', id)]))
    .execute();
  await sql.deleteFrom('iam_inline_policy').where('owner_id', '=', id).execute();
  await sql.deleteFrom('iam_attachment').where('owner_id', '=', id).execute();
  await sql.deleteFrom('iam_policy_version').where('policy_id', '=', id).execute();
  for (const table of Object.values(TABLES)) await sql.deleteFrom(table).where('id', '=', id).execute();
}
