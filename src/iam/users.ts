/** The operations on users. */
import type { Kysely } from 'kysely';
import type { Scope } from '../aws/arn.ts';
import type { Call } from '../aws/operation.ts';
import type { Principal } from '../aws/ports.ts';
import { list, optional, string, structure, type TypeOf, timestamp } from '../aws/shape.ts';
import { AttachedPermissionsBoundary, boundaryCondition, describeBoundary } from './boundaries.ts';
import {
  arnOf,
  type Entity,
  entityPage,
  isoSeconds,
  renamedArns,
  requireFree,
  requireNone,
  requireNoPolicies,
  userArn,
} from './entities.ts';
import {
  DeleteConflict,
  EntityAlreadyExists,
  InvalidInput,
  LimitExceeded,
  NoSuchEntity,
  notFound,
  ServiceFailure,
  ValidationError,
} from './errors.ts';
import { ExistingUserName, Path, PathPrefix, ResourceArn, UserName } from './identifiers.ts';
import { dropIdentities } from './identities.ts';
import { paged, paging } from './listing.ts';
import { requireAttachable } from './managed-policy.ts';
import { type IamContext, operation } from './operation.ts';
import { requireRoom } from './quotas.ts';
import type { IamTables, UserRow } from './tables.ts';
import { addTags, removeTags, requestTags, TagKeys, Tags, tagList, tagPage, writeTags } from './tags.ts';

export const User = structure({
  // The root has neither.
  Path: optional(string()),
  UserName: optional(string()),
  UserId: string(),
  Arn: string(),
  CreateDate: timestamp(),
  PermissionsBoundary: optional(AttachedPermissionsBoundary),
  Tags: optional(Tags),
});
type User = TypeOf<typeof User>;

export const users = {
  CreateUser: operation({
    action: 'iam:CreateUser',
    resource: ({ input, scope }) => arnOf(scope, 'user', { path: input.Path ?? '/', name: input.UserName }),
    requestTags,
    tagAction: 'iam:TagUser',
    conditions: ({ input }) => boundaryCondition(input.PermissionsBoundary),
    input: structure({
      Path: optional(Path),
      UserName,
      PermissionsBoundary: optional(ResourceArn),
      Tags: optional(Tags),
    }),
    output: structure({ User }),
    errors: [EntityAlreadyExists, InvalidInput, LimitExceeded, NoSuchEntity, ServiceFailure],
    handle({ input, scope, write, clock, ids }) {
      const { UserName: name, Path: path = '/', PermissionsBoundary: boundary } = input;
      const row = {
        id: ids.unique('AIDA'),
        name,
        name_key: name.toLowerCase(),
        path,
        created_at: clock.now(),
        tags: writeTags(input.Tags),
      };
      return write(async ({ sql }) => {
        await requireFree(sql, 'user', name);
        await requireRoom(sql, 'iam_user', 'users');
        const policy = boundary === undefined ? undefined : await requireAttachable(sql, scope, boundary);
        const user = { ...row, boundary_id: policy?.id ?? null };
        await sql.insertInto('iam_user').values(user).execute();
        return { User: await describeUser(sql, scope, user) };
      });
    },
  }),

  GetUser: operation({
    action: 'iam:GetUser',
    resource: targetArn,
    input: structure({ UserName: optional(ExistingUserName) }),
    output: structure({ User }),
    errors: [NoSuchEntity, ServiceFailure],
    async handle({ input, scope, principal, read }) {
      if (input.UserName === undefined && principal.type === 'Account') return { User: describeRoot(principal) };
      return read(async (sql) => {
        const row = await requireTarget(sql, input.UserName, principal);
        return { User: await describeUser(sql, scope, row) };
      });
    },
  }),

  ListUsers: operation({
    action: 'iam:ListUsers',
    resource: ({ input, scope }) => scope.arn(`user${input.PathPrefix ?? '/'}`),
    input: structure({ PathPrefix: optional(PathPrefix), ...paging }),
    output: structure({ Users: list(User), ...paged }),
    errors: [ServiceFailure],
    async handle({ input, scope, read, pages }) {
      const prefix = input.PathPrefix ?? '/';
      const { rows, ...more } = await entityPage({ input, read, pages }, 'user', prefix);
      return { Users: rows.map((row) => summaryOf(scope, row)), ...more };
    },
  }),

  UpdateUser: operation({
    action: 'iam:UpdateUser',
    resource: ({ input, ...call }) => renamedArns(call, 'user', input.UserName, input.NewPath, input.NewUserName),
    input: structure({ UserName: ExistingUserName, NewPath: optional(Path), NewUserName: optional(UserName) }),
    errors: [EntityAlreadyExists, LimitExceeded, NoSuchEntity, ServiceFailure],
    async handle({ input, write, identities }) {
      await write(async (transaction) => {
        const { sql } = transaction;
        const row = await requireUser(sql, input.UserName);
        const { NewUserName: name = row.name, NewPath: path = row.path } = input;
        await requireFree(sql, 'user', name, row.id);
        const changes = { name, name_key: name.toLowerCase(), path };
        await sql.updateTable('iam_user').set(changes).where('id', '=', row.id).execute();
        await dropIdentities(transaction, identities, [row.id]);
      });
    },
  }),

  DeleteUser: operation({
    action: 'iam:DeleteUser',
    resource: userArn,
    input: structure({ UserName: ExistingUserName }),
    errors: [DeleteConflict, LimitExceeded, NoSuchEntity, ServiceFailure],
    async handle({ input, write, identities }) {
      await write(async (transaction) => {
        const { sql } = transaction;
        const { id } = await requireUser(sql, input.UserName);
        await requireNoPolicies(sql, id);
        const keys = sql.selectFrom('iam_access_key').select('id').where('user_id', '=', id);
        await requireNone(keys, 'must delete access keys first');
        const groups = sql.selectFrom('iam_membership').select('group_id').where('user_id', '=', id);
        await requireNone(groups, 'must remove users from group first');
        await sql.deleteFrom('iam_user').where('id', '=', id).execute();
        await dropIdentities(transaction, identities, [id]);
      });
    },
  }),

  TagUser: operation({
    action: 'iam:TagUser',
    resource: userArn,
    requestTags,
    input: structure({ UserName: ExistingUserName, Tags }),
    errors: [InvalidInput, LimitExceeded, NoSuchEntity, ServiceFailure],
    async handle({ input, write, identities }) {
      await write(async (transaction) => {
        const row = await requireUser(transaction.sql, input.UserName);
        await addTags(transaction, 'iam_user', row, input.Tags);
        await dropIdentities(transaction, identities, [row.id]);
      });
    },
  }),

  UntagUser: operation({
    action: 'iam:UntagUser',
    resource: userArn,
    requestTags: ({ TagKeys }) => TagKeys,
    input: structure({ UserName: ExistingUserName, TagKeys }),
    errors: [NoSuchEntity, ServiceFailure],
    async handle({ input, write, identities }) {
      await write(async (transaction) => {
        const row = await requireUser(transaction.sql, input.UserName);
        await removeTags(transaction, 'iam_user', row, input.TagKeys);
        await dropIdentities(transaction, identities, [row.id]);
      });
    },
  }),

  ListUserTags: operation({
    action: 'iam:ListUserTags',
    resource: userArn,
    input: structure({ UserName: ExistingUserName, ...paging }),
    output: structure({ Tags, ...paged }),
    errors: [NoSuchEntity, ServiceFailure],
    async handle(call) {
      const row = await call.read((sql) => requireUser(sql, call.input.UserName));
      const { rows, ...more } = await tagPage(call, 'ListUserTags', row);
      return { Tags: rows, ...more };
    },
  }),
};

