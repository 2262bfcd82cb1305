/** The operations on rooms (spec/ivs-chat 3.4). */
import type { Scope } from '../aws/arn.ts';
import { list, optional, structure } from '../aws/shape.ts';
import type { Transaction } from '../storage/database.ts';
import { Conflict, notFound, ResourceNotFound, ServiceQuotaExceeded } from './errors.ts';
import { identify, LoggingConfigurationIdentifier, Name, RoomIdentifier } from './identifiers.ts';
import { nextToken, paging, readPage } from './listing.ts';
import { requireLoggingConfigurations } from './logging-configurations.ts';
import { operation } from './operation.ts';
import {
  FallbackResult,
  HandlerUri,
  LoggingConfigurationIdentifiers,
  MaximumMessageLength,
  MaximumMessageRatePerSecond,
  Room,
  RoomSummary,
  readLoggingIds,
  roomOf,
  summaryOf,
} from './room.ts';
import { requireRoom } from './room-facts.ts';
import type { IvsTables, RoomRow } from './tables.ts';
import { checkKeys, Tags } from './tags.ts';

const DEFAULT_MESSAGE_LENGTH = 500;
const DEFAULT_MESSAGE_RATE = 10;

/** What is set at creation and changed by updates. */
const settings = {
  name: optional(Name),
  maximumMessageLength: optional(MaximumMessageLength),
  maximumMessageRatePerSecond: optional(MaximumMessageRatePerSecond),
  messageReviewHandler: optional(structure({ uri: optional(HandlerUri), fallbackResult: optional(FallbackResult) })),
  loggingConfigurationIdentifiers: optional(LoggingConfigurationIdentifiers),
};

