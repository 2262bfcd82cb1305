/** The operations that attach managed policies to users, groups and roles. */
import type { Scope } from '../aws/arn.ts';
import { enumeration, list, optional, string, structure } from '../aws/shape.ts';
import { currentBoundary } from './boundaries.ts';
import { groupArn, type Kind, requireEntity, roleArn, userArn } from './entities.ts';
import {
  InvalidInput,
  LimitExceeded,
  NoSuchEntity,
  PolicyNotAttachable,
  ServiceFailure,
  UnmodifiableEntity,
} from './errors.ts';
import { GroupName, Path, PolicyPath, ResourceArn, RoleName, UserName } from './identifiers.ts';
import { dropIdentities } from './identities.ts';
import { type PageRequest, paged, pageOf, paging, readPage } from './listing.ts';
import { policyArn, requireAttachable, requirePolicy } from './managed-policy.ts';
import { type IamContext, operation } from './operation.ts';
import { exceeded, QUOTAS } from './quotas.ts';

const PolicyArn = ResourceArn;
const AttachedPolicies = {
  AttachedPolicies: list(structure({ PolicyName: string(), PolicyArn: string() })),
  ...paged,
};
const filter = { PathPrefix: optional(PolicyPath), ...paging };

export const attachments = {
  AttachUserPolicy: operation({
    action: 'iam:AttachUserPolicy',
    resource: userArn,
    conditions: (call) => conditionsOf(call, 'user', call.input.UserName),
    input: structure({ UserName, PolicyArn }),
    errors: [InvalidInput, LimitExceeded, NoSuchEntity, PolicyNotAttachable, ServiceFailure],
    handle: (call) => attach(call, 'user', call.input.UserName),
  }),

  DetachUserPolicy: operation({
    action: 'iam:DetachUserPolicy',
    resource: userArn,
    conditions: (call) => conditionsOf(call, 'user', call.input.UserName),
    input: structure({ UserName, PolicyArn }),
    errors: [InvalidInput, LimitExceeded, NoSuchEntity, ServiceFailure],
    handle: (call) => detach(call, 'user', call.input.UserName),
  }),

  ListAttachedUserPolicies: operation({
    action: 'iam:ListAttachedUserPolicies',
    resource: userArn,
    input: structure({ UserName, ...filter }),
    output: structure(AttachedPolicies),
    errors: [InvalidInput, NoSuchEntity, ServiceFailure],
    handle: (call) => listAttached(call, 'user', call.input.UserName),
  }),

  AttachGroupPolicy: operation({
    action: 'iam:AttachGroupPolicy',
    resource: groupArn,
    conditions: ({ input }) => policyCondition(input),
    input: structure({ GroupName, PolicyArn }),
    errors: [InvalidInput, LimitExceeded, NoSuchEntity, PolicyNotAttachable, ServiceFailure],
    handle: (call) => attach(call, 'group', call.input.GroupName),
  }),

  DetachGroupPolicy: operation({
    action: 'iam:DetachGroupPolicy',
    resource: groupArn,
    conditions: ({ input }) => policyCondition(input),
    input: structure({ GroupName, PolicyArn }),
    errors: [InvalidInput, LimitExceeded, NoSuchEntity, ServiceFailure],
    handle: (call) => detach(call, 'group', call.input.GroupName),
  }),

  ListAttachedGroupPolicies: operation({
    action: 'iam:ListAttachedGroupPolicies',
    resource: groupArn,
    input: structure({ GroupName, ...filter }),
    output: structure(AttachedPolicies),
    errors: [InvalidInput, NoSuchEntity, ServiceFailure],
    handle: (call) => listAttached(call, 'group', call.input.GroupName),
  }),

  AttachRolePolicy: operation({
    action: 'iam:AttachRolePolicy',
    resource: roleArn,
    conditions: (call) => conditionsOf(call, 'role', call.input.RoleName),
    input: structure({ RoleName, PolicyArn }),
    errors: [InvalidInput, LimitExceeded, NoSuchEntity, PolicyNotAttachable, ServiceFailure, UnmodifiableEntity],
    handle: (call) => attach(call, 'role', call.input.RoleName),
  }),

  DetachRolePolicy: operation({
    action: 'iam:DetachRolePolicy',
    resource: roleArn,
    conditions: (call) => conditionsOf(call, 'role', call.input.RoleName),
    input: structure({ RoleName, PolicyArn }),
    errors: [InvalidInput, LimitExceeded, NoSuchEntity, ServiceFailure, UnmodifiableEntity],
    handle: (call) => detach(call, 'role', call.input.RoleName),
  }),

  ListAttachedRolePolicies: operation({
    action: 'iam:ListAttachedRolePolicies',
    resource: roleArn,
    input: structure({ RoleName, ...filter }),
    output: structure(AttachedPolicies),
    errors: [InvalidInput, NoSuchEntity, ServiceFailure],
    handle: (call) => listAttached(call, 'role', call.input.RoleName),
  }),

  ListEntitiesForPolicy: operation({
    action: 'iam:ListEntitiesForPolicy',
    resource: ({ input }) => input.PolicyArn,
    input: structure({
      PolicyArn,
      EntityFilter: optional(enumeration('User', 'Role', 'Group', 'LocalManagedPolicy', 'AWSManagedPolicy')),
      PathPrefix: optional(Path),
      PolicyUsageFilter: optional(enumeration('PermissionsPolicy', 'PermissionsBoundary')),
      ...paging,
    }),
    output: structure({
      PolicyGroups: list(structure({ GroupName: string(), GroupId: string() })),
      PolicyUsers: list(structure({ UserName: string(), UserId: string() })),
      PolicyRoles: list(structure({ RoleName: string(), RoleId: string() })),
      ...paged,
    }),
    errors: [InvalidInput, NoSuchEntity, ServiceFailure],
    async handle({ input, scope, read, pages }) {
      const { EntityFilter: kind, PathPrefix: prefix = '/', PolicyUsageFilter: usage } = input;
      const owners = await ownersOf({ read, scope }, input.PolicyArn, usage);
      const wanted = owners.filter((owner) => (kind ?? owner.kind) === owner.kind && owner.path.startsWith(prefix));
      const listing = { operation: 'ListEntitiesForPolicy', filters: [input.PolicyArn, kind, prefix, usage] };
      const byId = ({ id }: Owner) => id;
      const { rows, ...more } = await readPage(pages, listing, input, byId, pageOf(wanted, byId));
      const of = (kind: Owner['kind']) => rows.filter((row) => row.kind === kind);
      return {
        PolicyGroups: of('Group').map(({ name, id }) => ({ GroupName: name, GroupId: id })),
        PolicyUsers: of('User').map(({ name, id }) => ({ UserName: name, UserId: id })),
        PolicyRoles: of('Role').map(({ name, id }) => ({ RoleName: name, RoleId: id })),
        ...more,
      };
    },
  }),
};

