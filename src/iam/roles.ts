/** The operations on roles. */
import type { Kysely } from 'kysely';
import type { Scope } from '../aws/arn.ts';
import { integer, list, optional, string, structure, type TypeOf, timestamp } from '../aws/shape.ts';
import { AttachedPermissionsBoundary, boundaryCondition, describeBoundary } from './boundaries.ts';
import { arnOf, entityPage, isoSeconds, requireFree, requireNoPolicies, roleArn } from './entities.ts';
import {
  DeleteConflict,
  EntityAlreadyExists,
  InvalidInput,
  LimitExceeded,
  MalformedPolicyDocument,
  NoSuchEntity,
  notFound,
  ServiceFailure,
  UnmodifiableEntity,
} from './errors.ts';
import { Path, PathPrefix, PolicyDocument, ResourceArn, RoleName } from './identifiers.ts';
import { dropIdentities } from './identities.ts';
import { paged, paging } from './listing.ts';
import { checkDocument, checkSize, encodeDocument, requireAttachable } from './managed-policy.ts';
import { operation } from './operation.ts';
import { POLICY_SIZE_LIMITS } from './policy-document.ts';
import { requireRoom } from './quotas.ts';
import type { IamTables, RoleRow } from './tables.ts';
import { addTags, removeTags, requestTags, TagKeys, Tags, tagList, tagPage, writeTags } from './tags.ts';
import { showTrust, trustOf } from './trusted.ts';

/** Seconds. */
const DEFAULT_SESSION_DURATION = 3600;

const MaxSessionDuration = integer({ min: 3600, max: 43_200 });
const Description = string({ max: 1000, pattern: /[\t\n\r\u0020-\u007E\u00A1-\u00FF]*/ });

const Role = structure({
  Path: string(),
  RoleName: string(),
  RoleId: string(),
  Arn: string(),
  CreateDate: timestamp(),
  AssumeRolePolicyDocument: optional(string()),
  Description: optional(string()),
  MaxSessionDuration: optional(integer()),
  PermissionsBoundary: optional(AttachedPermissionsBoundary),
  Tags: optional(Tags),
});
type Role = TypeOf<typeof Role>;

