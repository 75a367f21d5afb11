import type { Candidate, Features, RankingTask } from 'tendril';

import { type Entry, yearOf } from './entry.ts';

export const TASK_ID = 'web-features';

/** The learning problem in words: which entries does this reader open, given what they are about? */
export function readerTask(seed: number): RankingTask {
  return {
    id: TASK_ID,
    kind: 'ranking',
    seed,
    // A page to look at: every order is to show what was learned.
    comparison: { share: 0 },
    schema: {
      context: { daypart: 'categorical', narrow: 'categorical' },
      candidate: { topics: 'multi-hot', text: 'text', year: 'numeric', baseline: 'categorical' },
    },
  };
}

export function candidateOf(entry: Entry): Candidate {
  return {
    id: entry.id,
    features: {
      topics: entry.topics,
      text: `${entry.name} ${entry.description}`,
      year: yearOf(entry.firstDate),
      baseline: entry.baseline,
    },
  };
}

export function contextOf(now: Date, narrow: boolean): Features {
  const dayparts = ['night', 'morning', 'afternoon', 'evening'];
  return { daypart: dayparts[Math.floor(now.getHours() / 6)], narrow };
}
