/** The operations on managed policies and their tags. */
import type { Kysely } from 'kysely';
import type { Scope } from '../aws/arn.ts';
import {
  boolean,
  enumeration,
  integer,
  list,
  optional,
  string,
  structure,
  type TypeOf,
  timestamp,
} from '../aws/shape.ts';
import { byName, isoSeconds, requireNone } from './entities.ts';
import {
  DeleteConflict,
  EntityAlreadyExists,
  InvalidInput,
  LimitExceeded,
  MalformedPolicyDocument,
  NoSuchEntity,
  ServiceFailure,
} from './errors.ts';
import { PolicyDocument, PolicyName, PolicyPath, ResourceArn } from './identifiers.ts';
import { paged, paging, readPage } from './listing.ts';
import { checkDocument, checkSize, policyArn, requirePolicy } from './managed-policy.ts';
import { operation } from './operation.ts';
import { POLICY_SIZE_LIMITS } from './policy-document.ts';
import { requireRoom } from './quotas.ts';
import type { IamTables, PolicyRow } from './tables.ts';
import { addTags, removeTags, requestTags, TagKeys, Tags, tagList, tagPage, writeTags } from './tags.ts';

const Policy = structure({
  PolicyName: string(),
  PolicyId: string(),
  Arn: string(),
  Path: string(),
  DefaultVersionId: string(),
  AttachmentCount: integer(),
  PermissionsBoundaryUsageCount: integer(),
  IsAttachable: boolean(),
  Description: optional(string()),
  CreateDate: timestamp(),
  UpdateDate: timestamp(),
  Tags: optional(Tags),
});
type Policy = TypeOf<typeof Policy>;

export const managedPolicies = {
  CreatePolicy: operation({
    action: 'iam:CreatePolicy',
    resource: ({ input, scope }) => policyArn(scope, { path: input.Path ?? '/', name: input.PolicyName }),
    requestTags,
    tagAction: 'iam:TagPolicy',
    input: structure({
      PolicyName,
      Path: optional(PolicyPath),
      PolicyDocument,
      Description: optional(string({ max: 1000 })),
      Tags: optional(Tags),
    }),
    output: structure({ Policy }),
    errors: [EntityAlreadyExists, InvalidInput, LimitExceeded, MalformedPolicyDocument, ServiceFailure],
    handle({ input, scope, write, clock, ids }) {
      const { PolicyName: name, PolicyDocument: document, Path: path = '/' } = input;
      checkManaged(document);
      const now = clock.now();
      const row: PolicyRow = {
        id: ids.unique('ANPA'),
        name,
        name_key: name.toLowerCase(),
        path,
        description: input.Description ?? null,
        created_at: now,
        updated_at: now,
        default_version: 1,
        last_version: 1,
        tags: writeTags(input.Tags),
      };
      return write(async ({ sql }) => {
        const same = await sql
          .selectFrom('iam_policy')
          .select('id')
          .where('name_key', '=', row.name_key)
          .executeTakeFirst();
        if (same) {
          const message = `A policy called ${name} already exists. Duplicate names are not allowed.`;
          throw EntityAlreadyExists({ message });
        }
        await requireRoom(sql, 'iam_policy', 'policies');
        await sql.insertInto('iam_policy').values(row).execute();
        const version = { policy_id: row.id, version: 1, document, created_at: now };
        await sql.insertInto('iam_policy_version').values(version).execute();
        return { Policy: await describePolicy(sql, scope, row) };
      });
    },
  }),

  GetPolicy: operation({
    action: 'iam:GetPolicy',
    resource: ({ input }) => input.PolicyArn,
    input: structure({ PolicyArn: ResourceArn }),
    output: structure({ Policy }),
    errors: [InvalidInput, NoSuchEntity, ServiceFailure],
    handle: ({ input, scope, read }) =>
      read(async (sql) => {
        const row = await requirePolicy(sql, scope, input.PolicyArn);
        return { Policy: await describePolicy(sql, scope, row) };
      }),
  }),

  ListPolicies: operation({
    action: 'iam:ListPolicies',
    resource: ({ input, scope }) => scope.arn(`policy${input.PathPrefix ?? '/'}`),
    input: structure({
      Scope: optional(enumeration('All', 'AWS', 'Local')),
      OnlyAttached: optional(boolean()),
      PathPrefix: optional(PolicyPath),
      PolicyUsageFilter: optional(enumeration('PermissionsPolicy', 'PermissionsBoundary')),
      ...paging,
    }),
    output: structure({ Policies: list(Policy), ...paged }),
    errors: [ServiceFailure],
    async handle({ input, scope, read, pages }) {
      const { OnlyAttached: attached = false, PathPrefix: prefix = '/', PolicyUsageFilter: usage } = input;
      // None is AWS's own.
      if (input.Scope === 'AWS') return { Policies: [], IsTruncated: false };
      const listing = { operation: 'ListPolicies', filters: [attached, prefix, usage] };
      const { rows, ...more } = await readPage(pages, listing, input, byName, (after, limit) =>
        read((sql) => {
          let query = sql
            .selectFrom('iam_policy')
            .selectAll()
            .where('name_key', '>', after)
            .where((is) => is(is.fn<string>('substr', ['path', is.lit(1), is.val(prefix.length)]), '=', prefix))
            .orderBy('name_key')
            .limit(limit);
          const attachments = sql.selectFrom('iam_attachment').select('policy_id');
          const boundaries = boundaryUses(sql);
          if (usage === 'PermissionsPolicy') query = query.where('id', 'in', attachments);
          else if (usage === 'PermissionsBoundary') query = query.where('id', 'in', boundaries);
          else if (attached) query = query.where('id', 'in', attachments.union(boundaries));
          return query.execute();
        }),
      );
      const policies = await read((sql) => Promise.all(rows.map((row) => summaryOf(sql, scope, row))));
      return { Policies: policies, ...more };
    },
  }),

  DeletePolicy: operation({
    action: 'iam:DeletePolicy',
    resource: ({ input }) => input.PolicyArn,
    input: structure({ PolicyArn: ResourceArn }),
    errors: [DeleteConflict, InvalidInput, LimitExceeded, NoSuchEntity, ServiceFailure],
    async handle({ input, scope, write }) {
      await write(async ({ sql }) => {
        const row = await requirePolicy(sql, scope, input.PolicyArn);
        const { AttachmentCount, PermissionsBoundaryUsageCount } = await summaryOf(sql, scope, row);
        if (AttachmentCount + PermissionsBoundaryUsageCount > 0) {
          throw DeleteConflict({ message: 'Cannot delete a policy attached to entities.' });
        }
        const others = sql
          .selectFrom('iam_policy_version')
          .select('version')
          .where('policy_id', '=', row.id)
          .where('version', '!=', row.default_version);
        await requireNone(others, 'must delete all versions but the default one first');
        await sql.deleteFrom('iam_policy_version').where('policy_id', '=', row.id).execute();
        await sql.deleteFrom('iam_policy').where('id', '=', row.id).execute();
      });
    },
  }),

  TagPolicy: operation({
    action: 'iam:TagPolicy',
    resource: ({ input }) => input.PolicyArn,
    requestTags,
    input: structure({ PolicyArn: ResourceArn, Tags }),
    errors: [InvalidInput, LimitExceeded, NoSuchEntity, ServiceFailure],
    async handle({ input, scope, write }) {
      await write(async (transaction) => {
        const row = await requirePolicy(transaction.sql, scope, input.PolicyArn);
        await addTags(transaction, 'iam_policy', row, input.Tags);
      });
    },
  }),

  UntagPolicy: operation({
    action: 'iam:UntagPolicy',
    resource: ({ input }) => input.PolicyArn,
    requestTags: ({ TagKeys }) => TagKeys,
    input: structure({ PolicyArn: ResourceArn, TagKeys }),
    errors: [InvalidInput, NoSuchEntity, ServiceFailure],
    async handle({ input, scope, write }) {
      await write(async (transaction) => {
        const row = await requirePolicy(transaction.sql, scope, input.PolicyArn);
        await removeTags(transaction, 'iam_policy', row, input.TagKeys);
      });
    },
  }),

  ListPolicyTags: operation({
    action: 'iam:ListPolicyTags',
    resource: ({ input }) => input.PolicyArn,
    input: structure({ PolicyArn: ResourceArn, ...paging }),
    output: structure({ Tags, ...paged }),
    errors: [InvalidInput, NoSuchEntity, ServiceFailure],
    async handle(call) {
      const row = await call.read((sql) => requirePolicy(sql, call.scope, call.input.PolicyArn));
      const { rows, ...more } = await tagPage(call, 'ListPolicyTags', row);
      return { Tags: rows, ...more };
    },
  }),
};

