/** Readers of what several commands take on the command line. */
import { InvalidArgumentError } from 'commander';

/** Reads a whole number; its range is the server's business. */
export function wholeNumber(text: string): number {
  if (!/^-?\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

/** Collects the `key=value` pairs of an option that may be repeated. */
export function keyValue(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const equals = text.indexOf('=');
  if (equals < 1) throw new InvalidArgumentError('It must look like key=value.');
  // From entries, since assigning would take the key __proto__ for something else.
  return Object.fromEntries([...Object.entries(before), [text.slice(0, equals), text.slice(equals + 1)]]);
}
