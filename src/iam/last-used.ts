/** When each access key was last used, and for what: in memory at once, and in the database a while later. */
import type { Clock } from '../engine/ports.ts';
import type { Database } from '../storage/database.ts';
import type { IamTables } from './tables.ts';

/** The last use of an access key. */
export interface LastUse {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** As the request was signed for them. */
  readonly service: string;
  readonly region: string;
}

const WRITE_EVERY_MS = 60_000;
/** As many as an account may have at once: beyond them, a use is not taken down. */
const KEYS_MAX = 10_000;

/** A process that is killed forgets the uses of its last minute. */
export class LastUsed implements AsyncDisposable {
  readonly #options: LastUsedOptions;
  readonly #stop: () => void;
  /** Uses since the last write, by access key id. */
  #fresh = new Map<string, LastUse>();
  /** Those that are being written. */
  #leaving: ReadonlyMap<string, LastUse> = new Map();

  constructor(options: LastUsedOptions) {
    this.#options = options;
    this.#stop = options.clock.every(WRITE_EVERY_MS, () => void this.#write());
  }

  /** Takes down that a key of a user has been used. */
  saw(accessKeyId: string, service: string, region: string): void {
    if (this.#fresh.size >= KEYS_MAX && !this.#fresh.has(accessKeyId)) return;
    this.#fresh.set(accessKeyId, { at: this.#options.clock.now(), service, region });
  }

  /** The last use that the database may not know of yet. */
  get(accessKeyId: string): LastUse | undefined {
    return this.#fresh.get(accessKeyId) ?? this.#leaving.get(accessKeyId);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop();
    await this.#write();
  }

  /** Writes down what is new, a small unit for each key. What cannot be written is reported and forgotten. */
  async #write(): Promise<void> {
    const { write, report } = this.#options;
    this.#leaving = this.#fresh;
    this.#fresh = new Map();
    const written = await Promise.allSettled(
      [...this.#leaving].map(([id, { at, service, region }]) =>
        write(async ({ query }) => {
          await query(
            'UPDATE iam_access_key SET used_at = ?, used_service = ?, used_region = ? WHERE id = ?',
            at,
            service,
            region,
            id,
          );
        }),
      ),
    );
    const failed = written.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') report(failed.reason);
    this.#leaving = new Map();
  }
}

export interface LastUsedOptions {
  readonly write: Database<IamTables>['write'];
  readonly clock: Pick<Clock, 'now' | 'every'>;
  report(error: unknown): void;
}
