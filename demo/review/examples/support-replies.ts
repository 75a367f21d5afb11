import { Draw } from './draw.ts';
import type { Example } from './example.ts';

/** What customers write, by what they want. */
const messages: Readonly<Record<string, readonly string[]>> = {
  parcel: [
    'where is my parcel',
    'my parcel has not arrived',
    'the tracking number of the parcel does not work',
    'my delivery is late',
  ],
  refund: ['I want my money back', 'how do I get a refund', 'please refund the second charge', 'I was charged twice'],
  password: [
    'I cannot log in',
    'I forgot my password',
    'the reset mail for my password never came',
    'my login is blocked',
  ],
  invoice: [
    'I need an invoice for the company',
    'the invoice has the wrong address',
    'please send the invoice again',
    'is there a receipt',
  ],
  cancel: [
    'please cancel my order',
    'I ordered the wrong size',
    'can I still change the order',
    'stop the order please',
  ],
};
/** The replies of the support desk, by what they are for. */
const replies: Readonly<Record<string, string>> = {
  parcel: 'I am sorry that it takes so long. I have asked the carrier, and will write to you today.',
  refund: 'I have sent the money back. It will be on your account within three days.',
  password: 'I have sent you a new link. It is valid for one hour.',
  invoice: 'Here is your invoice as a PDF. Is the address right now?',
  cancel: 'I have stopped the order. Nothing will be charged.',
};
const wants = Object.keys(messages);

/** What the page tells the model of a message: its words, each crossed with each reply. */
const wordsOf = (message: string): string[] =>
  message
    .toLowerCase()
    .split(/\W+/)
    .filter((word) => word.length > 3);

/** Which of the desk's replies fits: the agent sends it, picks another, or writes one. */
export const supportReplies: Example = {
  id: 'support-replies',
  title: 'Replies in a support chat',
  lead: 'A suggested reply for each message. Where the model is not sure, the agent picks the reply, or writes one; what was picked is what it learns from.',
  grades: [],
  task: {
    id: 'review-support-replies',
    kind: 'ranking',
    schema: { context: { message: 'text', words: 'multi-hot' }, candidate: { reply: 'categorical' } },
    exploration: { policy: 'greedy', floor: 0 },
    learner: { memory: 'off' },
    comparison: { share: 0 },
    review: { minConfidence: 0.8 },
  },
  caseAt(index) {
    const draw = new Draw(2000 + index);
    const want = draw.one(wants);
    const message = draw.one(messages[want] ?? []);
    const candidates = wants.map((id) => ({ id, features: { reply: replies[id] ?? '' } }));
    const worth = Object.fromEntries(wants.map((id) => [id, id === want ? 1 : 0]));
    return { kind: 'ranking', context: { message, words: wordsOf(message) }, candidates, worth };
  },
};
