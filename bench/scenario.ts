/** What a scenario is: who is measured, what is measured, and what is expected of it. */
import type { Sample } from './driver/job.ts';
import type { Launcher } from './launcher.ts';

export interface Metric {
  /** Its name in a sample. */
  readonly key: string;
  /** Its heading, unit included. */
  readonly label: string;
  /** Digits after the point. */
  readonly digits: number;
  /** A factor from the sample's unit to the heading's, for example 100 for percent; 1 when absent. */
  readonly scale?: number;
}

/** How busy both ends were, and how far the machine was not theirs alone. */
export const LOAD_METRICS: readonly Metric[] = [
  { key: 'serverLoad', label: 'server busy %', digits: 0, scale: 100 },
  { key: 'driverLoad', label: 'driver busy %', digits: 0, scale: 100 },
  { key: 'disturbance', label: 'disturbed %', digits: 0, scale: 100 },
];

/** Holds the first variant's median against a fixed value, or against another variant's median times a factor. */
export interface Target {
  readonly metric: string;
  readonly is: 'at least' | 'at most';
  readonly value: number;
  /** The variant whose median `value` multiplies; absent: `value` stands alone, in the sample's unit. */
  readonly timesMedianOf?: string;
}

export interface Settings {
  readonly launcher: Launcher;
  /** Short and small: to see that everything runs, not to quote. */
  readonly quick: boolean;
}

export interface Variant {
  readonly name: string;
  /** Takes one sample in fresh processes. */
  measure(settings: Settings): Promise<Sample>;
}

export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly rounds: number;
  /** The first is the one that is charted and compared. */
  readonly metrics: readonly [Metric, ...Metric[]];
  /** The first is the one the targets are about. */
  readonly variants: readonly Variant[];
  readonly targets: readonly Target[];
}
