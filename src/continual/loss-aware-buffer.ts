import type { Rng } from '../core/rng.ts';
import { ClassBalancedBuffer } from './class-balanced-buffer.ts';
import type { ReplayEntry } from './replay-buffer.ts';

/** Share of every draw that is uniform, so that no entry is forgotten. */
const UNIFORM_SHARE = 0.5;
/** Of so many entries drawn at random the one with the smallest loss goes. */
const CANDIDATES = 4;

/**
 * A class-balanced buffer that gives away what is known best (loss-aware reservoir sampling, LARS, Buzzega et al. 2021, arXiv 2010.05595) and draws
 * what is known worst more often: half of a draw is uniform, half in proportion to the last known loss.
 */
export class LossAwareBuffer extends ClassBalancedBuffer {
  override readonly usesLosses = true;

  protected override leastWorth(draw: () => number): number {
    let least = draw();
    for (let i = 1; i < CANDIDATES; i++) {
      const other = draw();
      if (this.list.all[other]!.loss < this.list.all[least]!.loss) least = other;
    }
    return least;
  }

  override sample(count: number, rng: Rng): ReplayEntry[] {
    const entries = this.list.all;
    if (entries.length === 0) return [];
    const cumulative = new Float64Array(entries.length);
    const total = entries.reduce((sum, entry) => sum + Math.max(0, entry.loss), 0);
    let sum = 0;
    entries.forEach(({ loss }, place) => {
      const ofLoss = total > 0 ? Math.max(0, loss) / total : 1 / entries.length;
      sum += UNIFORM_SHARE / entries.length + (1 - UNIFORM_SHARE) * ofLoss;
      cumulative[place] = sum;
    });
    return Array.from({ length: count }, () => entries[firstAbove(cumulative, rng.nextFloat() * sum)]!);
  }
}

function firstAbove(cumulative: Float64Array, value: number): number {
  let [low, high] = [0, cumulative.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulative[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
