import { Draw } from './draw.ts';
import type { Example } from './example.ts';

const openings = ['The council has decided:', 'In short:', 'What matters:', 'Yesterday’s meeting:'];
const facts = [
  'the bridge opens in May',
  'it costs two million',
  'buses run twice as often',
  'the market moves',
  'work begins at night',
  'schools are closed',
];
const fillers = ['as is well known', 'needless to say', 'it remains to be seen', 'experts will tell'];

/** One of two summaries, A or B: the reader prefers what says more of what happened in fewer words, and does not make anything up. */
export const summaryPreference: Example = {
  id: 'summary-preference',
  title: 'Which summary, A or B?',
  lead: 'Two summaries of one article. Where the model does not know which one readers prefer, a person chooses, and the choice is what it learns from.',
  grades: [],
  task: {
    id: 'review-summary-preference',
    kind: 'ranking',
    schema: { candidate: { facts: 'numeric', words: 'numeric', invented: 'categorical' } },
    exploration: { policy: 'greedy', floor: 0 },
    learner: { memory: 'off' },
    comparison: { share: 0 },
    review: { minConfidence: 0.9 },
  },
  caseAt(index) {
    const draw = new Draw(4000 + index);
    const summaries = ['A', 'B'].map((name) => {
      const told = draw.shuffled(facts).slice(0, 1 + draw.below(4));
      const padding = draw.shuffled(fillers).slice(0, draw.below(4));
      const invented = draw.float() < 0.25;
      const text = [draw.one(openings), ...told, ...padding].join(', ');
      const words = text.split(' ').length;
      const liking = 2 * told.length - 0.25 * words - (invented ? 6 : 0);
      return {
        id: `${name}: ${text}`,
        features: { facts: told.length, words, invented: invented ? 'yes' : 'no' },
        liking,
      };
    });
    const best = Math.max(...summaries.map(({ liking }) => liking));
    const worth = Object.fromEntries(summaries.map(({ id, liking }) => [id, liking === best ? 1 : 0]));
    return { kind: 'ranking', context: {}, candidates: summaries.map(({ id, features }) => ({ id, features })), worth };
  },
};
