/** The operations on app instances (spec/chime-messaging 6). */
import { randomUUID } from 'node:crypto';
import { optional, string, structure } from '../../aws/shape.ts';
import { appInstanceArn } from '../arns.ts';
import { Conflict, ResourceLimitExceeded } from '../errors.ts';
import { operation } from '../operation.ts';
import { ClientRequestToken, once } from '../requests.ts';
import { Metadata, NonEmptyResourceName } from '../shapes.ts';
import { Tags, tagMap, writeTags } from '../tags.ts';

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
      const id = await write(({ sql, query }) =>
        once(query, { scope: 'CreateAppInstance', token, parameters }, now, async () => {
          const { count } = await sql
            .selectFrom('chime_app_instance')
            .select((read) => read.fn.countAll<number>().as('count'))
            .executeTakeFirstOrThrow();
          if (count >= quota('app-instances'))
            throw ResourceLimitExceeded('The account has all the app instances it may have.');
          const id = randomUUID();
          await sql
            .insertInto('chime_app_instance')
            .values({
              id,
              name: input.Name,
              metadata: input.Metadata ?? null,
              created_at: now,
              updated_at: now,
              tags,
              retention_days: null,
              retention_deletes_at: null,
              users: 0,
              channels: 0,
            })
            .execute();
          return id;
        }),
      );
      return { AppInstanceArn: appInstanceArn(scope, id) };
    },
  }),
};
