/** The operations on app instance bots (spec/chime-messaging 6). */
import { randomUUID } from 'node:crypto';
import { list, optional, query, string, structure } from '../../aws/shape.ts';
import { arnOf, ChimeArn, findNamed } from '../arns.ts';
import { Conflict, invalidArn, NotFound, ResourceLimitExceeded } from '../errors.ts';
import { NextToken, paging, readPage } from '../listing.ts';
import { operation } from '../operation.ts';
import { ClientRequestToken, once } from '../requests.ts';
import { Metadata, MetadataText, ResourceName } from '../shapes.ts';
import { Tags, tagMap, writeTags } from '../tags.ts';
import { requireAppInstance } from './app-instance.ts';
import {
  AppInstanceBot,
  AppInstanceBotArn,
  AppInstanceBotSummary,
  Configuration,
  describeBot,
  summariseBot,
} from './app-instance-bot.ts';
import { deleteIdentity, findDetails, listDetails, requireDetails } from './identities.ts';

export const appInstanceBots = {
  CreateAppInstanceBot: operation({
    http: 'POST /app-instance-bots 201',
    action: 'chime:CreateAppInstanceBot',
    tagAction: 'chime:TagResource',
    // The reference lists no resource; policies may name the bots of an app instance, as they name its users.
    resource: ({ input }) => `${input.AppInstanceArn}/bot/*`,
    requestTags: ({ Tags }) => tagMap(Tags),
    input: structure({
      AppInstanceArn: ChimeArn,
      Name: optional(ResourceName),
      Metadata,
      ClientRequestToken,
      Tags: optional(Tags),
      Configuration,
    }),
    output: structure({ AppInstanceBotArn: string() }),
    errors: [Conflict, ResourceLimitExceeded],
    async handle({ input, scope, write, clock }) {
      const { ClientRequestToken: token, ...parameters } = input;
      const now = clock.now();
      const tags = writeTags(input.Tags);
      const bot = await write(async ({ query }) => {
        const { pk, id: appInstanceId } = await requireAppInstance(query, scope, input.AppInstanceArn);
        const request = { scope: `CreateAppInstanceBot/${pk}`, token, parameters };
        const id = await once(query, request, now, async () => {
          const id = randomUUID();
          await query(
            `INSERT INTO chime_identity (app_instance_pk, kind, id, name, metadata, created_at, updated_at, tags, configuration)
             VALUES (?, 'bot', ?, ?, ?, ?, ?, ?, ?)`,
            pk,
            id,
            input.Name ?? '',
            input.Metadata ?? null,
            now,
            now,
            tags,
            JSON.stringify(input.Configuration),
          );
          return id;
        });
        return { kind: 'bot', appInstanceId, id } as const;
      });
      return { AppInstanceBotArn: arnOf(scope, bot) };
    },
  }),

  UpdateAppInstanceBot: operation({
    http: 'PUT /app-instance-bots/{appInstanceBotArn} 200',
    action: 'chime:UpdateAppInstanceBot',
    resource: ({ input }) => input.AppInstanceBotArn,
    input: structure({
      AppInstanceBotArn,
      Name: ResourceName,
      Metadata: MetadataText,
      Configuration: optional(Configuration),
    }),
    output: structure({ AppInstanceBotArn: string() }),
    errors: [Conflict, ResourceLimitExceeded],
    async handle({ input, scope, write, clock }) {
      await write(async ({ query }) => {
        const { pk, configuration } = await requireDetails(query, scope, input.AppInstanceBotArn, 'bot');
        await query(
          'UPDATE chime_identity SET name = ?, metadata = ?, configuration = ?, updated_at = ? WHERE pk = ?',
          input.Name,
          input.Metadata,
          input.Configuration ? JSON.stringify(input.Configuration) : configuration,
          clock.now(),
          pk,
        );
      });
      return { AppInstanceBotArn: input.AppInstanceBotArn };
    },
  }),

  DescribeAppInstanceBot: operation({
    http: 'GET /app-instance-bots/{appInstanceBotArn} 200',
    action: 'chime:DescribeAppInstanceBot',
    resource: ({ input }) => input.AppInstanceBotArn,
    input: structure({ AppInstanceBotArn }),
    output: structure({ AppInstanceBot }),
    errors: [NotFound],
    async handle({ input, scope, read }) {
      const bot = await read((_, query) => findDetails(query, scope, input.AppInstanceBotArn, 'bot'));
      if (!bot) throw NotFound('There is no such app instance bot.');
      return { AppInstanceBot: describeBot(scope, bot) };
    },
  }),

  ListAppInstanceBots: operation({
    http: 'GET /app-instance-bots 200',
    action: 'chime:ListAppInstanceBots',
    resource: ({ input }) => `${input.AppInstanceArn}/bot/*`,
    input: structure({ AppInstanceArn: query('app-instance-arn', ChimeArn), ...paging }),
    output: structure({ AppInstanceArn: string(), AppInstanceBots: list(AppInstanceBotSummary), NextToken }),
    errors: [ResourceLimitExceeded],
    async handle({ input, scope, read, pages }) {
      const { AppInstanceArn } = input;
      const { items, ...next } = await read(async (_, query) => {
        const { pk } = await requireAppInstance(query, scope, AppInstanceArn);
        return readPage(
          pages,
          { operation: 'ListAppInstanceBots', filters: [pk] },
          input,
          string(),
          (after = '', limit) => listDetails(query, pk, 'bot', after, limit),
          ({ id }) => id,
        );
      });
      return { AppInstanceArn, AppInstanceBots: items.map((bot) => summariseBot(scope, bot)), ...next };
    },
  }),

  DeleteAppInstanceBot: operation({
    http: 'DELETE /app-instance-bots/{appInstanceBotArn} 204',
    action: 'chime:DeleteAppInstanceBot',
    resource: ({ input }) => input.AppInstanceBotArn,
    input: structure({ AppInstanceBotArn }),
    errors: [Conflict, ResourceLimitExceeded],
    async handle({ input, scope, write, clock, publish, removeSoon }) {
      if (!findNamed(scope, input.AppInstanceBotArn, 'bot')) throw invalidArn('app instance bot');
      await write(async ({ query, onDurable }) => {
        const bot = await findDetails(query, scope, input.AppInstanceBotArn, 'bot');
        if (bot) await deleteIdentity({ query, onDurable }, { publish, removeSoon }, bot, clock.now());
      });
    },
  }),
};
