/** A room: its shape in the API, and its rows. */
import type { Kysely } from 'kysely';
import type { Scope } from '../aws/arn.ts';
import { enumeration, integer, list, optional, string, structure, type TypeOf, timestamp } from '../aws/shape.ts';
import { LoggingConfigurationIdentifier, Name } from './identifiers.ts';
import type { IvsTables, RoomRow } from './tables.ts';
import { readTags, Tags } from './tags.ts';

/** A Lambda function's ARN, an http(s) URL as our extension (spec/ivs-chat 5), or empty. */
export const HandlerUri = string({
  min: 0,
  max: 170,
  pattern: /$|^arn:aws:lambda:[a-z0-9-]+:[0-9]{12}:function:.+.*|https?:\/\/\S+/,
});
export const FallbackResult = enumeration('ALLOW', 'DENY');
export const MaximumMessageLength = integer({ min: 1, max: 500 });
export const MaximumMessageRatePerSecond = integer({ min: 1, max: 100 });
export const LoggingConfigurationIdentifiers = list(LoggingConfigurationIdentifier, { min: 0, max: 3 });

const summary = {
  arn: string(),
  id: string(),
  name: Name,
  createTime: timestamp(),
  updateTime: timestamp(),
  messageReviewHandler: optional(structure({ uri: HandlerUri, fallbackResult: FallbackResult })),
  loggingConfigurationIdentifiers: LoggingConfigurationIdentifiers,
  tags: Tags,
};
export const RoomSummary = structure(summary);
export type RoomSummary = TypeOf<typeof RoomSummary>;

export const Room = structure({
  ...summary,
  maximumMessageLength: MaximumMessageLength,
  maximumMessageRatePerSecond: MaximumMessageRatePerSecond,
});
export type Room = TypeOf<typeof Room>;

/** A room as listings show it. @param loggingIds the ids of its logging configurations, in order. */
export function summaryOf(scope: Scope, row: RoomRow, loggingIds: readonly string[]): RoomSummary {
  const { review_handler_uri: uri, review_handler_fallback: fallbackResult } = row;
  return {
    arn: scope.arn(`room/${row.id}`),
    id: row.id,
    name: row.name,
    createTime: new Date(row.created_at).toISOString(),
    updateTime: new Date(row.updated_at).toISOString(),
    ...(uri !== null && { messageReviewHandler: { uri, fallbackResult } }),
    loggingConfigurationIdentifiers: loggingIds.map((id) => scope.arn(`logging-configuration/${id}`)),
    tags: readTags(row.tags),
  };
}

export function roomOf(scope: Scope, row: RoomRow, loggingIds: readonly string[]): Room {
  return {
    ...summaryOf(scope, row, loggingIds),
    maximumMessageLength: row.maximum_message_length,
    maximumMessageRatePerSecond: row.maximum_message_rate_per_second,
  };
}

/** The ids of rooms' logging configurations, in order, by room id; a room without any is not among them. */
export async function readLoggingIds(
  sql: Kysely<IvsTables>,
  roomIds: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const idsOf = new Map<string, string[]>();
  if (roomIds.length === 0) return idsOf;
  const rows = await sql
    .selectFrom('ivs_room_logging_configuration')
    .selectAll()
    .where('room_id', 'in', roomIds)
    .orderBy('position')
    .execute();
  for (const { room_id: roomId, logging_configuration_id: id } of rows) {
    const ids = idsOf.get(roomId);
    if (ids) ids.push(id);
    else idsOf.set(roomId, [id]);
  }
  return idsOf;
}

/** @returns null when there is no such room. */
export async function readRoom(sql: Kysely<IvsTables>, scope: Scope, id: string): Promise<Room | null> {
  const row = await sql.selectFrom('ivs_room').selectAll().where('id', '=', id).executeTakeFirst();
  if (!row) return null;
  const loggingIds = await readLoggingIds(sql, [id]);
  return roomOf(scope, row, loggingIds.get(id) ?? []);
}
