import { Rng } from '../../src/core/rng.ts';
import type { DriftDetector } from '../../src/monitor/drift/drift-detector.ts';
import { bernoulli, type Draw } from './detectors-streams.ts';

/** A change of the level of a stream. */
export interface Change {
  readonly before: number;
  readonly after: number;
  /** Values before it. */
  readonly stable: number;
  /** Values over which it comes, in a straight line; 0 for a jump. */
  readonly width?: number;
  readonly draw?: Draw;
}

export interface Delays {
  /** Of the runs that found it, from the start of the change; the horizon where none did. */
  readonly mean: number;
  /** Where a missed one counts as the whole horizon. */
  readonly meanWithMissed: number;
  readonly missedShare: number;
  /** Runs with an alarm before the change, after which the detector went on. */
  readonly early: number;
}

export interface DelayProtocol {
  readonly runs: number;
  /** Values after the start of the change; what is not found within them is missed. */
  readonly horizon: number;
  readonly seed: number;
}

/** @param found whether the last update found what is looked for */
export function delaysOf<D extends DriftDetector>(
  create: () => D,
  change: Change,
  { runs, horizon, seed }: DelayProtocol,
  found: (detector: D) => boolean = ({ driftDetected }) => driftDetected,
): Delays {
  let [early, sum, hits] = [0, 0, 0];
  for (let run = 0; run < runs; run++) {
    const [detector, rng] = [create(), Rng.fromSeed(seed + run)];
    if (alarmsIn(detector, change.stable, () => draw(change, rng, change.before)) > 0) early++;
    const delay = delayIn(detector, change, rng, horizon, found);
    if (delay === undefined) continue;
    hits++;
    sum += delay;
  }
  const missed = runs - hits;
  return {
    mean: hits === 0 ? horizon : sum / hits,
    meanWithMissed: (sum + missed * horizon) / runs,
    missedShare: missed / runs,
    early,
  };
}

function delayIn<D extends DriftDetector>(
  detector: D,
  change: Change,
  rng: Rng,
  horizon: number,
  found: (detector: D) => boolean,
): number | undefined {
  const { before, after, width = 0 } = change;
  for (let i = 1; i <= horizon; i++) {
    const share = width === 0 ? 1 : Math.min(1, i / width);
    detector.update(draw(change, rng, before + share * (after - before)));
    if (found(detector)) return i;
  }
  return undefined;
}

/** Alarms among so many values. */
export function alarmsIn(detector: DriftDetector, count: number, next: () => number): number {
  let alarms = 0;
  for (let i = 0; i < count; i++) {
    detector.update(next());
    if (detector.driftDetected) alarms++;
  }
  return alarms;
}

export interface StableProtocol {
  readonly streams: number;
  readonly length: number;
  readonly seed: number;
}

export interface FalseAlarms {
  readonly alarms: number;
  readonly per10000: number;
  /** Of the values. */
  readonly warningShare: number;
}

/** On streams whose level stays; each begins with a new detector. */
export function falseAlarmsOf(
  create: () => DriftDetector,
  level: number,
  { streams, length, seed }: StableProtocol,
  draw: Draw = bernoulli,
): FalseAlarms {
  let [alarms, warnings] = [0, 0];
  for (let stream = 0; stream < streams; stream++) {
    const [detector, rng] = [create(), Rng.fromSeed(seed + stream)];
    for (let i = 0; i < length; i++) {
      detector.update(draw(rng, level));
      if (detector.driftDetected) alarms++;
      else if (detector.warningDetected) warnings++;
    }
  }
  const values = streams * length;
  return { alarms, per10000: (1e4 * alarms) / values, warningShare: warnings / values };
}

function draw({ draw: from = bernoulli }: Change, rng: Rng, level: number): number {
  return from(rng, level);
}

/** What the mean delay leaves out. */
export function delayNote({ meanWithMissed, missedShare, early }: Delays, { runs, horizon }: DelayProtocol): string {
  const parts = [`${percent(missedShare)} missed`];
  if (missedShare > 0) parts.push(`${meanWithMissed.toFixed(0)} with each of them as ${horizon}`);
  if (early > 0) parts.push(`an alarm before it in ${early} of ${runs} runs`);
  return parts.join('; ');
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(share > 0 && share < 0.01 ? 2 : 1)} %`;
}
