/** Permissions boundaries: the managed policy that a user or role can do nothing beyond. */
import type { Kysely } from 'kysely';
import type { Scope } from '../aws/arn.ts';
import { string, structure, type TypeOf } from '../aws/shape.ts';
import { roleArn, userArn } from './entities.ts';
import {
  InvalidInput,
  NoSuchEntity,
  notFound,
  PolicyNotAttachable,
  ServiceFailure,
  UnmodifiableEntity,
} from './errors.ts';
import { ResourceArn, RoleName, UserName } from './identifiers.ts';
import { dropIdentities } from './identities.ts';
import { policyArn, requireAttachable } from './managed-policy.ts';
import { type IamContext, operation } from './operation.ts';
import type { IamTables } from './tables.ts';

export const AttachedPermissionsBoundary = structure({
  PermissionsBoundaryType: string(),
  PermissionsBoundaryArn: string(),
});

export const boundaries = {
  PutUserPermissionsBoundary: operation({
    action: 'iam:PutUserPermissionsBoundary',
    resource: userArn,
    conditions: ({ input }) => boundaryCondition(input.PermissionsBoundary),
    input: structure({ UserName, PermissionsBoundary: ResourceArn }),
    errors: [InvalidInput, NoSuchEntity, PolicyNotAttachable, ServiceFailure],
    handle: ({ input, ...call }) => setBoundary(call, 'user', input.UserName, input.PermissionsBoundary),
  }),

  DeleteUserPermissionsBoundary: operation({
    action: 'iam:DeleteUserPermissionsBoundary',
    resource: userArn,
    conditions: (call) => currentBoundary(call, 'user', call.input.UserName),
    input: structure({ UserName }),
    errors: [NoSuchEntity, ServiceFailure],
    handle: ({ input, ...call }) => setBoundary(call, 'user', input.UserName, undefined),
  }),

  PutRolePermissionsBoundary: operation({
    action: 'iam:PutRolePermissionsBoundary',
    resource: roleArn,
    conditions: ({ input }) => boundaryCondition(input.PermissionsBoundary),
    input: structure({ RoleName, PermissionsBoundary: ResourceArn }),
    errors: [InvalidInput, NoSuchEntity, PolicyNotAttachable, ServiceFailure, UnmodifiableEntity],
    handle: ({ input, ...call }) => setBoundary(call, 'role', input.RoleName, input.PermissionsBoundary),
  }),

  DeleteRolePermissionsBoundary: operation({
    action: 'iam:DeleteRolePermissionsBoundary',
    resource: roleArn,
    conditions: (call) => currentBoundary(call, 'role', call.input.RoleName),
    input: structure({ RoleName }),
    errors: [NoSuchEntity, ServiceFailure, UnmodifiableEntity],
    handle: ({ input, ...call }) => setBoundary(call, 'role', input.RoleName, undefined),
  }),
};

type Bounded = 'user' | 'role';
type Given = IamContext & { readonly scope: Scope };
type Conditions = Readonly<Record<string, string>>;

/** The condition key `iam:PermissionsBoundary` of a call that sets a boundary. */
export function boundaryCondition(arn: string | undefined): Conditions {
  return arn === undefined ? {} : { 'iam:PermissionsBoundary': arn };
}

/** The condition key `iam:PermissionsBoundary` of a call that changes what a user or role may do. */
export async function currentBoundary({ scope, read }: Given, kind: Bounded, name: string): Promise<Conditions> {
  const boundary = await read(async (sql) => {
    const row = await findBounded(sql, kind, name);
    return describeBoundary(sql, scope, row?.boundary_id ?? null);
  });
  return boundaryCondition(boundary?.PermissionsBoundaryArn);
}

/** The boundary as replies have it. */
export async function describeBoundary(
  sql: Kysely<IamTables>,
  scope: Scope,
  id: string | null,
): Promise<TypeOf<typeof AttachedPermissionsBoundary> | undefined> {
  if (id === null) return undefined;
  const policy = await sql.selectFrom('iam_policy').select(['name', 'path']).where('id', '=', id).executeTakeFirst();
  return (
    policy && {
      PermissionsBoundaryType: 'PermissionsBoundaryPolicy',
      PermissionsBoundaryArn: policyArn(scope, policy),
    }
  );
}

function tableOf(kind: Bounded): 'iam_user' | 'iam_role' {
  return kind === 'user' ? 'iam_user' : 'iam_role';
}

function findBounded(sql: Kysely<IamTables>, kind: Bounded, name: string) {
  return sql
    .selectFrom(tableOf(kind))
    .select(['id', 'boundary_id'])
    .where('name_key', '=', name.toLowerCase())
    .executeTakeFirst();
}

async function setBoundary(
  { scope, write, identities }: Given,
  kind: Bounded,
  name: string,
  arn: string | undefined,
): Promise<void> {
  await write(async (transaction) => {
    const { sql } = transaction;
    const row = await findBounded(sql, kind, name);
    if (!row) throw notFound(kind, name);
    if (arn === undefined && row.boundary_id === null) {
      throw NoSuchEntity({ message: `The ${kind} ${name} has no permissions boundary.` });
    }
    const boundary = arn === undefined ? undefined : await requireAttachable(sql, scope, arn);
    await sql
      .updateTable(tableOf(kind))
      .set({ boundary_id: boundary?.id ?? null })
      .where('id', '=', row.id)
      .execute();
    await dropIdentities(transaction, identities, [row.id]);
  });
}