type Given<Input> = IamContext & { readonly input: Input; readonly scope: Scope };
type Policy = { readonly PolicyArn: string };

/** The condition keys of attaching a policy to somebody with a boundary, or detaching it. */
async function conditionsOf(call: Given<Policy>, kind: 'user' | 'role', name: string) {
  return { ...policyCondition(call.input), ...(await currentBoundary(call, kind, name)) };
}

function policyCondition({ PolicyArn }: Policy): Readonly<Record<string, string>> {
  return { 'iam:PolicyARN': PolicyArn };
}

async function attach({ input, scope, write, identities }: Given<Policy>, kind: Kind, name: string): Promise<void> {
  await write(async (transaction) => {
    const { sql } = transaction;
    const owner = await requireEntity(sql, kind, name);
    const policy = await requireAttachable(sql, scope, input.PolicyArn);
    const attached = await sql
      .selectFrom('iam_attachment')
      .select('policy_id')
      .where('owner_id', '=', owner.id)
      .where('policy_id', '!=', policy.id)
      .execute();
    if (attached.length >= QUOTAS.attachedPolicies) throw exceeded('attached policies', QUOTAS.attachedPolicies);
    await sql
      .insertInto('iam_attachment')
      .values({ owner_id: owner.id, policy_id: policy.id })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    await dropIdentities(transaction, identities, [owner.id]);
  });
}

