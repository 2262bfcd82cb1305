/** The operations on app instance users (spec/chime-messaging 6). */
import type { Scope } from '../../aws/arn.ts';
import { enumeration, integer, optional, string, structure } from '../../aws/shape.ts';
import { arnOf, ChimeArn, findAppInstanceId, UserId } from '../arns.ts';
import { Conflict, ResourceLimitExceeded } from '../errors.ts';
import { operation } from '../operation.ts';
import { ClientRequestToken } from '../requests.ts';
import { Metadata } from '../shapes.ts';
import { Tags, tagMap, writeTags } from '../tags.ts';
import { requireAppInstance } from './app-instance.ts';

const DAY_MS = 86_400_000;

const UserName = string({ min: 1, max: 100, pattern: /.*\S.*/s });

const ExpirationSettings = structure({
  ExpirationDays: integer({ min: 1, max: 5475 }),
  ExpirationCriterion: enumeration('CREATED_TIMESTAMP'),
});

export const appInstanceUsers = {
  CreateAppInstanceUser: operation({
    http: 'POST /app-instance-users 201',
    action: 'chime:CreateAppInstanceUser',
    tagAction: 'chime:TagResource',
    // The reference lists no resource; the policies of the chat demo name users, and those for everything fit too.
    resource: ({ input, scope }) => userArn(scope, input),
    requestTags: ({ Tags }) => tagMap(Tags),
    alsoNeeds: ({ ExpirationSettings }) => (ExpirationSettings ? ['chime:PutAppInstanceUserExpirationSettings'] : []),
    input: structure({
      AppInstanceArn: ChimeArn,
      AppInstanceUserId: UserId,
      Name: UserName,
      Metadata,
      ClientRequestToken,
      Tags: optional(Tags),
      ExpirationSettings: optional(ExpirationSettings),
    }),
    output: structure({ AppInstanceUserArn: string() }),
    errors: [Conflict, ResourceLimitExceeded],
    /** Creating a user that exists changes nothing: applications do so at every sign-in. */
    async handle({ input, scope, write, clock, quota }) {
      const now = clock.now();
      const tags = writeTags(input.Tags);
      const days = input.ExpirationSettings?.ExpirationDays ?? null;
      await write(async ({ query }) => {
        const { pk, users } = await requireAppInstance(query, scope, input.AppInstanceArn);
        const [known] = await query<{ deleted_at: number | null }>(
          "SELECT deleted_at FROM chime_identity WHERE app_instance_pk = ? AND kind = 'user' AND id = ?",
          pk,
          input.AppInstanceUserId,
        );
        if (known && known.deleted_at === null) return;
        if (users >= quota('users-per-app-instance')) {
          throw ResourceLimitExceeded('The app instance has all the users it may have.');
        }
        await query('UPDATE chime_app_instance SET users = users + 1 WHERE pk = ?', pk);
        await query(
          `INSERT INTO chime_identity (app_instance_pk, kind, id, name, metadata, created_at, updated_at, tags, expiration_days, expires_at)
           VALUES (?1, 'user', ?2, ?3, ?4, ?5, ?5, ?6, ?7, ?8)
           ON CONFLICT (app_instance_pk, kind, id) DO UPDATE SET
             name = excluded.name, metadata = excluded.metadata, created_at = excluded.created_at,
             updated_at = excluded.updated_at, tags = excluded.tags, expiration_days = excluded.expiration_days,
             expires_at = excluded.expires_at, deleted_at = NULL`,
          pk,
          input.AppInstanceUserId,
          input.Name,
          input.Metadata ?? null,
          now,
          tags,
          days,
          days === null ? null : now + days * DAY_MS,
        );
      });
      return { AppInstanceUserArn: userArn(scope, input) };
    },
  }),
};

/** The ARN that the user will have. */
function userArn(scope: Scope, input: { readonly AppInstanceArn: string; readonly AppInstanceUserId: string }): string {
  const appInstanceId = findAppInstanceId(scope, input.AppInstanceArn) ?? '';
  return arnOf(scope, { kind: 'user', appInstanceId, id: input.AppInstanceUserId });
}
