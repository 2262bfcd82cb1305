/** What the server tells, on the standard output: lines for people and scripts, or JSON. */
import type { Command } from 'commander';
import { printable } from '../ops/printable.ts';

/** Adds the flag of commands that list. */
export function addJson(command: Command): Command {
  return command.option('--json', 'print all that the server tells, as JSON');
}

export function printJson(value: unknown): void {
  console.log(printable(JSON.stringify(value, undefined, 2)));
}

/**
 * Prints a listing: a line for each item as it comes, or all of it as one JSON object.
 * @param member what the reply calls its items
 */
export async function printListing<Item>(
  items: AsyncIterable<Item> | Iterable<Item>,
  member: string,
  { json }: { readonly json?: true },
  cellsOf: (item: Item) => readonly string[],
): Promise<void> {
  if (json) return printJson({ [member]: await Array.fromAsync(items) });
  for await (const item of items) console.log(cellsOf(item).map(plain).join('\t'));
}

/** In one line: what others have written may hold line ends, and what terminals obey. */
export function plain(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}
