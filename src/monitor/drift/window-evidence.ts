import {
  changeEvidence,
  dispersion,
  evidenceBound,
  meanOf,
  olderOf,
  variance,
  type Segment,
} from './change-evidence.ts';
import type { ErrorWindow } from './error-window.ts';

/** Places whose evidence is so far below what would say something, in logarithms, are left out of the sum. */
const NEGLIGIBLE = 6;

/** Evidence of a change in one direction: summed over the places of a window, and the place that most speaks for it. */
export class WindowEvidence {
  sum = 0;
  older: Segment = { size: 0, total: 0 };
  newer: Segment = { size: 0, total: 0 };
  #most = 0;

  add(evidence: number, older: Segment, newer: Segment): void {
    this.sum += evidence;
    if (evidence <= this.#most) return;
    [this.#most, this.older, this.newer] = [evidence, older, newer];
  }
}

export interface EvidenceOptions {
  /** Sums from which on the evidence of a direction says something. */
  readonly leastWorse: number;
  readonly leastBetter: number;
  /** As of {@link changeEvidence}. */
  readonly shiftDeviation: number;
}

/** For either direction: the statistic of Shiryaev and Roberts, each place between buckets standing for those within them. */
export function windowEvidence(
  window: ErrorWindow,
  { leastWorse, leastBetter, shiftDeviation }: EvidenceOptions,
): { worse: WindowEvidence; better: WindowEvidence } {
  const all = window.pooled();
  const [mean, scale] = [meanOf(all), dispersion(all)];
  const spread = variance(mean) * scale;
  const least = { worse: Math.log(leastWorse) - NEGLIGIBLE, better: Math.log(leastBetter) - NEGLIGIBLE };
  const evidence = { worse: new WindowEvidence(), better: new WindowEvidence() };
  window.forEachSplit((size, total, places) => {
    const direction = total > mean * size ? 'worse' : 'better';
    if (evidenceBound(size, total, all, spread) + Math.log(places) < least[direction]) return;
    const newer = { size, total: Math.min(size, total) };
    const older = olderOf(all, newer);
    const weight = places * changeEvidence(older, newer, all, scale, shiftDeviation);
    evidence[direction].add(weight, older, newer);
  });
  return evidence;
}
