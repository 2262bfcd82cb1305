/** What a run leaves behind, and what follows from the raw values: medians, ranges, ratios, verdicts. */
import { readFile } from 'node:fs/promises';
import type { Sample } from './driver/job.ts';
import type { Machine } from './machine.ts';
import type { Metric, Scenario, Target } from './scenario.ts';

/** One variant in one round. */
export interface Measurement {
  readonly round: number;
  /** Its place in the round's order, from 1. */
  readonly place: number;
  /** Absent when the measurement failed. */
  readonly sample?: Sample;
  readonly failure?: string;
}

export interface VariantResult {
  readonly name: string;
  readonly measurements: Measurement[];
}

export interface ScenarioResult {
  readonly name: string;
  readonly title: string;
  readonly measuredAt: string;
  readonly commit: string;
  readonly quick: boolean;
  readonly machine: Machine;
  readonly metrics: readonly [Metric, ...Metric[]];
  readonly variants: readonly VariantResult[];
  readonly targets: readonly Target[];
}

export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface Judgement {
  /** The target in words. */
  readonly text: string;
  /** What was measured in words. */
  readonly measured: string;
  readonly verdict: 'met' | 'MISSED' | 'not measured';
}

/** A result without measurements yet. */
export function emptyResult(
  scenario: Scenario,
  about: Pick<ScenarioResult, 'commit' | 'quick' | 'machine'>,
): ScenarioResult {
  const { name, title, metrics, targets } = scenario;
  const variants = scenario.variants.map((variant) => ({ name: variant.name, measurements: [] }));
  return { name, title, measuredAt: new Date().toISOString(), ...about, metrics, variants, targets };
}

function summarize(values: readonly number[]): Summary | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]];
  if (min === undefined || max === undefined || low === undefined || high === undefined) return undefined;
  return { median: (low + high) / 2, min, max };
}

/** Median, least and most of a metric over the rounds; undefined when it was never measured. */
export function summaryOf(variant: VariantResult, metric: string): Summary | undefined {
  return summarize(variant.measurements.map(({ sample }) => sample?.[metric]).filter((value) => value !== undefined));
}

/** The ratio of two variants' medians, with the least and the most ratio within one round. */
export function ratioOf(variant: VariantResult, control: VariantResult, metric: string): Summary | undefined {
  const [own, other] = [summaryOf(variant, metric), summaryOf(control, metric)];
  if (own === undefined || other === undefined) return undefined;
  const perRound = variant.measurements.map(({ round, sample }) => {
    const against = control.measurements.find((measurement) => measurement.round === round)?.sample?.[metric];
    const value = sample?.[metric];
    return value === undefined || against === undefined ? undefined : value / against;
  });
  const spread = summarize(perRound.filter((ratio) => ratio !== undefined));
  const median = own.median / other.median;
  return { median, min: spread?.min ?? median, max: spread?.max ?? median };
}

export function formatValue(metric: Metric, value: number): string {
  const options = { minimumFractionDigits: metric.digits, maximumFractionDigits: metric.digits };
  return (value * (metric.scale ?? 1)).toLocaleString('en-US', options);
}

/** Holds a target against what was measured. */
export function judge(result: ScenarioResult, target: Target): Judgement {
  const metric = result.metrics.find(({ key }) => key === target.metric) ?? result.metrics[0];
  const [subject] = result.variants;
  const control = result.variants.find(({ name }) => name === target.timesMedianOf);
  const format = (value: number) => (control === undefined ? formatValue(metric, value) : `${value.toFixed(2)}x`);
  const against = control === undefined ? '' : ` ${control.name}`;
  const text = `${metric.label} ${target.is} ${format(target.value)}${against}`;
  const found =
    subject && (control === undefined ? summaryOf(subject, metric.key) : ratioOf(subject, control, metric.key));
  if (found === undefined) return { text, measured: '', verdict: 'not measured' };
  const met = target.is === 'at least' ? found.median >= target.value : found.median <= target.value;
  const measured = `${format(found.median)} (${format(found.min)} to ${format(found.max)})`;
  return { text, measured, verdict: met ? 'met' : 'MISSED' };
}

/** Reads the results of an earlier run; none when there was no run. */
export async function readResults(file: string): Promise<ScenarioResult[]> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
