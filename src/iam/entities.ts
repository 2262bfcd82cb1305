/** Users, groups and roles: what they have in common. */
import type { Kysely } from 'kysely';
import type { Scope } from '../aws/arn.ts';
import type { AwsError } from '../aws/errors.ts';
import type { Call } from '../aws/operation.ts';
import { DeleteConflict, EntityAlreadyExists, notFound } from './errors.ts';
import type { IamContext } from './operation.ts';
import type { IamTables } from './tables.ts';

/** As in ARNs. */
export type Kind = 'user' | 'group' | 'role';

export interface Entity {
  readonly id: string;
  readonly name: string;
  readonly path: string;
}

const TABLES = { user: 'iam_user', group: 'iam_group', role: 'iam_role' } as const;

export function arnOf(scope: Scope, kind: Kind, { path, name }: Pick<Entity, 'path' | 'name'>): string {
  return scope.arn(`${kind}${path}${name}`);
}

export function findEntity(sql: Kysely<IamTables>, kind: Kind, name: string): Promise<Entity | undefined> {
  return sql
    .selectFrom(TABLES[kind])
    .select(['id', 'name', 'path'])
    .where('name_key', '=', name.toLowerCase())
    .executeTakeFirst();
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

async function entityArn({ scope, read }: Pick<IamContext, 'read'> & { scope: Scope }, kind: Kind, name: string) {
  const entity = await read((sql) => findEntity(sql, kind, name));
  return arnOf(scope, kind, entity ?? { path: '/', name });
}
