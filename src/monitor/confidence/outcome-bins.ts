import * as v from 'valibot';
import { parseState } from '../distribution/parse-state.ts';
import { BINS, binOf } from './share-bins.ts';

/** Sums over decisions of one bin: x is what the model said, y what came of it. */
export interface OutcomeSums {
  weight: number;
  /** Of squared weights: how many decisions the weight is worth. */
  weightSquares: number;
  x: number;
  y: number;
  xx: number;
  xy: number;
  yy: number;
}

const finite = v.pipe(v.number(), v.finite());
const positive = v.pipe(finite, v.minValue(0));
/** Bin, weight, squared weights, x, y, xx, xy, yy. */
const entry = v.strictTuple([
  v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(BINS - 1)),
  positive,
  positive,
  finite,
  finite,
  positive,
  finite,
  positive,
]);
export const outcomeBinsSchema = v.pipe(
  v.array(entry),
  v.check((entries) => entries.every(([bin], i) => i === 0 || entries[i - 1]![0] < bin), 'bins are not in order'),
);
/** Plain JSON; bins without decisions are left out. */
export type OutcomeBinsState = v.InferOutput<typeof outcomeBinsSchema>;

/** What came of decisions, by what the model said of them; older ones may count less. At most {@link BINS} times eight numbers. */
export class OutcomeBins {
  readonly #keep: number;
  #bins: OutcomeSums[] = Array.from({ length: BINS }, emptySums);

  /** @param halfLife outcomes after which one counts half; Infinity: all count the same */
  constructor(halfLife = Infinity) {
    this.#keep = 0.5 ** (1 / halfLife);
  }

  /** @param share in [0, 1] by which the bin is found @param x what the model said, in its own unit */
  update(share: number, x: number, y: number): void {
    if (this.#keep < 1) for (const bin of this.#bins) fade(bin, this.#keep);
    const bin = this.#bins[binOf(share)]!;
    bin.weight += 1;
    bin.weightSquares += 1;
    bin.x += x;
    bin.y += y;
    bin.xx += x * x;
    bin.xy += x * y;
    bin.yy += y * y;
  }

  /** Takes in what another one of the same half-life has seen. */
  merge(other: OutcomeBins): void {
    this.#bins.forEach((bin, i) => addSums(bin, other.#bins[i]!));
  }

  /** [BINS] */
  get bins(): readonly Readonly<OutcomeSums>[] {
    return this.#bins;
  }

  total(): OutcomeSums {
    const total = emptySums();
    for (const bin of this.#bins) addSums(total, bin);
    return total;
  }

  /** Neighbouring bins put together to about equal weights. @param count at most so many */
  groups(count: number): OutcomeSums[] {
    const groups: OutcomeSums[] = [];
    let left = this.total().weight;
    let group = emptySums();
    for (const bin of this.#bins) {
      const share = (left + group.weight) / (count - groups.length);
      // The border that is nearer to an equal share.
      if (group.weight > 0 && groups.length < count - 1 && group.weight + bin.weight / 2 >= share) {
        groups.push(group);
        group = emptySums();
      }
      addSums(group, bin);
      left -= bin.weight;
    }
    return group.weight > 0 ? [...groups, group] : groups;
  }

  state(): OutcomeBinsState {
    return this.#bins.flatMap(({ weight, weightSquares, x, y, xx, xy, yy }, bin): OutcomeBinsState =>
      weight > 0 ? [[bin, weight, weightSquares, x, y, xx, xy, yy]] : [],
    );
  }

  /** @param state of {@link state}, untrusted @throws CHECKPOINT_CORRUPT */
  restore(state: unknown): void {
    const entries = parseState(outcomeBinsSchema, state, 'outcomes');
    this.#bins = Array.from({ length: BINS }, emptySums);
    for (const [bin, weight, weightSquares, x, y, xx, xy, yy] of entries) {
      this.#bins[bin] = { weight, weightSquares, x, y, xx, xy, yy };
    }
  }
}

function emptySums(): OutcomeSums {
  return { weight: 0, weightSquares: 0, x: 0, y: 0, xx: 0, xy: 0, yy: 0 };
}

function addSums(into: OutcomeSums, from: Readonly<OutcomeSums>): void {
  into.weight += from.weight;
  into.weightSquares += from.weightSquares;
  into.x += from.x;
  into.y += from.y;
  into.xx += from.xx;
  into.xy += from.xy;
  into.yy += from.yy;
}

function fade(bin: OutcomeSums, keep: number): void {
  bin.weight *= keep;
  bin.weightSquares *= keep * keep;
  bin.x *= keep;
  bin.y *= keep;
  bin.xx *= keep;
  bin.xy *= keep;
  bin.yy *= keep;
}
