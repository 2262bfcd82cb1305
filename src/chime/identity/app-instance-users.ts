/** The operations on app instance users (spec/chime-messaging 6). */
import { list, optional, query, string, structure } from '../../aws/shape.ts';
import { ChimeArn, findNamed, UserId } from '../arns.ts';
import { Conflict, invalidArn, NotFound, ResourceLimitExceeded } from '../errors.ts';
import { NextToken, paging, readPage } from '../listing.ts';
import { operation } from '../operation.ts';
import { ClientRequestToken } from '../requests.ts';
import { Metadata, MetadataText } from '../shapes.ts';
import { Tags, tagMap, writeTags } from '../tags.ts';
import { requireAppInstance } from './app-instance.ts';
import {
  AppInstanceUser,
  AppInstanceUserArn,
  AppInstanceUserSummary,
  createUser,
  describeUser,
  ExpirationSettings,
  expiryOf,
  summariseUser,
  UserName,
} from './app-instance-user.ts';
import { deleteIdentity, findDetails, listDetails, requireDetails } from './identities.ts';

export const appInstanceUsers = {
  CreateAppInstanceUser: operation({
    http: 'POST /app-instance-users 201',
    action: 'chime:CreateAppInstanceUser',
    tagAction: 'chime:TagResource',
    // The reference lists no resource; the policies of the chat demo name users, and those for everything fit too.
    resource: ({ input }) => userArn(input),
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
      const user = {
        appInstanceArn: input.AppInstanceArn,
        id: input.AppInstanceUserId,
        name: input.Name,
        metadata: input.Metadata,
        tags: writeTags(input.Tags),
        expiration: input.ExpirationSettings,
      };
      await write(({ query }) => createUser(query, { scope, quota }, user, clock.now()));
      return { AppInstanceUserArn: userArn(input) };
    },
  }),

  UpdateAppInstanceUser: operation({
    http: 'PUT /app-instance-users/{appInstanceUserArn} 200',
    action: 'chime:UpdateAppInstanceUser',
    resource: ({ input }) => input.AppInstanceUserArn,
    input: structure({ AppInstanceUserArn, Name: UserName, Metadata: MetadataText }),
    output: structure({ AppInstanceUserArn: string() }),
    errors: [Conflict, ResourceLimitExceeded],
    async handle({ input, scope, write, clock }) {
      await write(async ({ query }) => {
        const { pk } = await requireDetails(query, scope, input.AppInstanceUserArn, 'user');
        await query(
          'UPDATE chime_identity SET name = ?, metadata = ?, updated_at = ? WHERE pk = ?',
          input.Name,
          input.Metadata,
          clock.now(),
          pk,
        );
      });
      return { AppInstanceUserArn: input.AppInstanceUserArn };
    },
  }),

  DescribeAppInstanceUser: operation({
    http: 'GET /app-instance-users/{appInstanceUserArn} 200',
    action: 'chime:DescribeAppInstanceUser',
    resource: ({ input }) => input.AppInstanceUserArn,
    input: structure({ AppInstanceUserArn }),
    output: structure({ AppInstanceUser }),
    errors: [],
    async handle({ input, scope, read }) {
      const user = await read((_, query) => findDetails(query, scope, input.AppInstanceUserArn, 'user'));
      // The model does not list it, but the service says it (5.1).
      if (!user) throw NotFound('There is no such app instance user.');
      return { AppInstanceUser: describeUser(scope, user) };
    },
  }),

  ListAppInstanceUsers: operation({
    http: 'GET /app-instance-users 200',
    action: 'chime:ListAppInstanceUsers',
    resource: ({ input }) => `${input.AppInstanceArn}/user/*`,
    input: structure({ AppInstanceArn: query('app-instance-arn', ChimeArn), ...paging }),
    output: structure({ AppInstanceArn: string(), AppInstanceUsers: list(AppInstanceUserSummary), NextToken }),
    errors: [],
    async handle({ input, scope, read, pages }) {
      const { AppInstanceArn } = input;
      const { items, ...next } = await read(async (_, query) => {
        const { pk } = await requireAppInstance(query, scope, AppInstanceArn);
        return readPage(
          pages,
          { operation: 'ListAppInstanceUsers', filters: [pk] },
          input,
          string(),
          (after = '', limit) => listDetails(query, pk, 'user', after, limit),
          ({ id }) => id,
        );
      });
      return { AppInstanceArn, AppInstanceUsers: items.map((user) => summariseUser(scope, user)), ...next };
    },
  }),

  DeleteAppInstanceUser: operation({
    http: 'DELETE /app-instance-users/{appInstanceUserArn} 204',
    action: 'chime:DeleteAppInstanceUser',
    resource: ({ input }) => input.AppInstanceUserArn,
    input: structure({ AppInstanceUserArn }),
    errors: [Conflict, ResourceLimitExceeded],
    async handle({ input, scope, write, clock, publish, removeSoon }) {
      if (!findNamed(scope, input.AppInstanceUserArn, 'user')) throw invalidArn('app instance user');
      await write(async ({ query, onDurable }) => {
        const user = await findDetails(query, scope, input.AppInstanceUserArn, 'user');
        if (user) await deleteIdentity({ query, onDurable }, { publish, removeSoon }, user, clock.now());
      });
    },
  }),

  PutAppInstanceUserExpirationSettings: operation({
    http: 'PUT /app-instance-users/{appInstanceUserArn}/expiration-settings 200',
    action: 'chime:PutAppInstanceUserExpirationSettings',
    resource: ({ input }) => input.AppInstanceUserArn,
    input: structure({ AppInstanceUserArn, ExpirationSettings: optional(ExpirationSettings) }),
    output: structure({ AppInstanceUserArn: string(), ExpirationSettings: optional(ExpirationSettings) }),
    errors: [Conflict],
    async handle({ input, scope, write }) {
      const { AppInstanceUserArn, ExpirationSettings } = input;
      await write(async ({ query }) => {
        const { pk, createdAt } = await requireDetails(query, scope, AppInstanceUserArn, 'user');
        await query(
          'UPDATE chime_identity SET expiration_days = ?, expires_at = ? WHERE pk = ?',
          ExpirationSettings?.ExpirationDays ?? null,
          expiryOf(createdAt, ExpirationSettings),
          pk,
        );
      });
      return { AppInstanceUserArn, ...(ExpirationSettings && { ExpirationSettings }) };
    },
  }),
};

/** The ARN that the user will have. */
function userArn(input: { readonly AppInstanceArn: string; readonly AppInstanceUserId: string }): string {
  return `${input.AppInstanceArn}/user/${input.AppInstanceUserId}`;
}
