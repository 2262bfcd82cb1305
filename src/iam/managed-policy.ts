/** Managed policies as other resources know them: by ARN. */
import type { Kysely } from 'kysely';
import { parseArn, type Scope } from '../aws/arn.ts';
import type { AwsError } from '../aws/errors.ts';
import { MalformedPolicyDocument, NoSuchEntity } from './errors.ts';
import { MalformedPolicy, type PolicyKind, parsePolicyDocument, policySize } from './policy-document.ts';
import { exceeded } from './quotas.ts';
import type { IamTables, PolicyRow } from './tables.ts';

export function policyArn(scope: Scope, { path, name }: Pick<PolicyRow, 'path' | 'name'>): string {
  return scope.arn(`policy${path}${name}`);
}

/** The policy that an ARN names. There are none of other accounts, nor any of AWS itself. */
export async function findPolicy(sql: Kysely<IamTables>, scope: Scope, arn: string): Promise<PolicyRow | undefined> {
  const name = parseArn(arn)?.resource.split('/').at(-1) ?? '';
  const row = await sql
    .selectFrom('iam_policy')
    .selectAll()
    .where('name_key', '=', name.toLowerCase())
    .executeTakeFirst();
  return row && policyArn(scope, row) === arn ? row : undefined;
}

/** @throws NoSuchEntity */
export async function requirePolicy(sql: Kysely<IamTables>, scope: Scope, arn: string): Promise<PolicyRow> {
  const row = await findPolicy(sql, scope, arn);
  if (!row) throw NoSuchEntity({ message: `Policy ${arn} was not found.` });
  return row;
}

/** The policy to attach, or to be a boundary. @throws NoSuchEntity */
export async function requireAttachable(sql: Kysely<IamTables>, scope: Scope, arn: string): Promise<PolicyRow> {
  const row = await findPolicy(sql, scope, arn);
  if (!row) throw NoSuchEntity({ message: `Policy ${arn} does not exist or is not attachable.` });
  return row;
}

/** What a document is checked for before it is put. @throws MalformedPolicyDocument that names the place */
export function checkDocument(text: string, kind: PolicyKind): void {
  try {
    parsePolicyDocument(text, kind);
  } catch (error) {
    throw error instanceof MalformedPolicy ? malformed(error) : error;
  }
}

export function malformed({ message }: MalformedPolicy): AwsError {
  return MalformedPolicyDocument({ message });
}

/** @param what in AWS's words, for example `PolicySize`. @throws LimitExceeded */
export function checkSize(documents: readonly string[], what: string, maximum: number): void {
  const size = documents.reduce((sum, document) => sum + policySize(document), 0);
  if (size > maximum) throw exceeded(what, maximum);
}

/** A document as IAM's replies hold it: percent-encoded. */
export function encodeDocument(document: string): string {
  return encodeURIComponent(document).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
