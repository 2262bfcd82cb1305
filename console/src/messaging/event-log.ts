import { signal } from '@preact/signals';
import { clockTime } from '../clock-time.ts';
import type { DemoPerson } from '../server.ts';

/** One line of the list of events: a frame that somebody was sent, or what has happened to their connection. */
export interface Line {
  readonly key: number;
  readonly time: string;
  readonly of: DemoPerson;
  readonly kind: 'event' | 'connection';
  /** The frame as it came. */
  readonly text: string;
}

const KEPT_LINES = 300;

/** What all three were sent, newest first. */
export const lines = signal<readonly Line[]>([]);

let recorded = 0;

export function record(of: DemoPerson, kind: Line['kind'], text: string): void {
  recorded += 1;
  const line = { key: recorded, time: clockTime(new Date()), of, kind, text };
  lines.value = [line, ...lines.value].slice(0, KEPT_LINES);
}
