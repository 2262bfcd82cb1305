/** What is given in place or elsewhere: as it is, in a file (`@file`), or on the standard input (`-`). */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { CliError } from './errors.ts';

/** Rejects as the file system does. */
export async function readGiven(given: string): Promise<string> {
  if (given === '-') return text(process.stdin);
  return given.startsWith('@') ? readFile(given.slice(1), 'utf8') : given;
}

/** @throws CliError when it cannot be read */
export async function readDocument(given: string): Promise<string> {
  try {
    return await readGiven(given);
  } catch (error) {
    throw new CliError(`The document cannot be read: ${error instanceof Error ? error.message : error}.`);
  }
}
