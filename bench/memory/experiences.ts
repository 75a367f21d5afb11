import type { ExperienceRecord } from '../../src/memory/records.ts';

const DAY_MS = 86_400_000;
const ITEMS = 500;
const topics = ['css', 'wasm', 'gpu', 'privacy', 'typescript', 'storage', 'testing'] as const;

/** The `index`-th experience of a ranking as a page with articles makes it; ids, items and times all differ. */
export function rankingExperience(modelKey: string, index: number): ExperienceRecord {
  const item = `article-${String((index * 7919) % ITEMS)}`;
  const decisionId = `decision-${String(Math.floor(index / 3)).padStart(9, '0')}`;
  return {
    experienceId: `${decisionId}:click:${item}:${String(index)}`,
    decisionId,
    modelKey,
    observedAtMs: 1_760_000_000_000 + index * (DAY_MS / 1000),
    payload: {
      kind: 'ranking',
      context: { hour: index % 24, device: index % 3 === 0 ? 'phone' : 'laptop', returning: 1 },
      candidateId: item,
      candidate: {
        topic: topics[index % topics.length] ?? 'css',
        tags: ['guide', 'long'],
        words: 300 + (index % 1700),
        age: (index % 365) / 7,
        embedding: [0.25, -0.5, (index % 100) / 100, 0.125],
      },
      reward: (index % 10) / 10,
      signals: { click: 1, dwell: (index % 300) / 4 },
      propensity: 0.1,
      slot: index % 10,
      weight: 1,
    },
  };
}
