import { expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { NearestNeighbours } from '../../src/learners/members/nearest-neighbours.ts';
import type { Row } from '../../src/learners/row.ts';

const INPUTS = 3;
const NEIGHBOURS = 4;
const WINDOW = 66;
const shape = { rawSize: INPUTS, denseSize: 2 * INPUTS, hashSize: 0 };

function rowOf(values: readonly number[]): Row {
  const dense = Float32Array.from(values.flatMap((value) => [value, 0]));
  return { raw: Float32Array.from(values), dense, indices: new Int32Array(0), values: new Float32Array(0) };
}

/** The rows in the places where a ring of {@link WINDOW} has them; of two that are as far away the first place wins. */
function nearestOf(kept: readonly { readonly x: Float32Array; readonly label: number }[], x: Float32Array): number[] {
  const far = kept.map(({ x: other }) => other.reduce((sum, value, i) => sum + (x[i]! - value) ** 2, 0));
  const order = [...kept.keys()].sort((a, b) => far[a]! - far[b]! || a - b).slice(0, NEIGHBOURS);
  const reach = Math.sqrt(far[order.at(-1)!]!);
  const votes = [0.25, 0.25];
  for (const place of order) votes[kept[place]!.label]! += reach > 0 ? 1.2 - Math.sqrt(far[place]!) / reach : 1;
  const total = votes[0]! + votes[1]!;
  return votes.map((vote) => vote / total);
}

it('answers as a search through all rows does, however many they are', () => {
  const rng = Rng.fromSeed(3);
  const options = { neighbours: NEIGHBOURS, window: WINDOW, numbers: WINDOW * INPUTS, seed: 1 };
  const model = new NearestNeighbours(shape, 2, options);
  const kept: { x: Float32Array; label: number }[] = [];
  const out = new Float64Array(2);
  for (let step = 0; step < 2.5 * WINDOW; step++) {
    // On a grid, so that many are as far away as others.
    const row = rowOf(Array.from({ length: INPUTS }, () => rng.nextInt(6)));
    if (step > 0) {
      model.predictProbaOne(row, out);
      const expected = nearestOf(kept, row.raw);
      expect(out[0]).toBeCloseTo(expected[0]!, 12);
      expect(out[1]).toBeCloseTo(expected[1]!, 12);
    }
    const label = rng.nextInt(2);
    model.learnOne(row, label, 1);
    kept[step % WINDOW] = { x: row.raw, label };
  }
});
