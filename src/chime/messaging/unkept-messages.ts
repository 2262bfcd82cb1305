/**
 * What is remembered of NON_PERSISTENT messages: in this process alone, for minutes (spec/chime-messaging 3.4). They are
 * typing indicators and the like, which no disk should be asked for.
 */
import { digestOf, otherParameters, type TokenRequest } from '../requests.ts';

/** Longer than any SDK tries again. */
const KEPT_MS = 10 * 60_000;
/** Requests remembered; the oldest make room. */
const REQUESTS_MAX = 100_000;
/** Channels whose newest position is remembered; the one that was silent for longest makes room. */
const CHANNELS_MAX = 100_000;

interface Sent {
  readonly id: string;
  readonly digest: string;
  readonly expiresAtMs: number;
}

export class UnkeptMessages {
  readonly #requests = new Map<string, Sent>();
  readonly #positions = new Map<number, number>();

  /** The last position of the channel, of messages that are kept or not. */
  lastPosition({ pk, position }: { readonly pk: number; readonly position: number }): number {
    return Math.max(position, this.#positions.get(pk) ?? 0);
  }

  /**
   * The id that the request was answered the first time; undefined: it is the first time.
   * @throws ConflictException when the token came with other parameters before
   */
  firstId(request: TokenRequest, nowMs: number): string | undefined {
    const sent = request.token === undefined ? undefined : this.#requests.get(keyOf(request));
    if (!sent || sent.expiresAtMs <= nowMs) return undefined;
    if (sent.digest !== digestOf(request)) throw otherParameters();
    return sent.id;
  }

  /** Remembers a message that is about to be published. */
  add(channelPk: number, position: number, id: string, request: TokenRequest, nowMs: number): void {
    putLast(this.#positions, channelPk, position, CHANNELS_MAX);
    if (request.token === undefined) return;
    for (const [key, { expiresAtMs }] of this.#requests) {
      if (expiresAtMs > nowMs) break;
      this.#requests.delete(key);
    }
    const sent = { id, digest: digestOf(request), expiresAtMs: nowMs + KEPT_MS };
    putLast(this.#requests, keyOf(request), sent, REQUESTS_MAX);
  }
}

function keyOf({ scope, token }: TokenRequest): string {
  return `${scope}/${token}`;
}

/** Puts the entry at the end of a bounded map, from whose front entries leave. */
function putLast<Key, Value>(map: Map<Key, Value>, key: Key, value: Value, max: number): void {
  map.delete(key);
  const [oldest] = map.keys();
  if (map.size >= max && oldest !== undefined) map.delete(oldest);
  map.set(key, value);
}