export const rooms = {
  CreateRoom: operation({
    http: 'POST /CreateRoom 200',
    action: 'ivschat:CreateRoom',
    tagAction: 'ivschat:TagResource',
    rate: 5,
    resource: ({ scope }) => scope.arn('room/*'),
    requestTags: ({ tags }) => tags,
    input: structure({ ...settings, tags: optional(Tags) }),
    output: Room,
    errors: [Conflict, ResourceNotFound, ServiceQuotaExceeded],
    async handle({ input, scope, write, clock, ids, limits, rooms }) {
      const { messageReviewHandler: handler, loggingConfigurationIdentifiers = [], tags = {} } = input;
      checkKeys(tags);
      const loggingIds = loggingIdsOf(scope, loggingConfigurationIdentifiers);
      const now = clock.now();
      const row: RoomRow = {
        id: ids.short(),
        name: input.name ?? '',
        created_at: now,
        updated_at: now,
        maximum_message_length: input.maximumMessageLength ?? DEFAULT_MESSAGE_LENGTH,
        maximum_message_rate_per_second: input.maximumMessageRatePerSecond ?? DEFAULT_MESSAGE_RATE,
        review_handler_uri: handler ? (handler.uri ?? '') : null,
        review_handler_fallback: handler?.fallbackResult ?? 'ALLOW',
        tags: JSON.stringify(tags),
      };
      await write(async (transaction) => {
        await requireQuota(transaction, limits.get('rooms'), scope.accountId);
        await transaction.sql.insertInto('ivs_room').values(row).execute();
        await setLogging(transaction, row.id, loggingIds);
        transaction.onDurable(() => rooms.drop(row.id));
      });
      return roomOf(scope, row, loggingIds);
    },
  }),

  GetRoom: operation({
    http: 'POST /GetRoom 200',
    action: 'ivschat:GetRoom',
    rate: 5,
    resource: ({ input }) => input.identifier,
    input: structure({ identifier: RoomIdentifier }),
    output: Room,
    errors: [ResourceNotFound],
    handle: ({ input, scope, rooms }) => requireRoom(rooms, scope, input.identifier),
  }),

  ListRooms: operation({
    http: 'POST /ListRooms 200',
    action: 'ivschat:ListRooms',
    rate: 5,
    resource: ({ scope }) => scope.arn('room/*'),
    input: structure({
      name: optional(Name),
      messageReviewHandlerUri: optional(HandlerUri),
      loggingConfigurationIdentifier: optional(LoggingConfigurationIdentifier),
      ...paging,
    }),
    output: structure({ rooms: list(RoomSummary), nextToken }),
    errors: [ResourceNotFound],
    handle({ input, scope, read, pages }) {
      // Empty filters filter nothing, as empty tokens start at the start.
      const { name = '', messageReviewHandlerUri: uri = '', loggingConfigurationIdentifier: logging } = input;
      const loggingIds = loggingIdsOf(scope, logging === undefined ? [] : [logging]);
      const listing = { operation: 'ListRooms', filters: [name, uri, ...loggingIds] };
      return read(async (sql) => {
        await requireLoggingConfigurations(sql, loggingIds);
        const page = await readPage(pages, listing, input, (position, limit) => {
          let query = sql
            .selectFrom('ivs_room')
            .selectAll()
            .where((is) => is(is.refTuple('updated_at', 'id'), '<', is.tuple(position.updated_at, position.id)))
            .orderBy('updated_at', 'desc')
            .orderBy('id', 'desc')
            .limit(limit);
          if (name !== '') query = query.where('name', '=', name);
          if (uri !== '') query = query.where('review_handler_uri', '=', uri);
          if (loggingIds.length > 0) {
            query = query.where('id', 'in', (from) =>
              from
                .selectFrom('ivs_room_logging_configuration')
                .select('room_id')
                .where('logging_configuration_id', 'in', loggingIds),
            );
          }
          return query.execute();
        });
        const logging = await readLoggingIds(
          sql,
          page.rows.map((row) => row.id),
        );
        const rooms = page.rows.map((row) => summaryOf(scope, row, logging.get(row.id) ?? []));
        return { rooms, nextToken: page.nextToken };
      });
    },
  }),

  UpdateRoom: operation({
    http: 'POST /UpdateRoom 200',
    action: 'ivschat:UpdateRoom',
    rate: 5,
    resource: ({ input }) => input.identifier,
    input: structure({ identifier: RoomIdentifier, ...settings }),
    output: Room,
    errors: [ResourceNotFound],
    handle({ input, scope, write, clock, rooms }) {
      const { id } = identify(scope, input.identifier);
      const { messageReviewHandler: handler, loggingConfigurationIdentifiers: logging } = input;
      const loggingIds = logging && loggingIdsOf(scope, logging);
      const now = clock.now();
      return write(async (transaction) => {
        const row = await requireRow(transaction, id);
        const changes = {
          name: input.name ?? row.name,
          updated_at: now,
          maximum_message_length: input.maximumMessageLength ?? row.maximum_message_length,
          maximum_message_rate_per_second: input.maximumMessageRatePerSecond ?? row.maximum_message_rate_per_second,
          review_handler_uri: handler ? (handler.uri ?? row.review_handler_uri ?? '') : row.review_handler_uri,
          review_handler_fallback: handler?.fallbackResult ?? row.review_handler_fallback,
        };
        await transaction.sql.updateTable('ivs_room').set(changes).where('id', '=', id).execute();
        if (loggingIds) await setLogging(transaction, id, loggingIds);
        transaction.onDurable(() => rooms.drop(id));
        const current = await readLoggingIds(transaction.sql, [id]);
        return roomOf(scope, { ...row, ...changes }, current.get(id) ?? []);
      });
    },
  }),

  DeleteRoom: operation({
    http: 'POST /DeleteRoom 204',
    action: 'ivschat:DeleteRoom',
    rate: 5,
    resource: ({ input }) => input.identifier,
    input: structure({ identifier: RoomIdentifier }),
    errors: [ResourceNotFound],
    async handle({ input, scope, write, rooms }) {
      const { id } = identify(scope, input.identifier);
      await write(async (transaction) => {
        await requireRow(transaction, id);
        await setLogging(transaction, id, []);
        await transaction.sql.deleteFrom('ivs_room').where('id', '=', id).execute();
        transaction.onDurable(() => rooms.drop(id));
      });
    },
  }),
};

/** @throws ResourceNotFoundException for an ARN that is not ours. */
function loggingIdsOf(scope: Scope, identifiers: readonly string[]): string[] {
  return [...new Set(identifiers.map((identifier) => identify(scope, identifier).id))];
}

async function requireRow({ sql }: Transaction<IvsTables>, id: string): Promise<RoomRow> {
  const row = await sql.selectFrom('ivs_room').selectAll().where('id', '=', id).executeTakeFirst();
  if (!row) throw notFound('ROOM', id);
  return row;
}

async function requireQuota({ sql }: Transaction<IvsTables>, limit: number, accountId: string): Promise<void> {
  const { count } = await sql
    .selectFrom('ivs_room')
    .select((read) => read.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  if (Number(count) < limit) return;
  throw ServiceQuotaExceeded({
    message: `The account has the ${limit} rooms it may have.`,
    resourceId: accountId,
    resourceType: 'ROOM',
    limit,
  });
}

/** Replaces a room's logging configurations. @throws ResourceNotFoundException when one does not exist. */
async function setLogging(
  { sql }: Transaction<IvsTables>,
  roomId: string,
  loggingIds: readonly string[],
): Promise<void> {
  await requireLoggingConfigurations(sql, loggingIds);
  await sql.deleteFrom('ivs_room_logging_configuration').where('room_id', '=', roomId).execute();
  if (loggingIds.length === 0) return;
  const rows = loggingIds.map((id, position) => ({ room_id: roomId, position, logging_configuration_id: id }));
  await sql.insertInto('ivs_room_logging_configuration').values(rows).execute();
}
