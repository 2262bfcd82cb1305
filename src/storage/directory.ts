import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StorageError } from './errors.ts';

const BUSY = 5;

/** The data directory, held against every other process until it is disposed of or the process ends. */
export interface Directory extends Disposable {
  /** Path of the database file, which exists. */
  readonly database: string;
}

/**
 * Creates the directory when it is missing (0700), its files as 0600, and locks it for this process.
 *
 * @throws StorageError `directory-in-use` when another process holds it, `directory-unusable` when it cannot be used.
 */
export function holdDirectory(directory: string): Directory {
  const lockFile = join(directory, 'lock.db');
  const database = join(directory, 'parlor.db');
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    ensurePrivate(lockFile);
    const lock = new DatabaseSync(lockFile, { timeout: 0 });
    try {
      lock.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
      ensurePrivate(database);
    } catch (error) {
      lock.close();
      throw error;
    }
    return { database, [Symbol.dispose]: () => lock.close() };
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === BUSY) {
      throw new StorageError(
        'directory-in-use',
        `The data directory ${directory} is in use by another Parlor process: stop that process, or choose another directory with --data-dir.`,
      );
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new StorageError(
      'directory-unusable',
      `The data directory ${directory} cannot be used (${reason}): make it writable for this user, or choose another with --data-dir.`,
      { cause: error },
    );
  }
}

/**
 * SQLite gives the -wal and -shm files the mode of the database file. The file is opened only to create it: closing
 * any descriptor of a file drops the locks this process holds on it.
 */
function ensurePrivate(file: string): void {
  if (existsSync(file)) chmodSync(file, 0o600);
  else closeSync(openSync(file, 'wx', 0o600));
}
