import type { PartState } from '../../core/part-state.ts';
import { AdaptiveLevel } from './adaptive-level.ts';
import { corrupt } from '../../core/read-state.ts';
import { checkWhole, copyArrays, joinStates, partOfState, restoreArrays } from './part-arrays.ts';

export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

/** How fast an end moves beyond the widest residual known, for each unit of level that is asked beyond it. */
const REACH = 10;

/**
 * Prediction intervals whose coverage holds in the long run whatever the data do: conformal prediction on the last residuals, each over its difficulty,
 * with the level of each end adapted to its misses (adaptive conformal inference, Gibbs and Candès 2021, arXiv 2106.00170; several rates at once, 2022,
 * arXiv 2208.08401). The two ends are adapted apart, each at half the miss rate, so skewed residuals get a skewed interval.
 */
export class ConformalIntervals {
  readonly #capacity: number;
  /** Residuals over difficulty: as they came, and sorted. */
  readonly #recent: Float32Array<ArrayBuffer>;
  readonly #sorted: Float32Array<ArrayBuffer>;
  /** [next place, residuals held] */
  readonly #ring = new Int32Array(2);
  readonly #below: AdaptiveLevel;
  readonly #above: AdaptiveLevel;

  /** @param coverage in (0, 1) @param window residuals that are remembered @param patience see {@link AdaptiveLevel} */
  constructor(coverage: number, window = 300, patience = 1) {
    this.#capacity = window;
    this.#recent = new Float32Array(window);
    this.#sorted = new Float32Array(window);
    this.#below = new AdaptiveLevel((1 - coverage) / 2, patience);
    this.#above = new AdaptiveLevel((1 - coverage) / 2, patience);
  }

  /** The whole line while nothing is known. @param difficulty > 0, in the target's unit */
  interval(value: number, difficulty: number): Interval {
    const held = this.#ring[1]!;
    if (held === 0) return { lower: -Infinity, upper: Infinity };
    return {
      lower: value + difficulty * this.#end(this.#below.level, -1),
      upper: value + difficulty * this.#end(this.#above.level, 1),
    };
  }

  /** The score that a share of about `level` lies beyond, on the side of `sign`. */
  #end(level: number, sign: 1 | -1): number {
    const held = this.#ring[1]!;
    const rank = level * (held + 1) - 1;
    const at = Math.min(held - 1, Math.max(0, rank));
    const whole = Math.floor(at);
    const [near, far] = [this.#fromEnd(whole + 1, sign), this.#fromEnd(whole, sign)];
    const score = far + (at - whole) * (near - far);
    if (rank >= 0) return score;
    const extent = Math.max(Math.abs(this.#sorted[0]!), Math.abs(this.#sorted[held - 1]!));
    return score + sign * extent * REACH * (1 / (held + 1) - level);
  }

  #fromEnd(rank: number, sign: 1 | -1): number {
    const last = this.#ring[1]! - 1;
    const place = Math.min(last, rank);
    return this.#sorted[sign > 0 ? last - place : place]!;
  }

  /**
   * @param residual target − value of a prediction that was made before its target was known @param difficulty as it was then
   * @param later residuals that were learned after that prediction was made; its interval did not know them
   */
  learn(residual: number, difficulty: number, later = 0): void {
    const score = Math.fround(residual / difficulty);
    if (!Number.isFinite(score)) return;
    const rank = this.#rankOf(score);
    const known = this.#ring[1]! - later;
    if (known > 0) {
      const less = rank - this.#laterLess(score, later);
      this.#below.learn((less + 0.5) / (known + 1));
      this.#above.learn((known - less + 0.5) / (known + 1));
    }
    this.#remember(score, rank);
  }

  /** How many of the `later` newest scores are less than `score`. */
  #laterLess(score: number, later: number): number {
    let less = 0;
    let place = this.#ring[0]!;
    for (let k = 0; k < later; k++) {
      place = place === 0 ? this.#capacity - 1 : place - 1;
      if (this.#recent[place]! < score) less++;
    }
    return less;
  }

  /** Scores held that are less than `score`. */
  #rankOf(score: number): number {
    let [low, high] = [0, this.#ring[1]!];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#sorted[middle]! < score) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #remember(score: number, rank: number): void {
    const [place, held] = this.#ring as unknown as [number, number];
    let at = rank;
    if (held === this.#capacity) {
      const gone = this.#rankOf(this.#recent[place]!);
      if (gone < rank) at--;
      this.#sorted.copyWithin(gone, gone + 1, held);
      this.#sorted.copyWithin(at + 1, at, held - 1);
    } else {
      this.#sorted.copyWithin(at + 1, at, held);
      this.#ring[1] = held + 1;
    }
    this.#sorted[at] = score;
    this.#recent[place] = score;
    this.#ring[0] = (place + 1) % this.#capacity;
  }

  state(): PartState {
    return joinStates({
      own: copyArrays({ recent: this.#recent, ring: this.#ring }),
      below: this.#below.state(),
      above: this.#above.state(),
    });
  }

  restore(state: PartState): void {
    const own = partOfState(state, 'own');
    checkWhole('next place', own.tensors.ring?.[0], 0, this.#capacity - 1);
    checkWhole('residuals held', own.tensors.ring?.[1], 0, this.#capacity);
    const [next, held] = own.tensors.ring as unknown as [number, number];
    if (held < this.#capacity && next !== held) throw corrupt('the window of residuals has a gap');
    this.#below.restore(partOfState(state, 'below'));
    this.#above.restore(partOfState(state, 'above'));
    restoreArrays({ recent: this.#recent, ring: this.#ring }, own);
    this.#sorted.fill(0);
    this.#sorted.set(this.#recent.slice(0, held).sort());
  }
}
