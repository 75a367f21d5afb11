import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  candidateLimits,
  type CandidateIndex,
  type CandidateIndexOptions,
  type CandidateStorage,
} from '../../src/compute/candidate-index/candidate-index.ts';
import { ScoreError } from '../../src/compute/candidate-index/score-error.ts';
import type { BackendName } from '../../src/compute/compute.ts';
import { Rng } from '../../src/core/rng.ts';
import { dot, randomRows, ReferenceIndex } from './candidate-index-reference.ts';

/** Opens indexes on one backend. */
export interface CandidateBackend {
  create(options: CandidateIndexOptions): Promise<CandidateIndex>;
  dispose(): void;
}
export type OpenCandidates = (name: BackendName) => Promise<CandidateBackend>;

const storages: readonly CandidateStorage[] = ['float32', 'float16', 'int8'];
/** Of |query|·|row|: what single precision, halves, and int8 codes of both sides (for the worst of the rows drawn here) may be off by. */
const errors: Record<CandidateStorage, number> = { float32: 1e-5, float16: 1e-3, int8: 0.04 };
const invalid = expect.objectContaining({ code: 'INVALID_DATA' });
const failed = expect.objectContaining({ code: 'COMPUTE_FAILED' });

/** What every backend has to keep to, wherever it runs. */
export function describeCandidateIndex(name: BackendName, open: () => Promise<CandidateBackend>): void {
  describe(`candidate index on ${name}`, () => {
    let backend: CandidateBackend;
    beforeAll(async () => {
      backend = await open();
    });
    afterAll(() => {
      backend.dispose();
    });

    const withIndex = async <T>(options: CandidateIndexOptions, work: (index: CandidateIndex) => Promise<T>) => {
      const index = await backend.create(options);
      try {
        return await work(index);
      } finally {
        index.dispose();
      }
    };

    describe.each(storages)('%s', (storage) => {
      it('finds what an exhaustive search in double precision finds, for any number of features and any k', () =>
        fc.assert(
          fc.asyncProperty(
            fc.integer({ min: 1, max: 70 }),
            fc.integer({ min: 1, max: 700 }),
            fc.integer({ min: 1, max: 700 }),
            fc.boolean(),
            fc.integer({ min: 0, max: 1000 }),
            (features, count, wanted, cosine, seed) =>
              withIndex({ features, storage, metric: cosine ? 'cosine' : 'inner-product' }, async (index) => {
                const rng = Rng.fromSeed(seed);
                const rows = randomRows(rng, count, features);
                const reference = new ReferenceIndex(cosine);
                reference.put(await index.add(rows), rows, features);
                await expectSameAs(reference, index, randomRows(rng, 1, features), Math.min(wanted, count));
              }),
          ),
          { numRuns: 12, seed: 1 },
        ));

      it('finds it after rows were added, replaced and removed, one by one and many at once', () =>
        fc.assert(
          fc.asyncProperty(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 2, max: 40 }), (seed, features) =>
            withIndex({ features, storage }, async (index) => {
              const rng = Rng.fromSeed(seed);
              const reference = new ReferenceIndex(false);
              for (let round = 0; round < 8; round++) await change(rng, index, reference);
              await expectSameAs(reference, index, randomRows(rng, 1, features), Math.min(25, index.count));
            }),
          ),
          { numRuns: 8, seed: 2 },
        ));

      it('is off by no more than can be said beforehand', () =>
        fc.assert(
          fc.asyncProperty(
            fc.integer({ min: 1, max: 200 }),
            fc.constantFrom(1e-6, 1e-3, 1, 100),
            fc.integer({ min: 0, max: 1000 }),
            (features, size, seed) =>
              withIndex({ features, storage }, async (index) => {
                const rng = Rng.fromSeed(seed);
                // Of any size, some numbers far smaller than others, as in embeddings.
                const spread = (rows: Float32Array) => rows.map((value) => size * value * 10 ** (-4 * rng.nextFloat()));
                const rows = spread(randomRows(rng, 300, features));
                const query = spread(randomRows(rng, 1, features));
                const error = new ScoreError(features, storage);
                error.take(rows.subarray(0, 100 * features));
                error.take(rows.subarray(100 * features));
                await index.add(rows);
                const { slots, scores } = await index.search(query, 300);
                const bound = error.of(query);
                slots.forEach((slot, place) => {
                  const exact = dot(query, rows.subarray(slot * features, (slot + 1) * features));
                  expect(Math.abs(scores[place]! - exact)).toBeLessThanOrEqual(bound);
                });
              }),
          ),
          { numRuns: 12, seed: 3 },
        ));

      it('puts the lower slot first among equal rows, at the edge of k too', () =>
        withIndex({ features: 7, storage }, async (index) => {
          const row = randomRows(Rng.fromSeed(3), 1, 7);
          await index.add(Float32Array.from({ length: 7 * 500 }, (_, i) => row[i % 7]!));
          await index.remove([0, 3, 64]);
          const { slots, scores } = await index.search(row, 70);
          const expected = Array.from({ length: 500 }, (_, slot) => slot).filter((slot) => ![0, 3, 64].includes(slot));
          expect([...slots]).toEqual(expected.slice(0, 70));
          expect(new Set(scores).size).toBe(1);
          const none = await index.search(new Float32Array(7), 5);
          expect([...none.slots]).toEqual([1, 2, 4, 5, 6]);
          expect([...none.scores]).toEqual([0, 0, 0, 0, 0]);
        }));

      it('answers a batch of queries as each of them alone', () =>
        withIndex({ features: 20, storage }, async (index) => {
          const rng = Rng.fromSeed(4);
          await index.add(randomRows(rng, 900, 20));
          const queries = randomRows(rng, 7, 20);
          const together = await index.search(queries, 12);
          for (let query = 0; query < 7; query++) {
            const alone = await index.search(queries.slice(query * 20, (query + 1) * 20), 12);
            expect(together.slots.slice(query * 12, (query + 1) * 12)).toEqual(alone.slots);
            expect(together.scores.slice(query * 12, (query + 1) * 12)).toEqual(alone.scores);
          }
        }));

      it('never gives a row that is gone, also where all that is left scores less than nothing', () =>
        withIndex({ features: 3, storage }, async (index) => {
          const slots = await index.add(Float32Array.from({ length: 3 * 300 }, () => -1));
          await index.remove(slots.slice(10, 290));
          const { slots: found, scores } = await index.search(Float32Array.of(1, 1, 1), 20);
          expect([...found]).toEqual([...slots.slice(0, 10), ...slots.slice(290)]);
          for (const score of scores) expect(score).toBeCloseTo(-3, 1);
        }));
    });

    it('scores the best of rounded rows anew, so that their order and scores are exact', () =>
      withIndex({ features: 32, storage: 'int8', rescore: true }, async (index) => {
        const rng = Rng.fromSeed(5);
        const reference = new ReferenceIndex(false);
        const rows = randomRows(rng, 600, 32);
        const slots = await index.add(rows);
        reference.put(slots, rows, 32);
        const other = randomRows(rng, 2, 32);
        await index.replace(slots.slice(4, 6), other);
        reference.put(slots.slice(4, 6), other, 32);
        await index.remove([9]);
        reference.rows.delete(9);
        const query = randomRows(rng, 1, 32);
        const hits = await index.search(query, 10);
        const expected = reference.ranking(query).slice(0, 10);
        expect([...hits.slots]).toEqual(expected.map(({ slot }) => slot));
        hits.scores.forEach((score, i) => expect(score).toBe(Math.fround(expected[i]!.score)));
      }));

    it('keeps to the order of overlapping calls', () =>
      withIndex({ features: 4, storage: 'int8', rescore: true }, async (index) => {
        const east = Float32Array.of(1, 0, 0, 0);
        const [added, before, replaced, after] = await Promise.all([
          index.add(east),
          index.search(east, 1),
          index.replace([0], Float32Array.of(0, 1, 0, 0)),
          index.search(east, 1),
        ]);
        expect([...added]).toEqual([0]);
        expect(replaced).toBeUndefined();
        expect([before.scores[0], after.scores[0]]).toEqual([1, 0]);
      }));

    it('gives slots out by the calls alone', () =>
      withIndex({ features: 1 }, async (index) => {
        expect([...(await index.add(new Float32Array(0)))]).toEqual([]);
        expect([...(await index.add(Float32Array.of(1, 2, 3)))]).toEqual([0, 1, 2]);
        await index.replace([], new Float32Array(0));
        await index.remove([0, 2]);
        expect(index.count).toBe(1);
        expect([...(await index.add(Float32Array.of(4, 5, 6)))]).toEqual([2, 0, 3]);
        const { slots, scores } = await index.search(Float32Array.of(1), 4);
        expect([[...slots], [...scores]]).toEqual([
          [3, 0, 2, 1],
          [6, 5, 4, 2],
        ]);
      }));

    it('refuses what does not fit, and stays as it was', () =>
      withIndex({ features: 2, storage: 'float16' }, async (index) => {
        await index.add(Float32Array.of(1, 2, 3, 4));
        for (const rows of [[1], [1, NaN], [Infinity, 0], [65_505, 0]]) {
          await expect(index.add(Float32Array.from(rows))).rejects.toEqual(invalid);
          await expect(index.replace([0], Float32Array.from(rows))).rejects.toEqual(invalid);
        }
        await expect(index.replace([0, 1], Float32Array.of(1, 1))).rejects.toEqual(invalid);
        for (const slots of [[2], [-1], [0.5], [0, 0]]) {
          await expect(index.remove(slots)).rejects.toEqual(invalid);
        }
        const query = Float32Array.of(1, 1);
        for (const k of [0, 3, 1.5, NaN]) await expect(index.search(query, k)).rejects.toEqual(invalid);
        await expect(index.search(Float32Array.of(NaN, 1), 1)).rejects.toEqual(invalid);
        await expect(index.search(new Float32Array(0), 1)).rejects.toEqual(invalid);
        await expect(index.search(new Float32Array(2 * (candidateLimits.queries + 1)), 1)).rejects.toEqual(invalid);
        expect((await index.search(query, 2)).scores).toEqual(Float32Array.of(7, 3));
      }));

    it('refuses options that are none', async () => {
      const config = expect.objectContaining({ code: 'INVALID_CONFIG' });
      const wrong = [
        { features: 0 },
        { features: 4097 },
        { features: 2, capacity: -1 },
        { features: 2, storage: 'int4' },
      ];
      for (const options of wrong) {
        await expect(backend.create(options as CandidateIndexOptions)).rejects.toEqual(config);
      }
    });

    it('holds nothing after it was disposed, and refuses every call', async () => {
      const index = await backend.create({ features: 8, rescore: true, storage: 'int8' });
      await index.add(randomRows(Rng.fromSeed(6), 100, 8));
      const { deviceBytes, hostBytes } = index.memory();
      expect(deviceBytes + hostBytes).toBeGreaterThan(800);
      index.dispose();
      index.dispose();
      expect(index.memory().deviceBytes).toBe(0);
      await expect(index.add(new Float32Array(8))).rejects.toEqual(failed);
      await expect(index.remove([0])).rejects.toEqual(failed);
      await expect(index.search(new Float32Array(8), 1)).rejects.toEqual(failed);
    });
  });
}