/** @throws MalformedPolicyDocument and LimitExceeded */
export function checkManaged(document: string): void {
  checkDocument(document, 'identity');
  checkSize([document], 'PolicySize', POLICY_SIZE_LIMITS.managed);
}

/** The policies that are boundaries of users and roles. */
function boundaryUses(sql: Kysely<IamTables>) {
  const ofUsers = sql.selectFrom('iam_user').select('boundary_id as policy_id').where('boundary_id', 'is not', null);
  const ofRoles = sql.selectFrom('iam_role').select('boundary_id as policy_id').where('boundary_id', 'is not', null);
  return ofUsers.union(ofRoles).$castTo<{ policy_id: string }>();
}

/** A policy as in lists, without description and tags. */
async function summaryOf(sql: Kysely<IamTables>, scope: Scope, row: PolicyRow): Promise<Policy> {
  const attachments = await sql
    .selectFrom('iam_attachment')
    .select('owner_id')
    .where('policy_id', '=', row.id)
    .execute();
  const users = await sql.selectFrom('iam_user').select('id').where('boundary_id', '=', row.id).execute();
  const roles = await sql.selectFrom('iam_role').select('id').where('boundary_id', '=', row.id).execute();
  return {
    PolicyName: row.name,
    PolicyId: row.id,
    Arn: policyArn(scope, row),
    Path: row.path,
    DefaultVersionId: `v${row.default_version}`,
    AttachmentCount: attachments.length,
    PermissionsBoundaryUsageCount: users.length + roles.length,
    IsAttachable: true,
    CreateDate: isoSeconds(row.created_at),
    UpdateDate: isoSeconds(row.updated_at),
  };
}

async function describePolicy(sql: Kysely<IamTables>, scope: Scope, row: PolicyRow): Promise<Policy> {
  const tags = tagList(row.tags);
  return {
    ...(await summaryOf(sql, scope, row)),
    Description: row.description ?? undefined,
    Tags: tags.length > 0 ? tags : undefined,
  };
}
