/** Listings in pages, in the order of a text that each row has of its own. */
import type { Listing, PageTokens } from '../aws/page-token.ts';
import { boolean, integer, optional, string } from '../aws/shape.ts';
import { ValidationError } from './errors.ts';

const DEFAULT_MAX_ITEMS = 100;
/** The model's 320 characters are too few for a sealed marker; no client counts them. */
const MARKER_LENGTH = 1024;

/** The members of a listing's input that page it. */
export const paging = {
  Marker: optional(string({ min: 1, max: MARKER_LENGTH })),
  MaxItems: optional(integer({ min: 1, max: 1000 })),
};

/** The members of a listing's output that page it. */
export const paged = { IsTruncated: boolean(), Marker: optional(string()) };

export interface PageRequest {
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly IsTruncated: boolean;
  /** Of the page that follows; absent on the last one. */
  readonly Marker?: string;
}

/**
 * Reads one page.
 * @param keyOf what the rows are ordered by: unique, not empty.
 * @param rowsAfter gives the first `limit` rows whose key is above `after`, in ascending order.
 * @throws ValidationError when the marker is foreign, altered, or of another listing.
 */
export async function readPage<Row>(
  pages: PageTokens,
  listing: Listing,
  input: PageRequest,
  keyOf: (row: Row) => string,
  rowsAfter: (after: string, limit: number) => readonly Row[] | Promise<readonly Row[]>,
): Promise<Page<Row>> {
  const size = input.MaxItems ?? DEFAULT_MAX_ITEMS;
  const after = input.Marker === undefined ? '' : pages.open(listing, input.Marker, string());
  if (after === undefined) throw ValidationError({ message: `Invalid Marker: ${input.Marker}` });
  const rows = await rowsAfter(after, size + 1);
  const last = rows[size - 1];
  if (rows.length <= size || last === undefined) return { rows, IsTruncated: false };
  return { rows: rows.slice(0, size), IsTruncated: true, Marker: pages.issue(listing, keyOf(last)) };
}

/** The rows of a page out of all there are. */
export function pageOf<Row>(all: readonly Row[], keyOf: (row: Row) => string) {
  const sorted = all.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return (after: string, limit: number) => sorted.filter((row) => keyOf(row) > after).slice(0, limit);
}
