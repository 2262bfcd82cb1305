/** The operations on app instances (spec/chime-messaging 6). */
import { randomUUID } from 'node:crypto';
import { integer, list, optional, string, structure } from '../../aws/shape.ts';
import { appInstanceArn, findAppInstanceId } from '../arns.ts';
import { Conflict, invalidArn, ResourceLimitExceeded } from '../errors.ts';
import { NextToken, paging, readPage } from '../listing.ts';
import { operation } from '../operation.ts';
import { ClientRequestToken, once } from '../requests.ts';
import { Metadata, MetadataText, NonEmptyResourceName } from '../shapes.ts';
import { Tags, tagMap, writeTags } from '../tags.ts';
import {
  APP_INSTANCE_COLUMNS,
  AppInstance,
  AppInstanceArn,
  type AppInstanceFacts,
  AppInstanceSummary,
  describeAppInstance,
  requireAppInstance,
  summariseAppInstance,
} from './app-instance.ts';

export const appInstances = {
  CreateAppInstance: operation({
    http: 'POST /app-instances 201',
    action: 'chime:CreateAppInstance',
    tagAction: 'chime:TagResource',
    resource: ({ scope }) => appInstanceArn(scope, '*'),
    requestTags: ({ Tags }) => tagMap(Tags),
    input: structure({ Name: NonEmptyResourceName, Metadata, ClientRequestToken, Tags: optional(Tags) }),
    output: structure({ AppInstanceArn: string() }),
    errors: [Conflict, ResourceLimitExceeded],
    async handle({ input, scope, write, clock, quota }) {
      const { ClientRequestToken: token, ...parameters } = input;
      const now = clock.now();
      const tags = writeTags(input.Tags);
      const id = await write(({ query }) =>
        once(query, { scope: 'CreateAppInstance', token, parameters }, now, async () => {
          const [row] = await query<{ count: number }>('SELECT count(*) AS count FROM chime_app_instance');
          if ((row?.count ?? 0) >= quota('app-instances')) {
            throw ResourceLimitExceeded('The account has all the app instances it may have.');
          }
          const id = randomUUID();
          await query(
            `INSERT INTO chime_app_instance (id, name, metadata, created_at, updated_at, tags, users, channels)
             VALUES (?, ?, ?, ?, ?, ?, 0, 0)`,
            id,
            input.Name,
            input.Metadata ?? null,
            now,
            now,
            tags,
          );
          return id;
        }),
      );
      return { AppInstanceArn: appInstanceArn(scope, id) };
    },
  }),

  UpdateAppInstance: operation({
    http: 'PUT /app-instances/{appInstanceArn} 200',
    action: 'chime:UpdateAppInstance',
    resource: ({ input }) => input.AppInstanceArn,
    input: structure({ AppInstanceArn, Name: NonEmptyResourceName, Metadata: MetadataText }),
    output: structure({ AppInstanceArn: string() }),
    errors: [Conflict],
    async handle({ input, scope, write, clock }) {
      await write(async ({ query }) => {
        const { pk } = await requireAppInstance(query, scope, input.AppInstanceArn);
        await query(
          'UPDATE chime_app_instance SET name = ?, metadata = ?, updated_at = ? WHERE pk = ?',
          input.Name,
          input.Metadata,
          clock.now(),
          pk,
        );
      });
      return { AppInstanceArn: input.AppInstanceArn };
    },
  }),

  DescribeAppInstance: operation({
    http: 'GET /app-instances/{appInstanceArn} 200',
    action: 'chime:DescribeAppInstance',
    resource: ({ input }) => input.AppInstanceArn,
    input: structure({ AppInstanceArn }),
    output: structure({ AppInstance }),
    errors: [],
    async handle({ input, scope, read }) {
      const row = await read((_, query) => requireAppInstance(query, scope, input.AppInstanceArn));
      return { AppInstance: describeAppInstance(scope, row) };
    },
  }),

  ListAppInstances: operation({
    http: 'GET /app-instances 200',
    action: 'chime:ListAppInstances',
    resource: ({ scope }) => appInstanceArn(scope, '*'),
    input: structure({ ...paging }),
    output: structure({ AppInstances: list(AppInstanceSummary), NextToken }),
    errors: [],
    async handle({ input, scope, read, pages }) {
      const { items, ...next } = await read((_, query) =>
        readPage(
          pages,
          { operation: 'ListAppInstances', filters: [] },
          input,
          integer(),
          (after = 0, limit) =>
            query<AppInstanceFacts>(
              `SELECT ${APP_INSTANCE_COLUMNS} FROM chime_app_instance WHERE pk > ? ORDER BY pk LIMIT ?`,
              after,
              limit,
            ),
          ({ pk }) => pk,
        ),
      );
      return { AppInstances: items.map((row) => summariseAppInstance(scope, row)), ...next };
    },
  }),

  DeleteAppInstance: operation({
    http: 'DELETE /app-instances/{appInstanceArn} 204',
    action: 'chime:DeleteAppInstance',
    resource: ({ input }) => input.AppInstanceArn,
    input: structure({ AppInstanceArn }),
    errors: [ResourceLimitExceeded],
    /** Without its row nothing in it is reached any more; the rest is removed in the background. */
    async handle({ input, scope, write, removeSoon }) {
      const id = findAppInstanceId(scope, input.AppInstanceArn);
      if (id === undefined) throw invalidArn('app instance');
      await write(async ({ query, onDurable }) => {
        const [row] = await query<{ pk: number }>('DELETE FROM chime_app_instance WHERE id = ? RETURNING pk', id);
        if (!row) return;
        await query("INSERT INTO chime_removal (kind, target_pk) VALUES ('app-instance', ?)", row.pk);
        onDurable(removeSoon);
      });
    },
  }),
};
