/** Users and bots as they are kept: one table holds both. */
import type { Scope } from '../../aws/arn.ts';
import type { Event } from '../../engine/ports.ts';
import type { Query, Transaction } from '../../storage/database.ts';
import { findNamed } from '../arns.ts';
import { FORBIDDEN } from '../closes.ts';
import { invalidArn } from '../errors.ts';
import { subjectOf, userTopic } from '../events.ts';
import type { IdentityFacts } from '../identity.ts';
import type { ChimeContext } from '../operation.ts';
import type { ChimeTables } from '../tables.ts';

/** All that is kept of a user or bot that exists. Times are milliseconds since the epoch. */
export interface IdentityDetails extends IdentityFacts {
  readonly appInstancePk: number;
  readonly metadata: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly expirationDays: number | null;
  readonly configuration: string | null;
}

/** Selects `IdentityDetails`, from `chime_identity i` and `chime_app_instance a`. */
const DETAILS = `SELECT i.pk, a.id AS "appInstanceId", i.app_instance_pk AS "appInstancePk", i.kind, i.id, i.name,
  i.metadata, i.created_at AS "createdAt", i.updated_at AS "updatedAt", i.expiration_days AS "expirationDays",
  i.configuration FROM chime_identity i JOIN chime_app_instance a ON a.pk = i.app_instance_pk`;

/** The user or the bot of the ARN; undefined when there is none. */
export async function findDetails(
  query: Query,
  scope: Scope,
  arn: string,
  kind: 'user' | 'bot',
): Promise<IdentityDetails | undefined> {
  const named = findNamed(scope, arn, kind);
  if (!named) return undefined;
  const [row] = await query<IdentityDetails>(
    `${DETAILS} WHERE a.id = ? AND i.kind = ? AND i.id = ? AND i.deleted_at IS NULL`,
    named.appInstanceId,
    kind,
    named.id,
  );
  return row;
}

/** As `findDetails`. @throws ForbiddenException when there is none */
export async function requireDetails(
  query: Query,
  scope: Scope,
  arn: string,
  kind: 'user' | 'bot',
): Promise<IdentityDetails> {
  const details = await findDetails(query, scope, arn, kind);
  if (!details) throw invalidArn(`app instance ${kind}`);
  return details;
}

/** Those of an app instance in the order of their ids. @param after the id before the first one; `''`: from the start */
export function listDetails(
  query: Query,
  appInstancePk: number,
  kind: 'user' | 'bot',
  after: string,
  limit: number,
): Promise<IdentityDetails[]> {
  return query<IdentityDetails>(
    `${DETAILS} WHERE i.app_instance_pk = ? AND i.kind = ? AND i.id > ? AND i.deleted_at IS NULL
     ORDER BY i.id LIMIT ?`,
    appInstancePk,
    kind,
    after,
    limit,
  );
}

/**
 * Deletes a user or bot: it acts no more, hears no more and is no admin; its sockets close. Its row stays, since
 * messages name their sender. Memberships, moderators and bans are removed in the background.
 * @param now milliseconds since the epoch
 */
export async function deleteIdentity(
  { query, onDurable }: Pick<Transaction<ChimeTables>, 'query' | 'onDurable'>,
  { publish, removeSoon }: Pick<ChimeContext, 'publish' | 'removeSoon'>,
  { pk, appInstancePk, kind }: Pick<IdentityDetails, 'pk' | 'appInstancePk' | 'kind'>,
  now: number,
): Promise<void> {
  await query(
    `UPDATE chime_identity SET deleted_at = ?, name = '', metadata = NULL, tags = '{}', expiration_days = NULL,
       expires_at = NULL, configuration = NULL
     WHERE pk = ?`,
    now,
    pk,
  );
  await query('DELETE FROM chime_admin WHERE app_instance_pk = ? AND identity_pk = ?', appInstancePk, pk);
  await query('DELETE FROM chime_endpoint WHERE identity_pk = ?', pk);
  if (kind === 'user') await query('UPDATE chime_app_instance SET users = users - 1 WHERE pk = ?', appInstancePk);
  await query("INSERT INTO chime_removal (kind, target_pk) VALUES ('identity', ?)", pk);
  onDurable(() => {
    publish(closingSockets(pk));
    removeSoon();
  });
}

/** The event that closes the sockets of somebody who is deleted. */
export function closingSockets(pk: number): Event {
  return { topic: userTopic(pk), effect: { kind: 'end', subject: subjectOf(pk), ...FORBIDDEN } };
}
