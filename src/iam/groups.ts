/** The operations on groups and their members. */
import type { Scope } from '../aws/arn.ts';
import { list, optional, string, structure, type TypeOf, timestamp } from '../aws/shape.ts';
import {
  arnOf,
  byName,
  type Entity,
  entityPage,
  groupArn,
  isoSeconds,
  renamedArns,
  requireEntity,
  requireFree,
  requireNone,
  requireNoPolicies,
  userArn,
} from './entities.ts';
import { DeleteConflict, EntityAlreadyExists, LimitExceeded, NoSuchEntity, ServiceFailure } from './errors.ts';
import { ExistingUserName, GroupName, Path, PathPrefix } from './identifiers.ts';
import { dropIdentities } from './identities.ts';
import { paged, pageOf, paging, readPage } from './listing.ts';
import { operation } from './operation.ts';
import { exceeded, QUOTAS, requireRoom } from './quotas.ts';
import { User, summaryOf as userOf } from './users.ts';

const Group = structure({
  Path: string(),
  GroupName: string(),
  GroupId: string(),
  Arn: string(),
  CreateDate: timestamp(),
});

export const groups = {
  CreateGroup: operation({
    action: 'iam:CreateGroup',
    resource: ({ input, scope }) => arnOf(scope, 'group', { path: input.Path ?? '/', name: input.GroupName }),
    input: structure({ Path: optional(Path), GroupName }),
    output: structure({ Group }),
    errors: [EntityAlreadyExists, LimitExceeded, NoSuchEntity, ServiceFailure],
    handle({ input, scope, write, clock, ids }) {
      const { GroupName: name, Path: path = '/' } = input;
      const row = { id: ids.unique('AGPA'), name, name_key: name.toLowerCase(), path, created_at: clock.now() };
      return write(async ({ sql }) => {
        await requireFree(sql, 'group', name);
        await requireRoom(sql, 'iam_group', 'groups');
        await sql.insertInto('iam_group').values(row).execute();
        return { Group: groupOf(scope, row) };
      });
    },
  }),

  GetGroup: operation({
    action: 'iam:GetGroup',
    resource: groupArn,
    input: structure({ GroupName, ...paging }),
    output: structure({ Group, Users: list(User), ...paged }),
    errors: [NoSuchEntity, ServiceFailure],
    async handle({ input, scope, read, pages }) {
      const group = await read((sql) => requireEntity(sql, 'group', input.GroupName));
      const listing = { operation: 'GetGroup', filters: [group.id] };
      const { rows, ...more } = await readPage(pages, listing, input, byName, (after, limit) =>
        read((sql) =>
          sql
            .selectFrom('iam_user')
            .innerJoin('iam_membership', 'iam_membership.user_id', 'iam_user.id')
            .selectAll('iam_user')
            .where('iam_membership.group_id', '=', group.id)
            .where('iam_user.name_key', '>', after)
            .orderBy('iam_user.name_key')
            .limit(limit)
            .execute(),
        ),
      );
      return { Group: groupOf(scope, group), Users: rows.map((user) => userOf(scope, user)), ...more };
    },
  }),

  ListGroups: operation({
    action: 'iam:ListGroups',
    resource: ({ input, scope }) => scope.arn(`group${input.PathPrefix ?? '/'}`),
    input: structure({ PathPrefix: optional(PathPrefix), ...paging }),
    output: structure({ Groups: list(Group), ...paged }),
    errors: [ServiceFailure],
    async handle(call) {
      const { rows, ...more } = await entityPage(call, 'group', call.input.PathPrefix ?? '/');
      return { Groups: rows.map((group) => groupOf(call.scope, group)), ...more };
    },
  }),

  UpdateGroup: operation({
    action: 'iam:UpdateGroup',
    resource: ({ input, ...call }) => renamedArns(call, 'group', input.GroupName, input.NewPath, input.NewGroupName),
    input: structure({ GroupName, NewPath: optional(Path), NewGroupName: optional(GroupName) }),
    errors: [EntityAlreadyExists, LimitExceeded, NoSuchEntity, ServiceFailure],
    async handle({ input, write }) {
      await write(async ({ sql }) => {
        const group = await requireEntity(sql, 'group', input.GroupName);
        const { NewGroupName: name = group.name, NewPath: path = group.path } = input;
        await requireFree(sql, 'group', name, group.id);
        const changes = { name, name_key: name.toLowerCase(), path };
        await sql.updateTable('iam_group').set(changes).where('id', '=', group.id).execute();
      });
    },
  }),

  DeleteGroup: operation({
    action: 'iam:DeleteGroup',
    resource: groupArn,
    input: structure({ GroupName }),
    errors: [DeleteConflict, LimitExceeded, NoSuchEntity, ServiceFailure],
    async handle({ input, write }) {
      await write(async ({ sql }) => {
        const { id } = await requireEntity(sql, 'group', input.GroupName);
        const members = sql.selectFrom('iam_membership').select('user_id').where('group_id', '=', id);
        await requireNone(members, 'must remove users from group first');
        await requireNoPolicies(sql, id);
        await sql.deleteFrom('iam_group').where('id', '=', id).execute();
      });
    },
  }),

  AddUserToGroup: operation({
    action: 'iam:AddUserToGroup',
    resource: groupArn,
    input: structure({ GroupName, UserName: ExistingUserName }),
    errors: [LimitExceeded, NoSuchEntity, ServiceFailure],
    async handle({ input, write, identities }) {
      await write(async (transaction) => {
        const { sql } = transaction;
        const group = await requireEntity(sql, 'group', input.GroupName);
        const user = await requireEntity(sql, 'user', input.UserName);
        const { count } = await sql
          .selectFrom('iam_membership')
          .select((read) => read.fn.countAll<number>().as('count'))
          .where('user_id', '=', user.id)
          .where('group_id', '!=', group.id)
          .executeTakeFirstOrThrow();
        if (Number(count) >= QUOTAS.groupsPerUser) throw exceeded('GroupsPerUser', QUOTAS.groupsPerUser);
        await sql
          .insertInto('iam_membership')
          .values({ group_id: group.id, user_id: user.id })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
        await dropIdentities(transaction, identities, [user.id]);
      });
    },
  }),

  RemoveUserFromGroup: operation({
    action: 'iam:RemoveUserFromGroup',
    resource: groupArn,
    input: structure({ GroupName, UserName: ExistingUserName }),
    errors: [LimitExceeded, NoSuchEntity, ServiceFailure],
    async handle({ input, write, identities }) {
      await write(async (transaction) => {
        const { sql } = transaction;
        const group = await requireEntity(sql, 'group', input.GroupName);
        const user = await requireEntity(sql, 'user', input.UserName);
        await sql
          .deleteFrom('iam_membership')
          .where('group_id', '=', group.id)
          .where('user_id', '=', user.id)
          .execute();
        await dropIdentities(transaction, identities, [user.id]);
      });
    },
  }),

  ListGroupsForUser: operation({
    action: 'iam:ListGroupsForUser',
    resource: userArn,
    input: structure({ UserName: ExistingUserName, ...paging }),
    output: structure({ Groups: list(Group), ...paged }),
    errors: [NoSuchEntity, ServiceFailure],
    async handle({ input, scope, read, pages }) {
      const { user, groups } = await read(async (sql) => {
        const user = await requireEntity(sql, 'user', input.UserName);
        const groups = await sql
          .selectFrom('iam_group')
          .innerJoin('iam_membership', 'iam_membership.group_id', 'iam_group.id')
          .selectAll('iam_group')
          .where('iam_membership.user_id', '=', user.id)
          .execute();
        return { user, groups };
      });
      const listing = { operation: 'ListGroupsForUser', filters: [user.id] };
      const { rows, ...more } = await readPage(pages, listing, input, byName, pageOf(groups, byName));
      return { Groups: rows.map((group) => groupOf(scope, group)), ...more };
    },
  }),
};

function groupOf(scope: Scope, row: Entity): TypeOf<typeof Group> {
  return {
    Path: row.path,
    GroupName: row.name,
    GroupId: row.id,
    Arn: arnOf(scope, 'group', row),
    CreateDate: isoSeconds(row.created_at),
  };
}
