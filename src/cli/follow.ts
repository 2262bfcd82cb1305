/** Following a room or a channel: one connection after another. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, UnreachableError } from './client.ts';
import { CliError } from './errors.ts';

const FIRST_DELAY_MS = 250;
const MAXIMUM_DELAY_MS = 10_000;
/** In a row; with the delays above, about ten minutes. */
const MAXIMUM_FAILURES = 64;

/** What is followed. */
export interface Feed {
  /** Begins another connection. */
  connect(): Promise<WebSocket>;
  /** Whether a frame says that from now on nothing is missed. Absent: nothing is on an open connection. */
  isGreeting?(frame: string): boolean;
  /** What is to be done with a frame: print it, note what it says, or nothing. */
  read(frame: string): { readonly print: string } | { readonly note: string } | undefined;
  /** Why no other connection may be made after a close with this code. Absent: another always may. */
  refusal?(code: number, reason: string): string | undefined;
}

export interface Following extends Feed {
  /** Ends the following. */
  readonly signal: AbortSignal;
  /** Takes each frame that is to be printed. What it throws ends the following. */
  print(frame: string): void;
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
async function listen({ signal, print, note, ...feed }: Following): Promise<void> {
  const socket = await feed.connect();
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  let connected = false;
  const begin = () => {
    connected = true;
    note('Connected.');
  };
  socket.onopen = () => {
    if (!feed.isGreeting) begin();
  };
  socket.onmessage = ({ data }) => {
    try {
      const frame = String(data);
      if (!connected && feed.isGreeting?.(frame)) return begin();
      const read = feed.read(frame);
      if (read && 'print' in read) print(read.print);
      else if (read) note(read.note);
    } catch (error) {
      reject(error);
      socket.close();
    }
  };
  socket.onclose = ({ code, reason }) => {
    const refusal = feed.refusal?.(code, reason);
    if (refusal !== undefined) reject(new CliError(refusal));
    else if (connected) resolve();
    else reject(new UnreachableError(`${new URL(socket.url).origin} refuses the WebSocket connection.`));
  };
  const close = () => socket.close(1000);
  signal.addEventListener('abort', close, { once: true });
  await ended.finally(() => signal.removeEventListener('abort', close));
}

function mayPass(error: unknown): error is UnreachableError | ApiError {
  if (error instanceof ApiError) return error.status === 429 || error.status >= 500;
  return error instanceof UnreachableError;
}
