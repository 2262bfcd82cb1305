/** The audit log: one JSON line for each control-plane call, WebSocket handshake, exchange of credentials and expiry. */
import { write } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { printable } from './printable.ts';
import { RotatingFile, type RotationOptions } from './rotating-file.ts';

/** What was done. Members that are undefined are left out. There is no place for secrets, tokens or messages. */
export interface AuditEvent {
  readonly event: 'call' | 'handshake' | 'exchange' | 'expiry';
  readonly service: string | undefined;
  /** The operation's name; of calls, and of what expires (`ExpireChannel`). */
  readonly operation?: string | undefined;
  /** The IAM action. */
  readonly action?: string | undefined;
  /** ARN of who did it. */
  readonly principal?: string | undefined;
  /** The access key that was named, whether or not the signature was right; of an exchange, the one that was given. */
  readonly accessKeyId?: string | undefined;
  /** Of a handshake or an exchange: who it is, as the token says. */
  readonly userId?: string | undefined;
  /** The ARNs concerned. */
  readonly resources: readonly string[];
  /** Absent: the server did it by itself. */
  readonly address?: string;
  readonly status: number;
  /** Why not: the error's type, or the cause of a refusal. Absent: it was allowed and done. */
  readonly error?: string | undefined;
  readonly requestId?: string | undefined;
  readonly elapsedMs: number;
}

export interface AuditOptions extends RotationOptions {
  /** A path, or `-` for the standard output. */
  readonly target: string;
  readonly clock: { now(): number };
  /** Lines could not be written, and are lost. */
  report(error: unknown): void;
}

/** Lines that wait for a slow disk or reader; what comes beyond is counted, not kept. */
const WAITING_BYTES_MAX = 8 << 20;
/** What is written at once. */
const CHUNK_BYTES = 1 << 20;
/** How long the end of the server waits for what is not written yet. */
const CLOSING_MS = 2000;
const STDOUT_FD = 1;
const STDOUT_RETRY_MS = 20;

interface Sink extends AsyncDisposable {
  write(chunk: Buffer): Promise<void>;
}

/** Never blocks whoever records, and never grows without bound. Lost lines leave a line that says how many. */
export class AuditLog implements AsyncDisposable {
  readonly #sink: Sink;
  readonly #options: AuditOptions;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #lost = 0;
  #lostTotal = 0;
  #writing: Promise<void> | undefined;

  private constructor(sink: Sink, options: AuditOptions) {
    this.#sink = sink;
    this.#options = options;
  }

  /** Rejects as the file system does when the file cannot be opened. */
  static async open(options: AuditOptions): Promise<AuditLog> {
    return new AuditLog(
      options.target === '-' ? standardOutput : await RotatingFile.open(options.target, options),
      options,
    );
  }

  /** How many lines could not be kept or written so far. */
  get lost(): number {
    return this.#lostTotal;
  }

  record(event: AuditEvent): void {
    const { elapsedMs } = event;
    const line = lineOf(this.#options.clock.now(), { ...event, elapsedMs: Math.round(elapsedMs * 1000) / 1000 });
    const bytes = Buffer.byteLength(line);
    if (this.#waitingBytes + bytes > WAITING_BYTES_MAX) {
      this.#lose(1, new Error('The audit log takes lines more slowly than they come; some are lost.'));
      return;
    }
    this.#waiting.push(line);
    this.#waitingBytes += bytes;
    this.#writing ??= this.#write();
  }

  /** Writes what is waiting, for a bounded time, and closes the file. */
  async [Symbol.asyncDispose](): Promise<void> {
    const giveUp = new AbortController();
    const patience = delay(CLOSING_MS, undefined, { signal: giveUp.signal }).catch(() => undefined);
    await Promise.race([this.#writing, patience]);
    giveUp.abort();
    await this.#sink[Symbol.asyncDispose]();
  }

  /** Lines of the same turn of the event loop go together. */
  async #write(): Promise<void> {
    await undefined;
    while (this.#waiting.length > 0) {
      const lines = this.#take();
      const lost = this.#lost;
      const notice = lost === 0 ? '' : lineOf(this.#options.clock.now(), { event: 'lost', lines: lost });
      try {
        await this.#sink.write(Buffer.from(notice + lines.join('')));
        this.#lost -= lost;
      } catch (error) {
        this.#lose(lines.length, error);
      }
    }
    this.#writing = undefined;
  }

  #take(): string[] {
    let bytes = 0;
    const end = this.#waiting.findIndex((line) => {
      bytes += Buffer.byteLength(line);
      return bytes >= CHUNK_BYTES;
    });
    const lines = this.#waiting.splice(0, end < 0 ? this.#waiting.length : end + 1);
    this.#waitingBytes -= bytes;
    return lines;
  }

  /** Reports the first loss since all was well. */
  #lose(lines: number, error: unknown): void {
    if (this.#lost === 0) this.#options.report(error);
    this.#lost += lines;
    this.#lostTotal += lines;
  }
}

function lineOf(now: number, event: object): string {
  return `${printable(JSON.stringify({ time: new Date(now).toISOString(), ...event }))}\n`;
}

const writeSome = promisify(write);

/** Not by process.stdout, which blocks while the reader of a pipe is slow. */
const standardOutput: Sink = {
  async write(chunk) {
    for (let done = 0; done < chunk.length; ) {
      try {
        const { bytesWritten } = await writeSome(STDOUT_FD, chunk, done, chunk.length - done, null);
        done += bytesWritten;
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
        await delay(STDOUT_RETRY_MS);
      }
    }
  },
  [Symbol.asyncDispose]: () => Promise.resolve(),
};
