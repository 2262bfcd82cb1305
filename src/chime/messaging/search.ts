/** The operation that finds channels by their members (spec/chime-messaging 3.8). */
import type { Scope } from '../../aws/arn.ts';
import { enumeration, integer, list, string, structure, type TypeOf } from '../../aws/shape.ts';
import type { Query } from '../../storage/database.ts';
import { type Bearer, ChimeBearer, requireBearer } from '../access.ts';
import { findIdentity } from '../identity.ts';
import { DEFAULT_MAX_RESULTS, NextToken, openToken, paging } from '../listing.ts';
import { operation } from '../operation.ts';
import { epoch } from '../times.ts';
import { CHANNEL_SUMMARY, ChannelSummary, type ChannelSummaryColumns, summariseChannel, VIEWER } from './channel.ts';

/** As many memberships as one search looks at: it keeps the event loop for some milliseconds. */
const LOOKED_AT_MAX = 5000;

const SearchFields = list(
  structure({
    Key: enumeration('MEMBERS'),
    Values: list(string({ min: 1, max: 512 }), { min: 1, max: 20 }),
    Operator: enumeration('EQUALS', 'INCLUDES'),
  }),
  { min: 1, max: 20 },
);

export const search = {
  SearchChannels: operation({
    http: 'POST /channels?operation=search 200',
    action: 'chime:SearchChannels',
    resource: ({ input }) => input.ChimeBearer,
    input: structure({ ChimeBearer, Fields: SearchFields, ...paging }),
    output: structure({ Channels: list(ChannelSummary), NextToken }),
    errors: [],
    /**
     * Admins search all channels, everybody else their own. A page may be short, or empty, and yet have a NextToken:
     * when it took long enough to look for.
     */
    handle: ({ input, scope, read, pages }) =>
      read(async (_sql, query) => {
        const bearer = await requireBearer(query, scope, input.ChimeBearer);
        const wanted = await readWanted(query, scope, bearer, input.Fields);
        if (!wanted) return { Channels: [] };
        const listing = { operation: 'SearchChannels', filters: [bearer.pk, input.Fields] };
        const after = openToken(pages, listing, input.NextToken, integer()) ?? 0;
        const { rows, stoppedAt } = await find(query, bearer, wanted, after, input.MaxResults ?? DEFAULT_MAX_RESULTS);
        return {
          Channels: rows.map((row) => summariseChannel(scope, bearer.appInstanceId, row, epoch)),
          ...(stoppedAt !== undefined && { NextToken: pages.issue(listing, stoppedAt) }),
        };
      }),
  }),
};

/** Members that a channel must have, hidden ones not counted. */
interface Wanted {
  readonly memberPks: readonly number[];
  /** No others. */
  readonly exactly: boolean;
}

/** What all fields ask for together; undefined when no channel can be so. */
async function readWanted(
  query: Query,
  scope: Scope,
  { appInstanceId }: Bearer,
  fields: TypeOf<typeof SearchFields>,
): Promise<Wanted | undefined> {
  const arns = new Set(fields.flatMap(({ Values }) => Values));
  const exact = fields.filter(({ Operator }) => Operator === 'EQUALS');
  if (exact.some(({ Values }) => new Set(Values).size < arns.size)) return undefined;
  const memberPks: number[] = [];
  for (const arn of arns) {
    const member = await findIdentity(query, scope, arn, appInstanceId);
    if (!member) return undefined;
    memberPks.push(member.pk);
  }
  return { memberPks, exactly: exact.length > 0 };
}

interface Row extends ChannelSummaryColumns {
  readonly pk: number;
}

/**
 * Looks through the channels of one of those who must be in them, in the order of their creation.
 * @param after the `pk` of the channel that was looked at last
 * @returns `stoppedAt`, from where to go on; absent when there are no more
 */
async function find(
  query: Query,
  bearer: Bearer,
  { memberPks, exactly }: Wanted,
  after: number,
  size: number,
): Promise<{ rows: Row[]; stoppedAt?: number }> {
  const limit = Math.ceil(LOOKED_AT_MAX / (memberPks.length + 1));
  const least = await leastBusy(query, bearer.admin ? memberPks : [bearer.pk, ...memberPks], after, limit);
  const some = `SELECT channel_pk FROM chime_membership WHERE identity_pk = ? AND channel_pk > ? ORDER BY channel_pk LIMIT ?`;
  const listed = memberPks.map(() => '?').join(', ');
  const others = `AND NOT EXISTS (SELECT 1 FROM chime_membership m
    WHERE m.channel_pk = c.pk AND m.type = 'DEFAULT' AND m.identity_pk NOT IN (${listed}))`;
  const rows = await query<Row>(
    `SELECT c.pk, ${CHANNEL_SUMMARY} FROM (${some}) s JOIN chime_channel c ON c.pk = s.channel_pk ${VIEWER}
     WHERE (SELECT count(*) FROM chime_membership m
       WHERE m.channel_pk = c.pk AND m.type = 'DEFAULT' AND m.identity_pk IN (${listed})) = ?
       ${exactly ? others : ''} ${bearer.admin ? '' : 'AND v.identity_pk IS NOT NULL'}
     ORDER BY c.pk LIMIT ?`,
    least.memberPk,
    after,
    limit,
    bearer.pk,
    ...memberPks,
    memberPks.length,
    ...(exactly ? memberPks : []),
    size + 1,
  );
  const last = rows[size - 1];
  if (rows.length > size && last) return { rows: rows.slice(0, size), stoppedAt: last.pk };
  return { rows, ...(least.stoppedAt !== undefined && { stoppedAt: least.stoppedAt }) };
}

/** Whose channels are the fewest. @returns `stoppedAt`, the last of the channels that are looked at, if there may be more */
async function leastBusy(
  query: Query,
  memberPks: readonly number[],
  after: number,
  limit: number,
): Promise<{ memberPk: number; stoppedAt?: number }> {
  let least = { memberPk: 0, count: Number.POSITIVE_INFINITY, last: 0 };
  for (const memberPk of memberPks) {
    const [found] = await query<{ count: number; last: number | null }>(
      `SELECT count(*) AS count, max(channel_pk) AS last FROM
         (SELECT channel_pk FROM chime_membership WHERE identity_pk = ? AND channel_pk > ? ORDER BY channel_pk LIMIT ?) s`,
      memberPk,
      after,
      limit,
    );
    const count = found?.count ?? 0;
    if (count < least.count) least = { memberPk, count, last: found?.last ?? 0 };
  }
  return { memberPk: least.memberPk, ...(least.count === limit && { stoppedAt: least.last }) };
}
