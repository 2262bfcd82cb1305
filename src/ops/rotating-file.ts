/** A file that is appended to and, when it has become too large, moved aside for a new one. */
import type { FileHandle } from 'node:fs/promises';
import { open, rename, stat } from 'node:fs/promises';

/** Readable by its owner alone. */
const MODE = 0o600;

export interface RotationOptions {
  /** A file that would become larger is moved to `<path>.1`, what was there to `<path>.2`, and so on. */
  readonly maximumBytes: number;
  /** How many are kept besides the current one; the oldest is overwritten. */
  readonly kept: number;
}

/** Writes are the caller's to order: one at a time. */
export class RotatingFile implements AsyncDisposable {
  readonly #path: string;
  readonly #options: RotationOptions;
  #file: FileHandle;
  #bytes: number;

  private constructor(path: string, options: RotationOptions, file: FileHandle, bytes: number) {
    this.#path = path;
    this.#options = options;
    this.#file = file;
    this.#bytes = bytes;
  }

  /** Opens the file, and makes it if need be. Rejects as the file system does. */
  static async open(path: string, options: RotationOptions): Promise<RotatingFile> {
    const file = await open(path, 'a', MODE);
    return new RotatingFile(path, options, file, (await file.stat()).size);
  }

  async write(chunk: Buffer): Promise<void> {
    if (await this.#isMoved()) await this.#reopen();
    if (this.#bytes > 0 && this.#bytes + chunk.length > this.#options.maximumBytes) await this.#rotate();
    await this.#file.appendFile(chunk);
    this.#bytes += chunk.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }

  /** Whether somebody else, such as logrotate, has moved or removed the file. */
  async #isMoved(): Promise<boolean> {
    const [there, own] = await Promise.all([stat(this.#path).catch(absent), this.#file.stat()]);
    return there?.ino !== own.ino || there.dev !== own.dev;
  }

  async #rotate(): Promise<void> {
    for (let number = this.#options.kept; number > 1; number--) {
      await rename(`${this.#path}.${number - 1}`, `${this.#path}.${number}`).catch(absent);
    }
    await rename(this.#path, `${this.#path}.1`);
    await this.#reopen();
  }

  async #reopen(): Promise<void> {
    const next = await open(this.#path, 'a', MODE);
    await this.#file.close();
    this.#file = next;
    this.#bytes = (await next.stat()).size;
  }
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
