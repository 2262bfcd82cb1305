/** Users, groups and roles: what they have in common. */
import type { Kysely } from 'kysely';
import type { Scope } from '../aws/arn.ts';
import type { AwsError } from '../aws/errors.ts';
import type { Call } from '../aws/operation.ts';
import { DeleteConflict, EntityAlreadyExists, notFound } from './errors.ts';
import { type Page, type PageRequest, readPage } from './listing.ts';
import type { IamContext } from './operation.ts';
import type { IamTables } from './tables.ts';

/** As in ARNs. */
export type Kind = 'user' | 'group' | 'role';

export interface Entity {
  readonly id: string;
  readonly name: string;
  readonly name_key: string;
  readonly path: string;
  readonly created_at: number;
}

const COLUMNS = ['id', 'name', 'name_key', 'path', 'created_at'] as const;

const TABLES = { user: 'iam_user', group: 'iam_group', role: 'iam_role' } as const;

export function arnOf(scope: Scope, kind: Kind, { path, name }: Pick<Entity, 'path' | 'name'>): string {
  return scope.arn(`${kind}${path}${name}`);
}

export function findEntity(sql: Kysely<IamTables>, kind: Kind, name: string): Promise<Entity | undefined> {
  return sql.selectFrom(TABLES[kind]).select(COLUMNS).where('name_key', '=', name.toLowerCase()).executeTakeFirst();
}

/** @throws NoSuchEntity */
export async function requireEntity(sql: Kysely<IamTables>, kind: Kind, name: string): Promise<Entity> {
  const entity = await findEntity(sql, kind, name);
  if (!entity) throw notFound(kind, name);
  return entity;
}

/** @throws EntityAlreadyExists when another than `id` has the name */
export async function requireFree(sql: Kysely<IamTables>, kind: Kind, name: string, id?: string): Promise<void> {
  const entity = await findEntity(sql, kind, name);
  if (entity && entity.id !== id) throw alreadyExists(kind, name);
}

function alreadyExists(kind: Kind, name: string): AwsError {
  const what = `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
  return EntityAlreadyExists({ message: `${what} with name ${name} already exists.` });
}

/** @throws DeleteConflict when the user, group or role has policies */
export async function requireNoPolicies(sql: Kysely<IamTables>, id: string): Promise<void> {
  const attached = sql.selectFrom('iam_attachment').select('policy_id').where('owner_id', '=', id);
  await requireNone(attached, 'must detach all policies first');
  const inline = sql.selectFrom('iam_inline_policy').select('name').where('owner_id', '=', id);
  await requireNone(inline, 'must delete policies first');
}

/** @throws DeleteConflict, with what is to be done first, when the query finds anything */
export async function requireNone(query: { executeTakeFirst(): Promise<unknown> }, first: string): Promise<void> {
  const found = await query.executeTakeFirst();
  if (found) throw DeleteConflict({ message: `Cannot delete entity, ${first}.` });
}

/** One page of all users, groups or roles whose path begins with a prefix, by name. */
export function entityPage(
  { input, read, pages }: Pick<IamContext, 'read' | 'pages'> & { readonly input: PageRequest },
  kind: Kind,
  prefix: string,
): Promise<Page<Entity>> {
  const listing = { operation: `List ${kind}`, filters: [prefix] };
  return readPage(pages, listing, input, byName, (after, limit) =>
    read((sql) =>
      sql
        .selectFrom(TABLES[kind])
        .select(COLUMNS)
        .where('name_key', '>', after)
        .where((is) => is(is.fn<string>('substr', ['path', is.lit(1), is.val(prefix.length)]), '=', prefix))
        .orderBy('name_key')
        .limit(limit)
        .execute(),
    ),
  );
}

/** What pages of users, groups, roles and policies are ordered by. */
export function byName({ name_key }: { readonly name_key: string }): string {
  return name_key;
}

/** RFC 3339 to the second, as IAM has its times. @param at milliseconds since the epoch */
export function isoSeconds(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

/** The ARN that access to a user is decided on; without its path when there is none of the name. */
export function userArn({ input, ...call }: Call<{ readonly UserName: string }> & IamContext): Promise<string> {
  return entityArn(call, 'user', input.UserName);
}

export function groupArn({ input, ...call }: Call<{ readonly GroupName: string }> & IamContext): Promise<string> {
  return entityArn(call, 'group', input.GroupName);
}

export function roleArn({ input, ...call }: Call<{ readonly RoleName: string }> & IamContext): Promise<string> {
  return entityArn(call, 'role', input.RoleName);
}

/** The ARNs before and after a change of path or name, which must both be allowed. */
export async function renamedArns(
  { scope, read }: Pick<IamContext, 'read'> & { readonly scope: Scope },
  kind: Kind,
  name: string,
  newPath: string | undefined,
  newName: string | undefined,
): Promise<readonly string[]> {
  const before = (await read((sql) => findEntity(sql, kind, name))) ?? { path: '/', name };
  const after = { path: newPath ?? before.path, name: newName ?? before.name };
  return [arnOf(scope, kind, before), arnOf(scope, kind, after)];
}

async function entityArn({ scope, read }: Pick<IamContext, 'read'> & { scope: Scope }, kind: Kind, name: string) {
  const entity = await read((sql) => findEntity(sql, kind, name));
  return arnOf(scope, kind, entity ?? { path: '/', name });
}
