/** The operations on the policies within users, groups and roles. */
import type { Kysely } from 'kysely';
import type { Scope } from '../aws/arn.ts';
import { list, string, structure } from '../aws/shape.ts';
import { currentBoundary } from './boundaries.ts';
import { type Entity, groupArn, type Kind, requireEntity, roleArn, userArn } from './entities.ts';
import {
  LimitExceeded,
  MalformedPolicyDocument,
  NoSuchEntity,
  notFound,
  ServiceFailure,
  UnmodifiableEntity,
} from './errors.ts';
import { ExistingUserName, GroupName, PolicyDocument, PolicyName, RoleName } from './identifiers.ts';
import { dropIdentities } from './identities.ts';
import { type Page, type PageRequest, paged, pageOf, paging, readPage } from './listing.ts';
import { checkDocument, checkSize, encodeDocument } from './managed-policy.ts';
import { type IamContext, operation } from './operation.ts';
import { POLICY_SIZE_LIMITS } from './policy-document.ts';
import type { IamTables, InlinePolicyRow } from './tables.ts';

const PolicyNames = { PolicyNames: list(PolicyName), ...paged };
const written = { PolicyName, PolicyDocument: string() };

export const inlinePolicies = {
  PutUserPolicy: operation({
    action: 'iam:PutUserPolicy',
    resource: userArn,
    conditions: (call) => currentBoundary(call, 'user', call.input.UserName),
    input: structure({ UserName: ExistingUserName, PolicyName, PolicyDocument }),
    errors: [LimitExceeded, MalformedPolicyDocument, NoSuchEntity, ServiceFailure],
    handle: (call) => putPolicy(call, 'user', call.input.UserName),
  }),

  GetUserPolicy: operation({
    action: 'iam:GetUserPolicy',
    resource: userArn,
    input: structure({ UserName: ExistingUserName, PolicyName }),
    output: structure({ UserName: string(), ...written }),
    errors: [NoSuchEntity, ServiceFailure],
    async handle(call) {
      const { owner, ...policy } = await getPolicy(call, 'user', call.input.UserName);
      return { UserName: owner, ...policy };
    },
  }),

  ListUserPolicies: operation({
    action: 'iam:ListUserPolicies',
    resource: userArn,
    input: structure({ UserName: ExistingUserName, ...paging }),
    output: structure(PolicyNames),
    errors: [NoSuchEntity, ServiceFailure],
    handle: (call) => listPolicies(call, 'user', call.input.UserName),
  }),

  DeleteUserPolicy: operation({
    action: 'iam:DeleteUserPolicy',
    resource: userArn,
    conditions: (call) => currentBoundary(call, 'user', call.input.UserName),
    input: structure({ UserName: ExistingUserName, PolicyName }),
    errors: [LimitExceeded, NoSuchEntity, ServiceFailure],
    handle: (call) => deletePolicy(call, 'user', call.input.UserName),
  }),

  PutGroupPolicy: operation({
    action: 'iam:PutGroupPolicy',
    resource: groupArn,
    input: structure({ GroupName, PolicyName, PolicyDocument }),
    errors: [LimitExceeded, MalformedPolicyDocument, NoSuchEntity, ServiceFailure],
    handle: (call) => putPolicy(call, 'group', call.input.GroupName),
  }),

  GetGroupPolicy: operation({
    action: 'iam:GetGroupPolicy',
    resource: groupArn,
    input: structure({ GroupName, PolicyName }),
    output: structure({ GroupName: string(), ...written }),
    errors: [NoSuchEntity, ServiceFailure],
    async handle(call) {
      const { owner, ...policy } = await getPolicy(call, 'group', call.input.GroupName);
      return { GroupName: owner, ...policy };
    },
  }),

  ListGroupPolicies: operation({
    action: 'iam:ListGroupPolicies',
    resource: groupArn,
    input: structure({ GroupName, ...paging }),
    output: structure(PolicyNames),
    errors: [NoSuchEntity, ServiceFailure],
    handle: (call) => listPolicies(call, 'group', call.input.GroupName),
  }),

  DeleteGroupPolicy: operation({
    action: 'iam:DeleteGroupPolicy',
    resource: groupArn,
    input: structure({ GroupName, PolicyName }),
    errors: [LimitExceeded, NoSuchEntity, ServiceFailure],
    handle: (call) => deletePolicy(call, 'group', call.input.GroupName),
  }),

  PutRolePolicy: operation({
    action: 'iam:PutRolePolicy',
    resource: roleArn,
    conditions: (call) => currentBoundary(call, 'role', call.input.RoleName),
    input: structure({ RoleName, PolicyName, PolicyDocument }),
    errors: [LimitExceeded, MalformedPolicyDocument, NoSuchEntity, ServiceFailure, UnmodifiableEntity],
    handle: (call) => putPolicy(call, 'role', call.input.RoleName),
  }),

  GetRolePolicy: operation({
    action: 'iam:GetRolePolicy',
    resource: roleArn,
    input: structure({ RoleName, PolicyName }),
    output: structure({ RoleName: string(), ...written }),
    errors: [NoSuchEntity, ServiceFailure],
    async handle(call) {
      const { owner, ...policy } = await getPolicy(call, 'role', call.input.RoleName);
      return { RoleName: owner, ...policy };
    },
  }),

  ListRolePolicies: operation({
    action: 'iam:ListRolePolicies',
    resource: roleArn,
    input: structure({ RoleName, ...paging }),
    output: structure(PolicyNames),
    errors: [NoSuchEntity, ServiceFailure],
    handle: (call) => listPolicies(call, 'role', call.input.RoleName),
  }),

  DeleteRolePolicy: operation({
    action: 'iam:DeleteRolePolicy',
    resource: roleArn,
    conditions: (call) => currentBoundary(call, 'role', call.input.RoleName),
    input: structure({ RoleName, PolicyName }),
    errors: [LimitExceeded, NoSuchEntity, ServiceFailure, UnmodifiableEntity],
    handle: (call) => deletePolicy(call, 'role', call.input.RoleName),
  }),
};

