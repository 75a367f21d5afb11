import * as v from 'valibot';
import { murmur3 } from '../core/hashing.ts';

/** Experiences that a challenger is asked about before it is promoted. */
export const MOST_EXEMPLARS = 96;

const whole = v.pipe(v.number(), v.integer(), v.minValue(0));

/** Log positions of a sample of everything that was learned; every experience had the same chance to be in it. */
export const exemplars = v.object({
  /** Halvings of the chance so far. */
  halvings: v.pipe(whole, v.maxValue(31)),
  positions: v.array(whole),
});
export type Exemplars = v.InferOutput<typeof exemplars>;

export const noExemplars: Exemplars = { halvings: 0, positions: [] };

/**
 * A sample that depends on nothing but the positions: an experience is in it while the hash of its position ends in as many zeros as the chance was halved, which it is
 * whenever the sample is full (adaptive sampling, Wegman; Flajolet 1990, doi 10.1007/BF02241657).
 */
export function withExemplar(sample: Exemplars, position: number): Exemplars {
  if (!isIn(position, sample.halvings)) return sample;
  let { halvings } = sample;
  let positions = [...sample.positions, position];
  while (positions.length > MOST_EXEMPLARS) {
    halvings++;
    positions = positions.filter((one) => isIn(one, halvings));
  }
  return { halvings, positions };
}

function isIn(position: number, halvings: number): boolean {
  return murmur3(String(position)) % 2 ** halvings === 0;
}
