/** App instance users as they are made and shown (appendix B.2). */
import type { Scope } from '../../aws/arn.ts';
import { enumeration, epochSeconds, integer, optional, path, string, structure, type TypeOf } from '../../aws/shape.ts';
import type { Query } from '../../storage/database.ts';
import { ChimeArn } from '../arns.ts';
import { Conflict, ResourceLimitExceeded } from '../errors.ts';
import { identityArn } from '../identity.ts';
import type { ChimeContext } from '../operation.ts';
import { Metadata } from '../shapes.ts';
import { DAY_MS, epoch } from '../times.ts';
import { requireAppInstance } from './app-instance.ts';
import type { IdentityDetails } from './identities.ts';

export const UserName = string({ min: 1, max: 100, pattern: /.*\S.*/ });

/** The label of paths. */
export const AppInstanceUserArn = path('appInstanceUserArn', ChimeArn);

export const ExpirationSettings = structure({
  ExpirationDays: integer({ min: 1, max: 5475 }),
  ExpirationCriterion: enumeration('CREATED_TIMESTAMP'),
});

const summary = { AppInstanceUserArn: string(), Name: UserName, Metadata };

export const AppInstanceUserSummary = structure(summary);

export const AppInstanceUser = structure({
  ...summary,
  CreatedTimestamp: epochSeconds(),
  LastUpdatedTimestamp: epochSeconds(),
  ExpirationSettings: optional(ExpirationSettings),
});

export function summariseUser(scope: Scope, user: IdentityDetails) {
  return {
    AppInstanceUserArn: identityArn(scope, user),
    Name: user.name,
    ...(user.metadata !== null && { Metadata: user.metadata }),
  };
}

export function describeUser(scope: Scope, user: IdentityDetails) {
  return {
    ...summariseUser(scope, user),
    CreatedTimestamp: epoch(user.createdAt),
    LastUpdatedTimestamp: epoch(user.updatedAt),
    ...(user.expirationDays !== null && {
      ExpirationSettings: { ExpirationDays: user.expirationDays, ExpirationCriterion: 'CREATED_TIMESTAMP' as const },
    }),
  };
}

/** When a user expires. @returns milliseconds since the epoch; null: never */
export function expiryOf(createdAt: number, settings: TypeOf<typeof ExpirationSettings> | undefined): number | null {
  return settings === undefined ? null : createdAt + settings.ExpirationDays * DAY_MS;
}

/** A user to be. */
export interface NewUser {
  readonly appInstanceArn: string;
  readonly id: string;
  readonly name: string;
  readonly metadata?: string | undefined;
  /** As rows keep them. */
  readonly tags: string;
  readonly expiration?: TypeOf<typeof ExpirationSettings> | undefined;
}

/**
 * Creates a user that does not exist; one that does stays as it is.
 * @param now milliseconds since the epoch
 * @throws ForbiddenException for no app instance, ResourceLimitExceededException for a full one, ConflictException
 *   while the removal of a user with that id goes on: it would take the new one's memberships too
 */
export async function createUser(
  query: Query,
  { scope, quota }: Pick<ChimeContext, 'quota'> & { readonly scope: Scope },
  user: NewUser,
  now: number,
): Promise<void> {
  const { pk, users } = await requireAppInstance(query, scope, user.appInstanceArn);
  const [known] = await query<{ pk: number; deleted_at: number | null }>(
    "SELECT pk, deleted_at FROM chime_identity WHERE app_instance_pk = ? AND kind = 'user' AND id = ?",
    pk,
    user.id,
  );
  if (known?.deleted_at === null) return;
  if (known && (await isLeaving(query, known.pk))) throw Conflict('The user is being deleted. Try again shortly.');
  if (users >= quota('users-per-app-instance')) {
    throw ResourceLimitExceeded('The app instance has all the users it may have.');
  }
  await query('UPDATE chime_app_instance SET users = users + 1 WHERE pk = ?', pk);
  await query(
    `INSERT INTO chime_identity (app_instance_pk, kind, id, name, metadata, created_at, updated_at, tags, expiration_days, expires_at)
     VALUES (?, 'user', ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (app_instance_pk, kind, id) DO UPDATE SET
       name = excluded.name, metadata = excluded.metadata, created_at = excluded.created_at,
       updated_at = excluded.updated_at, tags = excluded.tags, expiration_days = excluded.expiration_days,
       expires_at = excluded.expires_at, deleted_at = NULL`,
    pk,
    user.id,
    user.name,
    user.metadata ?? null,
    now,
    now,
    user.tags,
    user.expiration?.ExpirationDays ?? null,
    expiryOf(now, user.expiration),
  );
}

/** Whether the removal of what a deleted user was part of goes on. */
async function isLeaving(query: Query, pk: number): Promise<boolean> {
  const rows = await query("SELECT pk FROM chime_removal WHERE kind = 'identity' AND target_pk = ?", pk);
  return rows.length > 0;
}

/** Gives the function that makes sure of a user, outside any request: `createUser` with an id and a name alone. */
export function createEnsureUser(context: Pick<ChimeContext, 'write' | 'clock' | 'quota'> & { readonly scope: Scope }) {
  return (appInstanceArn: string, id: string, name: string): Promise<void> =>
    context.write(({ query }) =>
      createUser(query, context, { appInstanceArn, id, name, tags: '{}' }, context.clock.now()),
    );
}
