/** Who acts and is acted upon: AppInstanceUsers and AppInstanceBots, and how replies and events show them. */
import type { Scope } from '../aws/arn.ts';
import { string, structure } from '../aws/shape.ts';
import type { Query } from '../storage/database.ts';
import { arnOf, findNamed } from './arns.ts';

/** As in replies and events: `Sender`, `Member`, `CreatedBy`, … (appendix B). */
export const Identity = structure({ Arn: string(), Name: string() });

/** A user or bot that exists, or did. */
export interface IdentityFacts {
  readonly pk: number;
  readonly appInstanceId: string;
  readonly kind: 'user' | 'bot';
  readonly id: string;
  /** As it is now; names are joined when something is read (section 6). */
  readonly name: string;
}

/** SQL that gives `IdentityFacts` for a `chime_identity` joined as `alias`, its columns prefixed: `sender_pk`, `sender_id`, … */
export function identityColumns<Alias extends string>(alias: Alias): string {
  return `${alias}.pk AS ${alias}_pk, ${alias}.kind AS ${alias}_kind, ${alias}.id AS ${alias}_id, ${alias}.name AS ${alias}_name`;
}

/** The columns of `identityColumns`. */
export type IdentityColumns<Alias extends string> = {
  readonly [K in `${Alias}_pk`]: number;
} & { readonly [K in `${Alias}_kind`]: 'user' | 'bot' } & { readonly [K in `${Alias}_id` | `${Alias}_name`]: string };

export function identityArn(scope: Scope, identity: Omit<IdentityFacts, 'pk' | 'name'>): string {
  return arnOf(scope, identity);
}

export function describeIdentity(scope: Scope, identity: Omit<IdentityFacts, 'pk'>): { Arn: string; Name: string } {
  return { Arn: identityArn(scope, identity), Name: identity.name };
}

interface Row {
  readonly pk: number;
  readonly kind: 'user' | 'bot';
  readonly id: string;
  readonly name: string;
}

/** The user or bot of the ARN that exists now; undefined when there is none, or in another app instance than the one given. */
export async function findIdentity(
  query: Query,
  scope: Scope,
  arn: string,
  appInstanceId?: string,
): Promise<IdentityFacts | undefined> {
  const named = findNamed(scope, arn, 'user', 'bot');
  if (!named || (appInstanceId !== undefined && named.appInstanceId !== appInstanceId)) return undefined;
  const [row] = await query<Row>(
    `SELECT i.pk, i.kind, i.id, i.name FROM chime_identity i JOIN chime_app_instance a ON a.pk = i.app_instance_pk
     WHERE a.id = ? AND i.kind = ? AND i.id = ? AND i.deleted_at IS NULL`,
    named.appInstanceId,
    named.kind,
    named.id,
  );
  return row && { ...row, appInstanceId: named.appInstanceId };
}
