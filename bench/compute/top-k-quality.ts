import type { CandidateIndexOptions } from '../../src/compute/candidate-index/candidate-index.ts';
import { createCandidateIndex } from '../../src/compute/candidate-index/create-candidate-index.ts';
import type { Figure, FigureSection } from '../sections/section.ts';
import { inNode } from '../sections/environment.ts';
import { clusteredEmbeddings, randomEmbeddings, type Candidates } from './candidates.ts';
import { meanQuality, rankingQuality, type RankingQuality } from './ranking-quality.ts';

const K = 10;
const COUNT = 20_000;
const FEATURES = 128;
const QUERIES = 64;
const SEEDS = [1, 2, 3];

type Kind = Pick<CandidateIndexOptions, 'storage' | 'rescore'>;
const kinds: readonly (readonly [string, Kind])[] = [
  ['float16', { storage: 'float16' }],
  ['int8', { storage: 'int8' }],
  ['int8, scored anew', { storage: 'int8', rescore: true }],
];
const sources = [
  ['random', randomEmbeddings],
  ['clustered', clusteredEmbeddings],
] as const;

export const topKQuality: FigureSection = {
  key: 'top-k-quality',
  title: 'What rounded candidates cost in quality',
  protocol: `The best ${K} of ${COUNT.toLocaleString('en-GB')} candidates of ${FEATURES} features by cosine, of rounded rows against those of rows in single precision: ${QUERIES} queries for each of ${SEEDS.length} seeds. Random rows are normal numbers; clustered ones lie around a middle that a hundred share, as embeddings do, and queries are new members. NDCG: the first of the true best is worth ${K}, the last 1. Backends give the same hits, so one of them (wasm, in Node) stands for all.`,
  environment: inNode,
  async measure() {
    const figures: Figure[] = [];
    for (const [source, make] of sources) {
      for (const [what, kind] of kinds) {
        const all: RankingQuality[] = [];
        for (const seed of SEEDS) all.push(...(await qualities(make(COUNT, FEATURES, QUERIES, seed), kind)));
        const { recall, ndcg } = meanQuality(all);
        figures.push(
          { what: `recall@${K}, ${source}, ${what}`, value: recall, unit: '' },
          { what: `NDCG@${K}, ${source}, ${what}`, value: ndcg, unit: '' },
        );
      }
    }
    return figures;
  },
};

/** Of each query, against float32. */
export async function qualities(candidates: Candidates, kind: Kind): Promise<readonly RankingQuality[]> {
  const best = await hits(candidates, { storage: 'float32' });
  const found = await hits(candidates, kind);
  return best.map((slots, query) => rankingQuality(slots, found[query]!));
}

async function hits({ rows, queries, features }: Candidates, kind: Kind): Promise<readonly Int32Array[]> {
  const index = await createCandidateIndex({ features, metric: 'cosine', ...kind }, { name: 'wasm' });
  await index.add(rows);
  const { slots } = await index.search(queries, K);
  index.dispose();
  return Array.from({ length: queries.length / features }, (_, query) => slots.subarray(query * K, (query + 1) * K));
}