type Given<Input> = IamContext & { readonly input: Input; readonly scope: Scope };
type Named = { readonly PolicyName: string };
type Written = Named & { readonly PolicyDocument: string };

async function putPolicy({ input, write, identities }: Given<Written>, kind: Kind, owner: string): Promise<void> {
  const { PolicyName: name, PolicyDocument: document } = input;
  checkDocument(document, 'identity');
  await write(async (transaction) => {
    const { sql } = transaction;
    const { id } = await requireEntity(sql, kind, owner);
    const others = (await policiesOf(sql, id)).filter((policy) => policy.name !== name);
    const documents = [document, ...others.map((policy) => policy.document)];
    checkSize(documents, `${kind} policy size`, POLICY_SIZE_LIMITS[kind]);
    await sql
      .insertInto('iam_inline_policy')
      .values({ owner_id: id, name, document })
      .onConflict((conflict) => conflict.columns(['owner_id', 'name']).doUpdateSet({ document }))
      .execute();
    await dropIdentities(transaction, identities, [id]);
  });
}

async function getPolicy({ input, read }: Given<Named>, kind: Kind, owner: string) {
  return read(async (sql) => {
    const entity = await requireEntity(sql, kind, owner);
    const policy = await requireInline(sql, kind, entity, input.PolicyName);
    return { owner: entity.name, PolicyName: policy.name, PolicyDocument: encodeDocument(policy.document) };
  });
}

async function listPolicies(
  { input, read, pages }: Given<PageRequest>,
  kind: Kind,
  owner: string,
): Promise<Omit<Page<string>, 'rows'> & { readonly PolicyNames: readonly string[] }> {
  const { id, policies } = await read(async (sql) => {
    const { id } = await requireEntity(sql, kind, owner);
    return { id, policies: await policiesOf(sql, id) };
  });
  const names = policies.map(({ name }) => name);
  const itself = (name: string) => name;
  const listing = { operation: 'ListPolicies', filters: [id] };
  const { rows, ...more } = await readPage(pages, listing, input, itself, pageOf(names, itself));
  return { PolicyNames: rows, ...more };
}

async function deletePolicy({ input, write, identities }: Given<Named>, kind: Kind, owner: string): Promise<void> {
  await write(async (transaction) => {
    const { sql } = transaction;
    const entity = await requireEntity(sql, kind, owner);
    const { owner_id, name } = await requireInline(sql, kind, entity, input.PolicyName);
    await sql.deleteFrom('iam_inline_policy').where('owner_id', '=', owner_id).where('name', '=', name).execute();
    await dropIdentities(transaction, identities, [owner_id]);
  });
}

function policiesOf(sql: Kysely<IamTables>, ownerId: string): Promise<InlinePolicyRow[]> {
  return sql.selectFrom('iam_inline_policy').selectAll().where('owner_id', '=', ownerId).execute();
}

async function requireInline(
  sql: Kysely<IamTables>,
  kind: Kind,
  { id }: Entity,
  name: string,
): Promise<InlinePolicyRow> {
  const policies = await policiesOf(sql, id);
  const policy = policies.find((one) => one.name === name);
  if (!policy) throw notFound(`${kind} policy`, name);
  return policy;
}
