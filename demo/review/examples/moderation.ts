import { Draw } from './draw.ts';
import type { Example } from './example.ts';

const subjects = [
  'the recipe',
  'this update',
  'the new layout',
  'the bread',
  'the tutorial',
  'this article',
  'the map',
  'the forecast',
];
const kind = [
  (subject: string) => `I tried ${subject} yesterday and it worked really well, thanks`,
  (subject: string) => `Not sure about ${subject}, could you add a few more photos?`,
  (subject: string) => `Disagree with ${subject}: the second part misses the point`,
  (subject: string) => `Has anyone compared ${subject} with last year's one?`,
  (subject: string) => `Great, ${subject} saved my weekend`,
  (subject: string) => `Shut up and take my money, ${subject} is great`,
  (subject: string) => `The offer in ${subject} is garbage, I got nothing for it`,
];
const offers = [
  'cheap watches',
  'easy money',
  'followers',
  'miracle pills',
  'crypto signals',
  'replica bags',
  'fast loans',
];
const spam = [
  (offer: string) => `Get ${offer} now at best-deals.example, limited offer, click here`,
  (offer: string) => `Earn with ${offer} from home, visit my profile, 100% guaranteed`,
  (offer: string) => `${offer} free for the first 50, message me on the app today`,
  (offer: string) => `Best ${offer} online, discount code inside, click now`,
  (offer: string) => `I wrote about ${offer} too, could you visit my page?`,
];
const insults = ['idiot', 'moron', 'clown', 'loser', 'fool'];
const abuse = [
  (insult: string, subject: string) => `Only an ${insult} would write ${subject}, get lost`,
  (insult: string, subject: string) => `You are a ${insult} and ${subject} is garbage, shut up`,
  (insult: string, subject: string) => `Nobody asked you, ${insult}. ${subject} is pathetic`,
];

/** Comments below articles: most are fine, some advertise, a few insult. */
export const moderation: Example = {
  id: 'moderation',
  title: 'Content moderation',
  lead: 'Comments below an article: fine, spam or abuse. What the model is not sure of stays hidden until a person has looked at it.',
  grades: [],
  task: {
    id: 'review-moderation',
    kind: 'classification',
    schema: { input: { comment: 'text' } },
    classes: ['fine', 'spam', 'abuse'],
    labels: 'delayed',
    review: { minConfidence: 0.9 },
  },
  caseAt(index) {
    const draw = new Draw(1000 + index);
    const subject = draw.one(subjects);
    const at = draw.float();
    if (at < 0.6) return { kind: 'classification', input: { comment: draw.one(kind)(subject) }, truth: 'fine' };
    if (at < 0.85)
      return { kind: 'classification', input: { comment: draw.one(spam)(draw.one(offers)) }, truth: 'spam' };
    return { kind: 'classification', input: { comment: draw.one(abuse)(draw.one(insults), subject) }, truth: 'abuse' };
  },
};
