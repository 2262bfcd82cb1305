/** What is left of removed messages: rows that are empty, and taken away where that moves no text. */
import type { Query } from '../../storage/database.ts';

/** Empty rows that stay on both sides of those that go: more than the pages that SQLite rearranges at once can hold. */
const MARGIN = 1000;
/** Rows that a step looks at: a millisecond or two of work. */
const ROWS = 500;

/** The keys of empty rows with nothing but empty ones between them: up to `MARGIN` at the start and at the end. */
export type EmptyRun = readonly number[];

/**
 * Looks at the next empty rows, in the order in which they lie, and takes away those that lie among empty ones alone.
 * Rows are added at the end and emptied in place, so that what was seen before stays as it was.
 * @param run where the call before this one stopped; empty: from the start
 * @returns where this one stopped; undefined: at the end
 */
export async function removeEmptyRows(query: Query, run: EmptyRun): Promise<EmptyRun | undefined> {
  const keys = await readEmpty(query, run.at(-1) ?? 0);
  let current = [...run];
  for (const pk of keys) {
    const last = current.at(-1);
    if (last !== undefined && pk > last + 1 && (await isAnythingBetween(query, last, pk))) current = [];
    current.push(pk);
  }
  const inner = current.slice(MARGIN, -MARGIN);
  const [first, last] = [inner[0], inner.at(-1)];
  if (first !== undefined && last !== undefined) {
    await query('DELETE FROM chime_message WHERE pk BETWEEN ? AND ?', first, last);
    current.splice(MARGIN, inner.length);
  }
  return keys.length === ROWS ? current : undefined;
}

/** The keys of the next empty rows. */
async function readEmpty(query: Query, after: number): Promise<number[]> {
  const rows = await query<{ pk: number }>(
    'SELECT pk FROM chime_message WHERE channel_pk = 0 AND position < ? ORDER BY position DESC LIMIT ?',
    -after,
    ROWS,
  );
  return rows.map(({ pk }) => pk);
}

/** Between two empty rows that follow each other there are only rows that are not. */
async function isAnythingBetween(query: Query, first: number, last: number): Promise<boolean> {
  const rows = await query('SELECT pk FROM chime_message WHERE pk > ? AND pk < ? LIMIT 1', first, last);
  return rows.length > 0;
}
