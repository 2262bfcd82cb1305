/** Following a room: one connection after another, each with a token of its own. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, UnreachableError } from './client.ts';

const FIRST_DELAY_MS = 250;
const MAXIMUM_DELAY_MS = 10_000;
/** In a row; with the delays above, about ten minutes. */
const MAXIMUM_FAILURES = 64;

export interface Following {
  /** Of the messaging WebSocket. */
  readonly url: URL;
  /** Ends the following. */
  readonly signal: AbortSignal;
  newToken(): Promise<string>;
  /** Takes each frame sent to the room, as it came. What it throws ends the following. */
  frame(text: string): void;
  /** Takes what a person may want to know meanwhile. */
  note(text: string): void;
}

/**
 * Follows until the signal, connecting again whenever a connection ends.
 * @throws CliError when the first connection cannot be made, when a later one cannot be made for minutes, or when the
 *   server says that it may not be made.
 */
export async function follow(following: Following): Promise<void> {
  const { signal, note } = following;
  let connected = false;
  let failures = 0;
  while (!signal.aborted) {
    try {
      await listen(following);
      connected = true;
      failures = 0;
      if (!signal.aborted) note('The connection has ended; connecting again.');
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      if (!connected || !mayPass(error) || failures > MAXIMUM_FAILURES) throw error;
      note(`${error.message} Trying again.`);
    }
    const delay = Math.min(FIRST_DELAY_MS * 2 ** failures, MAXIMUM_DELAY_MS);
    await sleep(delay, undefined, { signal }).catch(() => undefined); // it fails only by the signal
  }
}

/** Resolves when a connection has ended; rejects when there was none. */
async function listen({ url, signal, newToken, frame, note }: Following): Promise<void> {
  const socket = new WebSocket(url, await newToken());
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  let open = false;
  socket.onopen = () => {
    open = true;
    note('Connected.');
  };
  socket.onmessage = ({ data }) => {
    try {
      const text = String(data);
      const error = errorText(text);
      if (error === undefined) frame(text);
      else note(error);
    } catch (error) {
      reject(error);
      socket.close();
    }
  };
  socket.onclose = () => {
    if (open) resolve();
    else reject(new UnreachableError(`${url.origin} refuses the WebSocket connection.`));
  };
  const close = () => socket.close(1000);
  signal.addEventListener('abort', close, { once: true });
  await ended.finally(() => signal.removeEventListener('abort', close));
}

/** What an ERROR frame says; such a frame is for this connection alone (spec/ivs-chat 2.8). */
function errorText(frame: string): string | undefined {
  if (!frame.startsWith('{"Type":"ERROR"')) return undefined;
  const { ErrorCode, ErrorMessage }: Record<string, unknown> = JSON.parse(frame);
  return `${ErrorCode} ${ErrorMessage}`;
}

function mayPass(error: unknown): error is UnreachableError | ApiError {
  if (error instanceof ApiError) return error.status === 429 || error.status >= 500;
  return error instanceof UnreachableError;
}
