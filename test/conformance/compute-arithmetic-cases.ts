import { describe, expect, it } from 'vitest';
import type { Batch, ComputeBackend, Network, NetworkSpec, NetworkState } from '../../src/compute/compute.ts';
import { Rng } from '../../src/core/rng.ts';
import {
  largestDifference,
  learnedState,
  nameOf,
  randomAnchor,
  randomBatch,
  randomVector,
  rehearsalBatch,
  sparseBatch,
  tolerance,
} from './compute-fixtures.ts';
import {
  referenceAnchoredStep,
  referenceLoss,
  referenceMoments,
  referenceScores,
  referenceSlope,
  referenceSquaredSlope,
  referenceStep,
} from './compute-reference.ts';

/** The numbers that a network of this kind has to give, held against plain loops in double precision and finite differences. */
export function describeArithmetic(spec: NetworkSpec, backend: () => ComputeBackend): void {
  const state = learnedState(spec, 3);
  const at = async <T>(from: NetworkState, work: (network: Network) => Promise<T>, as = spec): Promise<T> => {
    const network = backend().createNetwork(as, from);
    try {
      return await work(network);
    } finally {
      network.dispose();
    }
  };

  describe(nameOf(spec), () => {
    it('predicts what the formula gives, for any number of rows', () =>
      at(state, async (network) => {
        for (const rows of [0, 1, 5, 70, 600]) {
          const inputs = randomVector(Rng.fromSeed(rows), rows * spec.inputSize);
          const scores = await network.predict(inputs, rows);
          const expected = referenceScores(spec, state.parameters, inputs, rows);
          expect(largestDifference(scores, expected)).toBeLessThan(tolerance);
        }
        const { inputs } = sparseBatch(spec, 2);
        const expected = referenceScores(spec, state.parameters, inputs, spec.batchSize);
        expect(largestDifference(await network.predict(inputs, spec.batchSize), expected)).toBeLessThan(tolerance);
      }));

    it('gives the loss and the slopes that finite differences give', () =>
      at(state, (network) => expectSlopes(network, state, randomBatch(spec, 4), 60)));

    it('gives them too where most inputs are 0, and with a number of rows that no block fits', async () => {
      await at(state, (network) => expectSlopes(network, state, sparseBatch(spec, 4), 40));
      const odd = { ...spec, batchSize: 23 };
      await at(state, (network) => expectSlopes(network, state, randomBatch(odd, 5), 40), odd);
      const few = { ...spec, batchSize: 3 };
      await at(state, (network) => expectSlopes(network, state, randomBatch(few, 6), 40), few);
    });

    it('gives them too with a mask a row, scores to stay near, and any number of rows that is allowed', () =>
      at(state, async (network) => {
        for (const rows of [8, 16, 64])
          await expectSlopes(network, state, rehearsalBatch(spec, 40 + rows, rows), rows > 16 ? 15 : 30);
      }));

    it('gives no slopes where no row counts', () =>
      at(state, async (network) => {
        const nothing = { ...randomBatch(spec, 4), weights: new Float32Array(spec.batchSize) };
        const { loss, gradients } = await network.gradients(nothing);
        expect(loss).toBe(0);
        expect(gradients.every((slope) => slope === 0)).toBe(true);
      }));

    it('takes the step of the papers', () =>
      at(state, async (network) => {
        const batch = randomBatch(spec, 5);
        const { gradients } = await network.gradients(batch);
        await network.learn(batch);
        const after = await network.state();
        const moments = referenceMoments(spec, state, gradients);
        expect(after.step).toBe(state.step + 1);
        expect(largestDifference(after.parameters, referenceStep(spec, state, gradients))).toBeLessThan(1e-6);
        expect(largestDifference(after.firstMoment, moments.firstMoment)).toBeLessThan(1e-6);
        expect(largestDifference(after.secondMoment, moments.secondMoment)).toBeLessThan(1e-6);
      }));

    it('goes from there to its anchor as far as the importances say', () =>
      at(state, async (network) => {
        const batch = { ...randomBatch(spec, 5), anchor: randomAnchor(spec, 6) };
        const plain = await network.gradients(randomBatch(spec, 5));
        const { loss, gradients } = await network.gradients(batch);
        expect([loss, gradients], 'what is read leaves it out').toEqual([plain.loss, plain.gradients]);
        await network.learn(batch);
        const expected = referenceAnchoredStep(spec, state, gradients, batch.anchor);
        expect(largestDifference((await network.state()).parameters, expected)).toBeLessThan(2e-6);
        // Another object, other values: what is kept of the first must not stand for it.
        const before = await network.state();
        const next = { ...batch, anchor: randomAnchor(spec, 7) };
        await network.learn(next);
        const slopes = (await at(before, (other) => other.gradients(next))).gradients;
        const then = referenceAnchoredStep(spec, before, slopes, next.anchor);
        expect(largestDifference((await network.state()).parameters, then)).toBeLessThan(2e-6);
      }));

    it('sums the squares of the slopes that finite differences give for each row', () =>
      at(state, async (network) => {
        for (const batch of [randomBatch(spec, 8), sparseBatch(spec, 8), rehearsalBatch(spec, 9, 8)]) {
          const squares = await network.squaredGradients(batch);
          expect(squares).toHaveLength(state.parameters.length);
          for (const index of spread(squares.length, 12)) {
            const expected = referenceSquaredSlope(spec, state.parameters, batch, index);
            expect(Math.abs(squares[index]! - expected)).toBeLessThan(tolerance * Math.max(1, expected));
          }
        }
        expect(await network.state(), 'nothing was learned').toEqual(state);
      }));
  });
}

/** @param count of the slopes that are looked at */
async function expectSlopes(
  network: Network,
  { parameters }: NetworkState,
  batch: Batch,
  count: number,
): Promise<void> {
  const { loss, gradients } = await network.gradients(batch);
  expect(Math.abs(loss - referenceLoss(network.spec, parameters, batch))).toBeLessThan(tolerance);
  for (const index of spread(gradients.length, count)) {
    const slope = referenceSlope(network.spec, parameters, batch, index);
    expect(Math.abs(gradients[index]! - slope), `slope ${index}`).toBeLessThan(tolerance);
  }
}

/** As many places, first and last among them, evenly spread. */
function spread(length: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.floor((i * (length - 1)) / (count - 1)));
}
