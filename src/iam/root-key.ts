import { randomInt } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The credentials of the account's root. */
export interface RootKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const FILE = 'root-key.json';
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

function pick(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

/** The root key in the data directory. Undefined: there is none yet. */
export function readRootKey(directory: string): RootKey | undefined {
  let text: string;
  try {
    text = readFileSync(join(directory, FILE), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const { accessKeyId, secretAccessKey }: Partial<RootKey> = JSON.parse(text);
  if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string') {
    throw new Error(`${join(directory, FILE)} holds no root key. Remove it to have a new one made.`);
  }
  return { accessKeyId, secretAccessKey };
}

/** Makes a new root key and keeps it in a file that only its owner reads. @param replace an existing one */
export function createRootKey(directory: string, replace = false): RootKey {
  const key = { accessKeyId: `AKIA${pick(BASE32, 16)}`, secretAccessKey: pick(ALPHANUMERIC, 40) };
  const path = join(directory, FILE);
  const fresh = `${path}.new`;
  rmSync(fresh, { force: true });
  writeFileSync(fresh, `${JSON.stringify(key, undefined, 2)}\n`, { mode: 0o600, flag: 'wx', flush: true });
  if (replace) {
    renameSync(fresh, path);
  } else {
    linkSync(fresh, path); // fails if another process has made one meanwhile
    rmSync(fresh);
  }
  return key;
}
