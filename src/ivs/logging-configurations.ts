/** Logging configurations: where a room's chat is recorded (spec/ivs-chat 3.3, 3.4, 6). */
import type { Kysely } from 'kysely';
import type { Scope } from '../aws/arn.ts';
import { enumeration, list, optional, string, structure, type TypeOf, timestamp, union } from '../aws/shape.ts';
import type { Transaction } from '../storage/database.ts';
import { Conflict, notFound, ResourceNotFound, ServiceQuotaExceeded } from './errors.ts';
import { identify, LoggingConfigurationIdentifier, Name } from './identifiers.ts';
import { nextToken, paging, readPage } from './listing.ts';
import { operation } from './operation.ts';
import type { IvsTables, LoggingConfigurationRow } from './tables.ts';
import { checkKeys, readTags, Tags } from './tags.ts';

const BucketName = string({ min: 3, max: 63, pattern: /[a-z0-9-.]+/ });
const LogGroupName = string({ min: 1, max: 512, pattern: /[.\-_/#A-Za-z0-9]+/ });
const DeliveryStreamName = string({ min: 1, max: 64, pattern: /[a-zA-Z0-9_.-]+/ });

const DestinationConfiguration = union({
  s3: structure({ bucketName: BucketName }),
  cloudWatchLogs: structure({ logGroupName: LogGroupName }),
  firehose: structure({ deliveryStreamName: DeliveryStreamName }),
});

const LoggingConfiguration = structure({
  arn: string(),
  id: string(),
  name: Name,
  createTime: timestamp(),
  updateTime: timestamp(),
  destinationConfiguration: DestinationConfiguration,
  // The others that AWS has belong to changes that take time, which here none does.
  state: enumeration('ACTIVE'),
  tags: Tags,
});
type LoggingConfiguration = TypeOf<typeof LoggingConfiguration>;

export const loggingConfigurations = {
  CreateLoggingConfiguration: operation({
    http: 'POST /CreateLoggingConfiguration 200',
    action: 'ivschat:CreateLoggingConfiguration',
    tagAction: 'ivschat:TagResource',
    rate: 3,
    resource: ({ scope }) => scope.arn('logging-configuration/*'),
    requestTags: ({ tags }) => tags,
    input: structure({
      name: optional(Name),
      destinationConfiguration: DestinationConfiguration,
      tags: optional(Tags),
    }),
    output: LoggingConfiguration,
    errors: [Conflict, ResourceNotFound, ServiceQuotaExceeded],
    async handle({ input, scope, write, clock, ids, limits }) {
      const { name = '', destinationConfiguration, tags = {} } = input;
      checkKeys(tags);
      const now = clock.now();
      const row: LoggingConfigurationRow = {
        id: ids.short(),
        name,
        created_at: now,
        updated_at: now,
        destination: JSON.stringify(destinationConfiguration),
        tags: JSON.stringify(tags),
      };
      await write(async (transaction) => {
        await requireQuota(transaction, limits.get('logging-configurations'), scope.accountId);
        await transaction.sql.insertInto('ivs_logging_configuration').values(row).execute();
      });
      return loggingConfigurationOf(scope, row);
    },
  }),

  GetLoggingConfiguration: operation({
    http: 'POST /GetLoggingConfiguration 200',
    action: 'ivschat:GetLoggingConfiguration',
    rate: 3,
    resource: ({ input }) => input.identifier,
    input: structure({ identifier: LoggingConfigurationIdentifier }),
    output: LoggingConfiguration,
    errors: [ResourceNotFound],
    async handle({ input, scope, read }) {
      const { id } = identify(scope, input.identifier);
      return loggingConfigurationOf(scope, await read((sql) => requireRow(sql, id)));
    },
  }),

  ListLoggingConfigurations: operation({
    http: 'POST /ListLoggingConfigurations 200',
    action: 'ivschat:ListLoggingConfigurations',
    rate: 3,
    resource: ({ scope }) => scope.arn('logging-configuration/*'),
    input: structure(paging),
    output: structure({ loggingConfigurations: list(LoggingConfiguration), nextToken }),
    errors: [],
    async handle({ input, scope, read, pages }) {
      const listing = { operation: 'ListLoggingConfigurations', filters: [] };
      const page = await read((sql) =>
        readPage(pages, listing, input, (position, limit) =>
          sql
            .selectFrom('ivs_logging_configuration')
            .selectAll()
            .where((is) => is(is.refTuple('updated_at', 'id'), '<', is.tuple(position.updated_at, position.id)))
            .orderBy('updated_at', 'desc')
            .orderBy('id', 'desc')
            .limit(limit)
            .execute(),
        ),
      );
      return {
        loggingConfigurations: page.rows.map((row) => loggingConfigurationOf(scope, row)),
        nextToken: page.nextToken,
      };
    },
  }),

  UpdateLoggingConfiguration: operation({
    http: 'POST /UpdateLoggingConfiguration 200',
    action: 'ivschat:UpdateLoggingConfiguration',
    rate: 3,
    resource: ({ input }) => input.identifier,
    input: structure({
      identifier: LoggingConfigurationIdentifier,
      name: optional(Name),
      destinationConfiguration: optional(DestinationConfiguration),
    }),
    output: LoggingConfiguration,
    errors: [Conflict, ResourceNotFound],
    handle({ input, scope, write, clock }) {
      const { id } = identify(scope, input.identifier);
      const { name, destinationConfiguration: destination } = input;
      const now = clock.now();
      return write(async ({ sql }) => {
        const row = await requireRow(sql, id);
        const changes = {
          name: name ?? row.name,
          updated_at: now,
          destination: destination ? JSON.stringify(destination) : row.destination,
        };
        await sql.updateTable('ivs_logging_configuration').set(changes).where('id', '=', id).execute();
        return loggingConfigurationOf(scope, { ...row, ...changes });
      });
    },
  }),

  DeleteLoggingConfiguration: operation({
    http: 'POST /DeleteLoggingConfiguration 204',
    action: 'ivschat:DeleteLoggingConfiguration',
    rate: 3,
    resource: ({ input }) => input.identifier,
    input: structure({ identifier: LoggingConfigurationIdentifier }),
    errors: [Conflict, ResourceNotFound],
    async handle({ input, scope, write }) {
      const { type, id } = identify(scope, input.identifier);
      await write(async ({ sql }) => {
        await requireRow(sql, id);
        const used = await sql
          .selectFrom('ivs_room_logging_configuration')
          .select('room_id')
          .where('logging_configuration_id', '=', id)
          .limit(1)
          .executeTakeFirst();
        if (used) {
          throw Conflict({
            message: `The logging configuration ${id} is in use by the room ${used.room_id}.`,
            resourceId: id,
            resourceType: type,
          });
        }
        await sql.deleteFrom('ivs_logging_configuration').where('id', '=', id).execute();
      });
    },
  }),
};

/** @throws ResourceNotFoundException when one of them does not exist. */
export async function requireLoggingConfigurations(sql: Kysely<IvsTables>, ids: readonly string[]): Promise<void> {
  for (const id of ids) await requireRow(sql, id);
}

async function requireRow(sql: Kysely<IvsTables>, id: string): Promise<LoggingConfigurationRow> {
  const row = await sql.selectFrom('ivs_logging_configuration').selectAll().where('id', '=', id).executeTakeFirst();
  if (!row) throw notFound('LOGGING_CONFIGURATION', id);
  return row;
}

function loggingConfigurationOf(scope: Scope, row: LoggingConfigurationRow): LoggingConfiguration {
  return {
    arn: scope.arn(`logging-configuration/${row.id}`),
    id: row.id,
    name: row.name,
    createTime: new Date(row.created_at).toISOString(),
    updateTime: new Date(row.updated_at).toISOString(),
    destinationConfiguration: JSON.parse(row.destination),
    state: 'ACTIVE',
    tags: readTags(row.tags),
  };
}

async function requireQuota({ sql }: Transaction<IvsTables>, limit: number, accountId: string): Promise<void> {
  const { count } = await sql
    .selectFrom('ivs_logging_configuration')
    .select((read) => read.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  if (Number(count) < limit) return;
  throw ServiceQuotaExceeded({
    message: `The account has the ${limit} logging configurations it may have.`,
    resourceId: accountId,
    resourceType: 'LOGGING_CONFIGURATION',
    limit,
  });
}
