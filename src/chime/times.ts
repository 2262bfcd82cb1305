/** Times over HTTP are numbers of seconds, on the socket ISO text (spec/chime-messaging 0.3). */

export const DAY_MS = 86_400_000;

/** Shows milliseconds since the epoch. */
export type ShowTime<T> = (ms: number) => T;

/** As in HTTP replies. */
export const epoch: ShowTime<number> = (ms) => ms / 1000;

/** As in events. */
export const iso: ShowTime<string> = (ms) => new Date(ms).toISOString();

/** The milliseconds of a position, which counts microseconds. */
export function millisecondsOf(position: number): number {
  return Math.floor(position / 1000);
}

/** The next position of a channel: the present, but behind the last one. @param nowMs milliseconds since the epoch */
export function nextPosition(last: number, nowMs: number): number {
  return Math.max(nowMs * 1000, last + 1);
}
