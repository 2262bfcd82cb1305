/** Listings in pages (spec/chime-messaging 3.1, Pagination). */
import type { Listing, PageTokens } from '../aws/page-token.ts';
import { integer, optional, query, type Shape, string } from '../aws/shape.ts';
import { BadRequest } from './errors.ts';

/** Without `max-results`, as many as may be asked for: the default is undocumented. */
export const DEFAULT_MAX_RESULTS = 50;

/** The members of a listing's input that page it. */
export const paging = {
  MaxResults: optional(query('max-results', integer({ min: 1, max: 50 }))),
  NextToken: optional(query('next-token', string({ min: 0, max: 2048 }))),
};

/** The member of its output. */
export const NextToken = optional(string());

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Of the page that follows; absent on the last one. */
  readonly NextToken?: string;
}

/**
 * Where a page starts; undefined: at the start of the listing.
 * @throws BadRequestException for a token that is foreign, altered, or of other filters
 */
export function openToken<Position>(
  pages: PageTokens,
  listing: Listing,
  token: string | undefined,
  position: Shape<Position>,
): Position | undefined {
  // The chat demo sends an empty token for the start.
  const after = token ? pages.open(listing, token, position) : undefined;
  if (token && after === undefined) throw BadRequest('NextToken must come from this listing with the same filters.');
  return after;
}

/**
 * Reads one page.
 * @param listing the operation and every filter: a token is good for these alone
 * @param position shape of what tells where a page starts; small
 * @param itemsAfter gives the first `limit` items behind a position, or from the start
 * @param positionOf where an item stands
 * @throws BadRequestException for a token that is foreign, altered, or of other filters
 */
export async function readPage<Item, Position>(
  pages: PageTokens,
  listing: Listing,
  input: { readonly MaxResults?: number | undefined; readonly NextToken?: string | undefined },
  position: Shape<Position>,
  itemsAfter: (after: Position | undefined, limit: number) => Promise<readonly Item[]>,
  positionOf: (item: Item) => Position,
): Promise<Page<Item>> {
  const { MaxResults: size = DEFAULT_MAX_RESULTS, NextToken: token } = input;
  const after = openToken(pages, listing, token, position);
  const items = await itemsAfter(after, size + 1);
  const last = items[size - 1];
  if (items.length <= size || last === undefined) return { items };
  return { items: items.slice(0, size), NextToken: pages.issue(listing, positionOf(last)) };
}