/** Backends agree with int8 to the bit: every sum is a whole number. */
export function describeCandidateAgreement(names: readonly BackendName[], open: OpenCandidates): void {
  it(`candidate indexes on ${names.join(', ')} give the same int8 hits, to the bit`, async () => {
    const rng = Rng.fromSeed(7);
    const rows = randomRows(rng, 3000, 61);
    const queries = randomRows(rng, 3, 61);
    const found = await Promise.all(
      names.map(async (name) => {
        const backend = await open(name);
        const index = await backend.create({ features: 61, storage: 'int8', metric: 'cosine' });
        await index.add(rows);
        const hits = await index.search(queries, 300);
        index.dispose();
        backend.dispose();
        return hits;
      }),
    );
    for (const hits of found) expect(hits).toEqual(found[0]);
  });
}

async function change(rng: Rng, index: CandidateIndex, reference: ReferenceIndex): Promise<void> {
  const features = index.features;
  const fresh = randomRows(rng, [1, 3, 150][rng.nextInt(3)]!, features);
  reference.put(await index.add(fresh), fresh, features);
  const known = rng.shuffle([...reference.rows.keys()]);
  const gone = known.splice(0, Math.floor(known.length / [3, 50][rng.nextInt(2)]!));
  await index.remove(gone);
  for (const slot of gone) reference.rows.delete(slot);
  const changed = known.slice(0, [1, 20][rng.nextInt(2)]);
  const others = randomRows(rng, changed.length, features);
  await index.replace(changed, others);
  reference.put(changed, others, features);
  expect(index.count).toBe(reference.rows.size);
}

/** Each place has a candidate whose true score is the true score of that place, up to what the storage rounds. */
async function expectSameAs(
  reference: ReferenceIndex,
  index: CandidateIndex,
  query: Float32Array,
  k: number,
): Promise<void> {
  const { slots, scores } = await index.search(query, k);
  const expected = reference.ranking(query);
  const longest = Math.max(...[...reference.rows.values()].map((row) => Math.sqrt(dot(row, row))));
  const scale = reference.cosine ? 1 : longest * Math.sqrt(dot(query, query));
  const bound = 2 * errors[index.storage] * scale;
  expect(new Set(slots).size).toBe(k);
  slots.forEach((slot, place) => {
    const trueScore = reference.score(query, reference.rows.get(slot)!);
    expect(Math.abs(scores[place]! - trueScore)).toBeLessThanOrEqual(bound);
    expect(Math.abs(trueScore - expected[place]!.score)).toBeLessThanOrEqual(bound);
    if (place > 0) expect(scores[place]!).toBeLessThanOrEqual(scores[place - 1]!);
  });
}
