/** The operations on the versions of managed policies, of which the default one is in force. */
import type { Kysely } from 'kysely';
import { boolean, list, optional, string, structure, type TypeOf, timestamp } from '../aws/shape.ts';
import type { Transaction } from '../storage/database.ts';
import { isoSeconds } from './entities.ts';
import {
  DeleteConflict,
  InvalidInput,
  LimitExceeded,
  MalformedPolicyDocument,
  NoSuchEntity,
  ServiceFailure,
} from './errors.ts';
import { PolicyDocument, ResourceArn } from './identifiers.ts';
import { dropIdentities, type Identities } from './identities.ts';
import { paged, pageOf, paging, readPage } from './listing.ts';
import { checkManaged } from './managed-policies.ts';
import { encodeDocument, requirePolicy } from './managed-policy.ts';
import { operation } from './operation.ts';
import { QUOTAS } from './quotas.ts';
import type { IamTables, PolicyRow, PolicyVersionRow } from './tables.ts';

const PolicyArn = ResourceArn;
const VersionId = string({ pattern: /v[1-9][0-9]*(\.[A-Za-z0-9-]*)?/ });

const PolicyVersion = structure({
  Document: optional(string()),
  VersionId: string(),
  IsDefaultVersion: boolean(),
  CreateDate: timestamp(),
});

export const policyVersions = {
  CreatePolicyVersion: operation({
    action: 'iam:CreatePolicyVersion',
    resource: ({ input }) => input.PolicyArn,
    input: structure({ PolicyArn, PolicyDocument, SetAsDefault: optional(boolean()) }),
    output: structure({ PolicyVersion }),
    errors: [InvalidInput, LimitExceeded, MalformedPolicyDocument, NoSuchEntity, ServiceFailure],
    handle({ input, scope, write, clock, identities }) {
      const { PolicyDocument: document, SetAsDefault: isDefault = false } = input;
      checkManaged(document);
      const now = clock.now();
      return write(async (transaction) => {
        const { sql } = transaction;
        const policy = await requirePolicy(sql, scope, input.PolicyArn);
        const versions = await versionsOf(sql, policy);
        if (versions.length >= QUOTAS.versionsPerPolicy) {
          const message =
            `A managed policy can have up to ${QUOTAS.versionsPerPolicy} versions. ` +
            'Before you create a new version, you must delete an existing version.';
          throw LimitExceeded({ message });
        }
        const row = { policy_id: policy.id, version: policy.last_version + 1, document, created_at: now };
        await sql.insertInto('iam_policy_version').values(row).execute();
        await sql
          .updateTable('iam_policy')
          .set({ last_version: row.version, updated_at: now })
          .where('id', '=', policy.id)
          .execute();
        const current = isDefault ? { ...policy, default_version: row.version } : policy;
        if (isDefault) await setDefault(transaction, identities, current);
        return { PolicyVersion: versionOf(current, row) };
      });
    },
  }),

  GetPolicyVersion: operation({
    action: 'iam:GetPolicyVersion',
    resource: ({ input }) => input.PolicyArn,
    input: structure({ PolicyArn, VersionId }),
    output: structure({ PolicyVersion }),
    errors: [InvalidInput, NoSuchEntity, ServiceFailure],
    handle: ({ input, scope, read }) =>
      read(async (sql) => {
        const policy = await requirePolicy(sql, scope, input.PolicyArn);
        const row = await requireVersion(sql, policy, input.VersionId);
        return { PolicyVersion: { ...versionOf(policy, row), Document: encodeDocument(row.document) } };
      }),
  }),

  ListPolicyVersions: operation({
    action: 'iam:ListPolicyVersions',
    resource: ({ input }) => input.PolicyArn,
    input: structure({ PolicyArn, ...paging }),
    output: structure({ Versions: list(PolicyVersion), ...paged }),
    errors: [InvalidInput, NoSuchEntity, ServiceFailure],
    async handle({ input, scope, read, pages }) {
      const { policy, versions } = await read(async (sql) => {
        const policy = await requirePolicy(sql, scope, input.PolicyArn);
        return { policy, versions: await versionsOf(sql, policy) };
      });
      // The newest first.
      const keyOf = ({ version }: PolicyVersionRow) => String(Number.MAX_SAFE_INTEGER - version);
      const listing = { operation: 'ListPolicyVersions', filters: [policy.id] };
      const { rows, ...more } = await readPage(pages, listing, input, keyOf, pageOf(versions, keyOf));
      return { Versions: rows.map((row) => versionOf(policy, row)), ...more };
    },
  }),

  DeletePolicyVersion: operation({
    action: 'iam:DeletePolicyVersion',
    resource: ({ input }) => input.PolicyArn,
    input: structure({ PolicyArn, VersionId }),
    errors: [DeleteConflict, InvalidInput, LimitExceeded, NoSuchEntity, ServiceFailure],
    async handle({ input, scope, write }) {
      await write(async ({ sql }) => {
        const policy = await requirePolicy(sql, scope, input.PolicyArn);
        const { version } = await requireVersion(sql, policy, input.VersionId);
        if (version === policy.default_version) {
          throw DeleteConflict({ message: 'Cannot delete the default version of a policy.' });
        }
        await sql
          .deleteFrom('iam_policy_version')
          .where('policy_id', '=', policy.id)
          .where('version', '=', version)
          .execute();
      });
    },
  }),

  SetDefaultPolicyVersion: operation({
    action: 'iam:SetDefaultPolicyVersion',
    resource: ({ input }) => input.PolicyArn,
    input: structure({ PolicyArn, VersionId }),
    errors: [InvalidInput, LimitExceeded, NoSuchEntity, ServiceFailure],
    async handle({ input, scope, write, clock, identities }) {
      const now = clock.now();
      await write(async (transaction) => {
        const policy = await requirePolicy(transaction.sql, scope, input.PolicyArn);
        const { version } = await requireVersion(transaction.sql, policy, input.VersionId);
        await setDefault(transaction, identities, { ...policy, default_version: version, updated_at: now });
      });
    },
  }),
};