async function detach({ input, scope, write, identities }: Given<Policy>, kind: Kind, name: string): Promise<void> {
  await write(async (transaction) => {
    const { sql } = transaction;
    const owner = await requireEntity(sql, kind, name);
    const policy = await requirePolicy(sql, scope, input.PolicyArn);
    const attachment = await sql
      .deleteFrom('iam_attachment')
      .where('owner_id', '=', owner.id)
      .where('policy_id', '=', policy.id)
      .returning('policy_id')
      .executeTakeFirst();
    if (!attachment) throw NoSuchEntity({ message: `Policy ${input.PolicyArn} was not found.` });
    await dropIdentities(transaction, identities, [owner.id]);
  });
}

async function listAttached(
  { input, scope, read, pages }: Given<PageRequest & { readonly PathPrefix?: string | undefined }>,
  kind: Kind,
  name: string,
) {
  const { owner, policies } = await read(async (sql) => {
    const owner = await requireEntity(sql, kind, name);
    const policies = await sql
      .selectFrom('iam_policy')
      .innerJoin('iam_attachment', 'iam_attachment.policy_id', 'iam_policy.id')
      .select(['iam_policy.name', 'iam_policy.path'])
      .where('iam_attachment.owner_id', '=', owner.id)
      .execute();
    return { owner, policies };
  });
  const prefix = input.PathPrefix ?? '/';
  const wanted = policies.filter(({ path }) => path.startsWith(prefix));
  const keyOf = (policy: { readonly name: string }) => policy.name;
  const listing = { operation: 'ListAttachedPolicies', filters: [owner.id, prefix] };
  const { rows, ...more } = await readPage(pages, listing, input, keyOf, pageOf(wanted, keyOf));
  return {
    AttachedPolicies: rows.map((policy) => ({ PolicyName: policy.name, PolicyArn: policyArn(scope, policy) })),
    ...more,
  };
}

interface Owner {
  readonly kind: 'User' | 'Group' | 'Role';
  readonly id: string;
  readonly name: string;
  readonly path: string;
}

/** All that a policy is attached to or a boundary of. */
async function ownersOf(
  { read, scope }: Pick<Given<Policy>, 'read' | 'scope'>,
  arn: string,
  usage: 'PermissionsPolicy' | 'PermissionsBoundary' | undefined,
): Promise<Owner[]> {
  return read(async (sql) => {
    const { id } = await requirePolicy(sql, scope, arn);
    const attached = sql.selectFrom('iam_attachment').select('owner_id').where('policy_id', '=', id);
    const [byAttachment, byBoundary] = [usage !== 'PermissionsBoundary', usage !== 'PermissionsPolicy'];
    const ofBounded = (table: 'iam_user' | 'iam_role') =>
      sql
        .selectFrom(table)
        .select(['id', 'name', 'path'])
        .where((is) =>
          is.or([
            ...(byAttachment ? [is('id', 'in', attached)] : []),
            ...(byBoundary ? [is('boundary_id', '=', id)] : []),
          ]),
        )
        .execute();
    const groups = byAttachment
      ? await sql.selectFrom('iam_group').select(['id', 'name', 'path']).where('id', 'in', attached).execute()
      : [];
    return [
      ...(await ofBounded('iam_user')).map((user) => ({ ...user, kind: 'User' as const })),
      ...(await ofBounded('iam_role')).map((role) => ({ ...role, kind: 'Role' as const })),
      ...groups.map((group) => ({ ...group, kind: 'Group' as const })),
    ];
  });
}
