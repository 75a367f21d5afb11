import type { ReviewItem } from '../../protocol/messages.ts';
import { choiceOf, type Choice } from './choice.ts';
import { elementOf, labelled } from './element-of.ts';
import { aboutList, featureList } from './features.ts';
import type { Texts } from './texts.ts';

export type Verdict = 'accept' | 'correct' | 'reject';

/** One review on the screen, with what the reviewer has said so far. */
export interface CaseView {
  readonly element: HTMLElement;
  /** Takes the focus when the review is shown. */
  readonly heading: HTMLElement;
  readonly choice: Choice | null;
  readonly reason: HTMLTextAreaElement;
  readonly text: HTMLTextAreaElement | null;
}

export interface CaseOptions {
  readonly texts: Texts;
  readonly grades: readonly string[];
  /** Where it stands among those that wait, from 1. */
  readonly place: number;
  readonly count: number;
  readonly onVerdict: (verdict: Verdict) => void;
}

export function caseView(review: ReviewItem, options: CaseOptions): CaseView {
  const { texts, grades, place, count, onVerdict } = options;
  const isVersion = review.kind === 'promotion';
  const heading = elementOf('h3', { tabindex: '-1' }, texts.place(place, count));
  const choice = choiceOf(review, texts, grades);
  const reason = elementOf('textarea', { rows: '2' });
  const text = review.proposal?.kind === 'ranking' ? elementOf('textarea', { rows: '2' }) : null;
  const button = (verdict: Verdict, label: string, style: string) =>
    elementOf('button', { type: 'button', class: style, click: () => onVerdict(verdict) }, label);
  const actions = [
    button('accept', isVersion ? texts.approve : texts.accept, 'primary'),
    ...(choice ? [button('correct', texts.correct, '')] : []),
    button('reject', isVersion ? texts.refuse : texts.reject, 'danger'),
  ];
  const said = [
    ...(choice ? [choice.element] : []),
    ...(text ? [labelled(texts.text, text)] : []),
    labelled(texts.reason, reason),
    elementOf('div', { class: 'actions', role: 'group' }, ...actions),
  ];
  const element = elementOf(
    'article',
    {},
    elementOf('div', {}, heading, elementOf('p', { class: 'muted' }, whyOf(review, texts))),
    elementOf('div', { class: 'parts' }, aboutOf(review, texts), elementOf('div', { class: 'stack' }, ...said)),
  );
  return { element, heading, choice, reason, text };
}

function aboutOf(review: ReviewItem, texts: Texts): HTMLElement {
  if (review.kind === 'promotion')
    return sectionOf(texts.about, aboutList({ digest: review.digest, ...(review.about as object | null) }));
  const list = featureList(review.input, texts);
  const proposed = elementOf('p', {}, texts.proposed(proposalText(review, texts)));
  return sectionOf(texts.input, list, proposed);
}

function sectionOf(title: string, ...children: readonly Node[]): HTMLElement {
  return elementOf('div', { class: 'stack' }, elementOf('h4', {}, title), ...children);
}

function whyOf({ why, confidence }: ReviewItem, texts: Texts): string {
  const sure = percent(confidence ?? 0);
  if (why === 'confidence') return texts.confidence(sure);
  return why === 'spot-check' ? texts.spotCheck(sure) : texts[why];
}

function proposalText({ proposal }: ReviewItem, texts: Texts): string {
  switch (proposal?.kind) {
    case 'classification':
      return proposal.label === null ? texts.unknown : `${proposal.label} (${percent(proposal.probability)})`;
    case 'ranking':
      return proposal.order[0]?.item ?? texts.unknown;
    case 'regression':
      return `${short(proposal.value)} (${short(proposal.lower)} – ${short(proposal.upper)})`;
    default:
      return texts.unknown;
  }
}

const percent = (share: number): string => share.toLocaleString(undefined, { style: 'percent' });
const short = (value: number): string => value.toLocaleString(undefined, { maximumSignificantDigits: 4 });
