/** Listings in pages, the newest change first (spec/ivs-chat 3.3, 3.4). */
import type { Listing, PageTokens } from '../aws/page-token.ts';
import { integer, optional, string, structure } from '../aws/shape.ts';
import { invalid } from './errors.ts';

const DEFAULT_MAX_RESULTS = 50;

export const nextToken = optional(string({ min: 0, max: 1024 }));

/** The members of a listing's input that page it. */
export const paging = { maxResults: optional(integer({ min: 1, max: 50 })), nextToken };

/** A place in a listing: that of a row, by what listings are ordered by. */
const Position = structure({ updated_at: integer(), id: string() });

interface Position {
  readonly updated_at: number;
  readonly id: string;
}

const START: Position = { updated_at: Number.MAX_SAFE_INTEGER, id: '' };

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Of the page that follows; absent on the last one. */
  readonly nextToken?: string;
}

/**
 * Reads one page.
 * @param rowsAfter gives the first `limit` rows behind a position, in descending order of (updated_at, id).
 * @throws ValidationException naming nextToken when it is foreign, altered, or of other filters.
 */
export async function readPage<Row extends Position>(
  pages: PageTokens,
  listing: Listing,
  input: { readonly maxResults?: number | undefined; readonly nextToken?: string | undefined },
  rowsAfter: (position: Position, limit: number) => Promise<readonly Row[]>,
): Promise<Page<Row>> {
  const size = input.maxResults ?? DEFAULT_MAX_RESULTS;
  // An empty token means the start (spec/ivs-chat 3.3).
  const position = input.nextToken ? pages.open(listing, input.nextToken, Position) : START;
  if (!position) throw invalid({ name: 'nextToken', message: 'must come from this listing with the same filters' });
  const rows = await rowsAfter(position, size + 1);
  const last = rows[size - 1];
  if (rows.length <= size || !last) return { rows };
  const token = pages.issue(listing, { updated_at: last.updated_at, id: last.id });
  return { rows: rows.slice(0, size), nextToken: token };
}
