import { describe, expect, it } from 'vitest';
import { clusteredEmbeddings, randomEmbeddings } from '../../bench/compute/candidates.ts';
import { meanQuality, rankingQuality } from '../../bench/compute/ranking-quality.ts';
import { qualities } from '../../bench/compute/top-k-quality.ts';

describe('what rounding costs in quality', () => {
  it.each([
    ['random', randomEmbeddings, 0.99, 0.96],
    ['clustered', clusteredEmbeddings, 0.985, 0.91],
  ] as const)('%s embeddings keep most of the best ten in halves and int8', async (_, make, halves, codes) => {
    const candidates = make(4000, 64, 64, 1);
    const half = meanQuality(await qualities(candidates, { storage: 'float16' }));
    const code = meanQuality(await qualities(candidates, { storage: 'int8' }));
    const anew = meanQuality(await qualities(candidates, { storage: 'int8', rescore: true }));
    expect(half.recall).toBeGreaterThan(halves);
    expect(half.ndcg).toBeGreaterThan(halves);
    expect(code.recall).toBeGreaterThan(codes);
    expect(code.ndcg).toBeGreaterThan(codes);
    // Rounding moves something, or nothing would have been measured; a fourfold choice makes up for it.
    expect(code.ndcg).toBeLessThan(1);
    expect(anew).toEqual({ recall: 1, ndcg: 1 });
  });

  it('counts places by their worth', () => {
    expect(rankingQuality([7, 8, 9], [7, 8, 9])).toEqual({ recall: 1, ndcg: 1 });
    expect(rankingQuality([7, 8, 9], [1, 2, 3])).toEqual({ recall: 0, ndcg: 0 });
    // (2 + 3 / log2(3)) / (3 + 2 / log2(3) + 1 / log2(4))
    const { recall, ndcg } = rankingQuality([7, 8, 9], [8, 7, 5]);
    expect(recall).toBeCloseTo(2 / 3, 12);
    expect(ndcg).toBeCloseTo(0.817494, 6);
  });
});