export const roles = {
  CreateRole: operation({
    action: 'iam:CreateRole',
    resource: ({ input, scope }) => arnOf(scope, 'role', { path: input.Path ?? '/', name: input.RoleName }),
    requestTags,
    tagAction: 'iam:TagRole',
    conditions: ({ input }) => boundaryCondition(input.PermissionsBoundary),
    input: structure({
      Path: optional(Path),
      RoleName,
      AssumeRolePolicyDocument: PolicyDocument,
      Description: optional(Description),
      MaxSessionDuration: optional(MaxSessionDuration),
      PermissionsBoundary: optional(ResourceArn),
      Tags: optional(Tags),
    }),
    output: structure({ Role }),
    errors: [EntityAlreadyExists, InvalidInput, LimitExceeded, MalformedPolicyDocument, NoSuchEntity, ServiceFailure],
    handle({ input, scope, write, clock, ids }) {
      const { RoleName: name, Path: path = '/', PermissionsBoundary: boundary } = input;
      checkTrustPolicy(input.AssumeRolePolicyDocument);
      const row = {
        id: ids.unique('AROA'),
        name,
        name_key: name.toLowerCase(),
        path,
        created_at: clock.now(),
        description: input.Description ?? null,
        max_session_duration: input.MaxSessionDuration ?? DEFAULT_SESSION_DURATION,
        tags: writeTags(input.Tags),
      };
      return write(async ({ sql }) => {
        await requireFree(sql, 'role', name);
        await requireRoom(sql, 'iam_role', 'roles');
        const policy = boundary === undefined ? undefined : await requireAttachable(sql, scope, boundary);
        const trust = await trustOf(sql, scope, input.AssumeRolePolicyDocument);
        const role = { ...row, ...trust, boundary_id: policy?.id ?? null };
        await sql.insertInto('iam_role').values(role).execute();
        return { Role: await describeRole(sql, scope, role) };
      });
    },
  }),

  GetRole: operation({
    action: 'iam:GetRole',
    resource: roleArn,
    input: structure({ RoleName }),
    output: structure({ Role }),
    errors: [NoSuchEntity, ServiceFailure],
    handle: ({ input, scope, read }) =>
      read(async (sql) => ({ Role: await describeRole(sql, scope, await requireRole(sql, input.RoleName)) })),
  }),

  ListRoles: operation({
    action: 'iam:ListRoles',
    resource: ({ input, scope }) => scope.arn(`role${input.PathPrefix ?? '/'}`),
    input: structure({ PathPrefix: optional(PathPrefix), ...paging }),
    output: structure({ Roles: list(Role), ...paged }),
    errors: [ServiceFailure],
    async handle(call) {
      const { rows, ...more } = await entityPage(call, 'role', call.input.PathPrefix ?? '/');
      if (rows.length === 0) return { Roles: [], ...more };
      const ids = rows.map(({ id }) => id);
      const { full, trustIn } = await call.read(async (sql) => {
        const full = await sql.selectFrom('iam_role').selectAll().where('id', 'in', ids).orderBy('name_key').execute();
        return { full, trustIn: await showTrust(sql, call.scope, full) };
      });
      return { Roles: full.map((row) => summaryOf(call.scope, row, trustIn(row))), ...more };
    },
  }),

  UpdateRole: operation({
    action: 'iam:UpdateRole',
    resource: roleArn,
    input: structure({
      RoleName,
      Description: optional(Description),
      MaxSessionDuration: optional(MaxSessionDuration),
    }),
    output: structure({}),
    errors: [NoSuchEntity, ServiceFailure, UnmodifiableEntity],
    async handle({ input, write }) {
      await write(async ({ sql }) => {
        const row = await requireRole(sql, input.RoleName);
        const changes = {
          description: input.Description ?? row.description,
          max_session_duration: input.MaxSessionDuration ?? row.max_session_duration,
        };
        await sql.updateTable('iam_role').set(changes).where('id', '=', row.id).execute();
      });
      return {};
    },
  }),

  UpdateRoleDescription: operation({
    action: 'iam:UpdateRoleDescription',
    resource: roleArn,
    input: structure({ RoleName, Description }),
    output: structure({ Role: optional(Role) }),
    errors: [NoSuchEntity, ServiceFailure, UnmodifiableEntity],
    handle: ({ input, scope, write }) =>
      write(async ({ sql }) => {
        const row = await requireRole(sql, input.RoleName);
        const changes = { description: input.Description };
        await sql.updateTable('iam_role').set(changes).where('id', '=', row.id).execute();
        return { Role: await describeRole(sql, scope, { ...row, ...changes }) };
      }),
  }),

  UpdateAssumeRolePolicy: operation({
    action: 'iam:UpdateAssumeRolePolicy',
    resource: roleArn,
    input: structure({ RoleName, PolicyDocument }),
    errors: [LimitExceeded, MalformedPolicyDocument, NoSuchEntity, ServiceFailure, UnmodifiableEntity],
    async handle({ input, scope, write }) {
      checkTrustPolicy(input.PolicyDocument);
      await write(async ({ sql }) => {
        const { id } = await requireRole(sql, input.RoleName);
        const trust = await trustOf(sql, scope, input.PolicyDocument);
        await sql.updateTable('iam_role').set(trust).where('id', '=', id).execute();
      });
    },
  }),

  DeleteRole: operation({
    action: 'iam:DeleteRole',
    resource: roleArn,
    input: structure({ RoleName }),
    errors: [DeleteConflict, LimitExceeded, NoSuchEntity, ServiceFailure, UnmodifiableEntity],
    async handle({ input, write, identities }) {
      await write(async (transaction) => {
        const { sql } = transaction;
        const { id } = await requireRole(sql, input.RoleName);
        await requireNoPolicies(sql, id);
        await sql.deleteFrom('iam_role').where('id', '=', id).execute();
        await dropIdentities(transaction, identities, [id]);
      });
    },
  }),

  TagRole: operation({
    action: 'iam:TagRole',
    resource: roleArn,
    requestTags,
    input: structure({ RoleName, Tags }),
    errors: [InvalidInput, LimitExceeded, NoSuchEntity, ServiceFailure],
    async handle({ input, write, identities }) {
      await write(async (transaction) => {
        const row = await requireRole(transaction.sql, input.RoleName);
        await addTags(transaction, 'iam_role', row, input.Tags);
        await dropIdentities(transaction, identities, [row.id]);
      });
    },
  }),

  UntagRole: operation({
    action: 'iam:UntagRole',
    resource: roleArn,
    requestTags: ({ TagKeys }) => TagKeys,
    input: structure({ RoleName, TagKeys }),
    errors: [NoSuchEntity, ServiceFailure],
    async handle({ input, write, identities }) {
      await write(async (transaction) => {
        const row = await requireRole(transaction.sql, input.RoleName);
        await removeTags(transaction, 'iam_role', row, input.TagKeys);
        await dropIdentities(transaction, identities, [row.id]);
      });
    },
  }),

  ListRoleTags: operation({
    action: 'iam:ListRoleTags',
    resource: roleArn,
    input: structure({ RoleName, ...paging }),
    output: structure({ Tags, ...paged }),
    errors: [NoSuchEntity, ServiceFailure],
    async handle(call) {
      const row = await call.read((sql) => requireRole(sql, call.input.RoleName));
      const { rows, ...more } = await tagPage(call, 'ListRoleTags', row);
      return { Tags: rows, ...more };
    },
  }),
};

/** @throws NoSuchEntity */
export async function requireRole(sql: Kysely<IamTables>, name: string): Promise<RoleRow> {
  const row = await sql
    .selectFrom('iam_role')
    .selectAll()
    .where('name_key', '=', name.toLowerCase())
    .executeTakeFirst();
  if (!row) throw notFound('role', name);
  return row;
}

function checkTrustPolicy(document: string): void {
  checkDocument(document, 'trust');
  checkSize([document], 'ACLSizePerRole', POLICY_SIZE_LIMITS.trust);
}

/** A role as in lists, without tags and boundary. @param trust its trust policy as it is shown */
function summaryOf(scope: Scope, row: RoleRow, trust: string): Role {
  return {
    Path: row.path,
    RoleName: row.name,
    RoleId: row.id,
    Arn: arnOf(scope, 'role', row),
    CreateDate: isoSeconds(row.created_at),
    AssumeRolePolicyDocument: encodeDocument(trust),
    Description: row.description ?? undefined,
    MaxSessionDuration: row.max_session_duration,
  };
}

async function describeRole(sql: Kysely<IamTables>, scope: Scope, row: RoleRow): Promise<Role> {
  const tags = tagList(row.tags);
  const trustIn = await showTrust(sql, scope, [row]);
  return {
    ...summaryOf(scope, row, trustIn(row)),
    PermissionsBoundary: await describeBoundary(sql, scope, row.boundary_id),
    Tags: tags.length > 0 ? tags : undefined,
  };
}