async function findUser(sql: Kysely<IamTables>, name: string): Promise<UserRow | undefined> {
  return sql.selectFrom('iam_user').selectAll().where('name_key', '=', name.toLowerCase()).executeTakeFirst();
}

/** @throws NoSuchEntity */
export async function requireUser(sql: Kysely<IamTables>, name: string): Promise<UserRow> {
  const row = await findUser(sql, name);
  if (!row) throw notFound('user', name);
  return row;
}

/**
 * The user of the name or, without one, the user who asks.
 * @throws NoSuchEntity, and ValidationError when who asks without a name is no user.
 */
export async function requireTarget(
  sql: Kysely<IamTables>,
  name: string | undefined,
  principal: Principal,
): Promise<UserRow> {
  if (name !== undefined) return requireUser(sql, name);
  requireIsUser(principal);
  const row = await sql.selectFrom('iam_user').selectAll().where('id', '=', principal.id).executeTakeFirst();
  if (!row) throw notFound('user', principal.arn);
  return row;
}

/** The ARN of the user of the name or, without one, of who asks. */
export async function targetArn(call: Call<{ readonly UserName?: string | undefined }> & IamContext): Promise<string> {
  const { UserName } = call.input;
  if (UserName !== undefined) return userArn({ ...call, input: { UserName } });
  return call.principal.arn;
}

function requireIsUser(principal: Principal): void {
  if (principal.type === 'User') return;
  throw ValidationError({ message: 'Must specify userName when calling with non-User credentials' });
}

/** A user as in lists, without tags and boundary. */
export function summaryOf(scope: Scope, row: Entity): User {
  return {
    Path: row.path,
    UserName: row.name,
    UserId: row.id,
    Arn: arnOf(scope, 'user', row),
    CreateDate: isoSeconds(row.created_at),
  };
}

async function describeUser(sql: Kysely<IamTables>, scope: Scope, row: UserRow): Promise<User> {
  const tags = tagList(row.tags);
  return {
    ...summaryOf(scope, row),
    PermissionsBoundary: await describeBoundary(sql, scope, row.boundary_id),
    Tags: tags.length > 0 ? tags : undefined,
  };
}

function describeRoot({ arn, id }: Principal): User {
  return { UserId: id, Arn: arn, CreateDate: isoSeconds(0) };
}