/** Puts a version in force for all whom the policy is attached to or a boundary of. */
async function setDefault(
  transaction: Transaction<IamTables>,
  identities: Identities,
  { id, default_version, updated_at }: PolicyRow,
): Promise<void> {
  const { sql } = transaction;
  await sql.updateTable('iam_policy').set({ default_version, updated_at }).where('id', '=', id).execute();
  const attached = await sql
    .selectFrom('iam_attachment')
    .select('owner_id as id')
    .where('policy_id', '=', id)
    .execute();
  const users = await sql.selectFrom('iam_user').select('id').where('boundary_id', '=', id).execute();
  const roles = await sql.selectFrom('iam_role').select('id').where('boundary_id', '=', id).execute();
  const owners = [...attached, ...users, ...roles].map((owner) => owner.id);
  await dropIdentities(transaction, identities, owners);
}

function versionsOf(sql: Kysely<IamTables>, { id }: PolicyRow): Promise<PolicyVersionRow[]> {
  return sql.selectFrom('iam_policy_version').selectAll().where('policy_id', '=', id).execute();
}

async function requireVersion(sql: Kysely<IamTables>, policy: PolicyRow, name: string): Promise<PolicyVersionRow> {
  const versions = await versionsOf(sql, policy);
  const row = versions.find(({ version }) => `v${version}` === name);
  if (!row) throw NoSuchEntity({ message: `Policy version ${name} of the policy ${policy.name} was not found.` });
  return row;
}

function versionOf(
  { default_version }: PolicyRow,
  { version, created_at }: PolicyVersionRow,
): TypeOf<typeof PolicyVersion> {
  return {
    VersionId: `v${version}`,
    IsDefaultVersion: version === default_version,
    CreateDate: isoSeconds(created_at),
  };
}
