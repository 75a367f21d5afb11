import { Draw } from './draw.ts';
import type { Example } from './example.ts';

const things = ['tent', 'stove', 'boots', 'rucksack', 'lamp', 'rope', 'jacket', 'map'];
const sorts = ['guide', 'product', 'forum', 'advert'] as const;

/** A guide or a product page that is about the query is what was looked for; a forum helps; an advert, or what is about something else, does not. */
function worthOf(sort: string, matches: number, age: number): number {
  if (sort === 'advert' || matches === 0) return 0;
  const worth = matches < 1 ? 1 : sort === 'forum' || age > 8 ? 2 : 3;
  return worth / 3;
}

/** Graded relevance of five results, as search teams judge them. */
export const searchJudging: Example = {
  id: 'search-judging',
  title: 'Judging search results',
  lead: 'Five results for a query, each bad, fair, good or perfect. Where the model does not know which is best, the search engine’s own order stands and a judge grades them.',
  grades: ['bad', 'fair', 'good', 'perfect'],
  task: {
    id: 'review-search-judging',
    kind: 'ranking',
    schema: {
      context: { query: 'text' },
      candidate: { sort: 'categorical', matches: 'categorical', age: 'numeric' },
    },
    exploration: { policy: 'greedy', floor: 0 },
    learner: { memory: 'off' },
    comparison: { share: 0 },
    review: { minConfidence: 0.9, tolerance: 0.1 },
  },
  caseAt(index) {
    const draw = new Draw(3000 + index);
    const query = draw.one(things);
    const results = Array.from({ length: 5 }, (_, place) => {
      const about = draw.float() < 0.6 ? query : draw.one(things);
      const [sort, age] = [draw.one(sorts), draw.below(12)];
      const matches = about !== query ? 0 : draw.float() < 0.3 ? 0.5 : 1;
      const id = `${place + 1}. ${sort} about a ${about}`;
      const text = matches === 0 ? 'none' : matches === 1 ? 'all' : 'some';
      return { id, features: { sort, matches: text, age }, worth: worthOf(sort, matches, age) };
    });
    const worth = Object.fromEntries(results.map((result) => [result.id, result.worth]));
    return {
      kind: 'ranking',
      context: { query },
      candidates: results.map(({ id, features }) => ({ id, features })),
      worth,
    };
  },
};
