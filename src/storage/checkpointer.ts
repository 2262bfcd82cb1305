import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Clock } from '../engine/ports.ts';

/** Size of the log, in bytes, that starts a checkpoint. */
const LOG_BYTES = 8 * 1024 * 1024;
/** How often a checkpoint that is asked for, or was hindered, is tried. A scrub has 5 s. */
const RETRY_MS = 500;
/** SQLite's code for a failed read, write or sync of a file; its low byte. */
const IOERR = 10;

/**
 * What the thread is told.
 * - `copy`: move what the log holds by now, while others read and write.
 * - `truncate`: move the rest and empty the log, while nobody writes.
 * - `close`: end.
 */
export type CheckpointStep = 'copy' | 'truncate' | 'close';

/** What it answers; `busy`: a reader from outside the process holds on to the log. */
export type CheckpointReply = 'done' | 'busy' | { readonly errcode: number; readonly message: string };

export interface CheckpointerOptions {
  /** Path of the database file. */
  readonly path: string;
  readonly clock: Pick<Clock, 'every'>;
  /** Runs the task while nobody writes. */
  pauseWrites(task: () => Promise<void>): Promise<void>;
  /** Told when the disk failed: what is on it is not known any more. */
  onFatal(error: unknown): void;
  /** Told when a checkpoint failed that will be tried again. */
  onError(error: unknown): void;
}

/** Keeps the log short and free of deleted text, in a thread of its own that starts with the first checkpoint. */
export class Checkpointer implements AsyncDisposable {
  readonly #options: CheckpointerOptions;
  readonly #stopTimer: () => void;
  #worker: Worker | undefined;
  #running: Promise<void> | undefined;
  /** A checkpoint was asked for, or the last one did not empty the log. */
  #due = false;
  /** The disk failed: after a failed sync the next can succeed without the data. A new process reads the log again. */
  #failed = false;

  constructor(options: CheckpointerOptions) {
    this.#options = options;
    this.#stopTimer = options.clock.every(RETRY_MS, () => {
      if (this.#due) this.#start();
    });
  }

  /** To be told the size of the log as it grows, in bytes. */
  logIs(bytes: number): void {
    if (bytes > LOG_BYTES && !this.#due) this.#start();
  }

  /** Empties the log within 5 s, so that nothing deleted by now can be read from it. */
  scrub(): void {
    this.#due = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopTimer();
    await this.#running;
    if (!this.#worker) return;
    const ended = once(this.#worker, 'exit');
    this.#worker.ref();
    tell(this.#worker, 'close');
    await ended;
  }

  #start(): void {
    if (this.#failed) return;
    this.#running ??= this.#checkpoint().finally(() => {
      this.#running = undefined;
    });
  }

  async #checkpoint(): Promise<void> {
    // A scrub that is asked for from here on needs a checkpoint of its own.
    this.#due = false;
    try {
      await this.#step('copy');
      await this.#options.pauseWrites(() => this.#step('truncate'));
    } catch (error) {
      if (this.#failed) return this.#options.onFatal(error);
      this.#due = true;
      this.#options.onError(error);
    }
  }

  async #step(step: CheckpointStep): Promise<void> {
    const reply = await this.#ask(step);
    if (reply === 'done') return;
    if (reply === 'busy') {
      this.#due = true;
      return;
    }
    if (reply.errcode % 256 === IOERR) this.#failed = true;
    throw new Error(`The checkpoint of ${this.#options.path} failed: ${reply.message}.`);
  }

  async #ask(step: CheckpointStep): Promise<CheckpointReply> {
    this.#worker ??= this.#startWorker();
    const worker = this.#worker;
    const { promise, resolve, reject } = Promise.withResolvers<CheckpointReply>();
    worker.once('message', resolve).once('error', reject);
    tell(worker, step);
    try {
      return await promise;
    } finally {
      worker.off('message', resolve).off('error', reject);
    }
  }

  #startWorker(): Worker {
    const worker = new Worker(new URL('./checkpoint-worker.js', import.meta.url), {
      workerData: this.#options.path,
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 16 },
    });
    worker.once('exit', () => {
      this.#worker = undefined;
    });
    worker.unref();
    return worker;
  }
}

function tell(worker: Worker, step: CheckpointStep): void {
  worker.postMessage(step);
}
