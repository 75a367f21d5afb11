import type { DecisionExplanation } from 'tendril';

import { create } from '../dom.ts';
import { yearOf, type Entry } from '../entry.ts';
import { doubtOf, phraseOf } from '../signal-words.ts';
import { count, listed, percent, time } from '../words.ts';
import type { ShownAs } from './shown-as.ts';

type ExplainedItem = DecisionExplanation['items'][number];

/** In log-odds: from here on a feature is worth naming, and counts somewhat, and a lot (e times the odds). */
const LITTLE = 0.05;
const SOMEWHAT = 0.3;
const A_LOT = 1;

const AVAILABILITY = { high: 'widely available', low: 'newly available', limited: 'not available everywhere yet' };

/** An explanation in the words of somebody who has never heard of a model. */
export class WhyWords {
  readonly #nameOfTopic: (topic: string) => string;
  readonly #now: () => Date;

  constructor(nameOfTopic: (topic: string) => string, now: () => Date) {
    this.#nameOfTopic = nameOfTopic;
    this.#now = now;
  }

  tell(entry: Entry, explanation: DecisionExplanation, shown: ShownAs): HTMLElement[] {
    const item = explanation.items.find((candidate) => candidate.item === entry.id) ?? null;
    return [
      ...placeOf(explanation, item, shown),
      ...this.#reasons(entry, explanation, item),
      ...chanceOf(explanation, item, shown),
      create('h3', {}, 'What it was learned from'),
      create('p', {}, learnedFrom(explanation)),
      create('h3', {}, 'What came of it'),
      ...this.#outcome(explanation, entry.id, verdict(item, shown)),
    ];
  }

  #reasons(entry: Entry, { servedBy }: DecisionExplanation, item: ExplainedItem | null): HTMLElement[] {
    if (servedBy === 'host') return [];
    const features = item?.features;
    if (!features) {
      const text = 'Only the first twenty places of an order are explained one by one, and this was further down.';
      return [create('h3', {}, 'What speaks for it'), create('p', {}, text)];
    }
    const named = features.filter(({ contribution }) => Math.abs(contribution) >= LITTLE);
    const lines = (sign: 1 | -1): HTMLElement[] =>
      named
        .filter(({ contribution }) => Math.sign(contribution) === sign)
        .map(({ feature, contribution }) =>
          create(
            'li',
            { 'data-feature': feature },
            create('span', {}, this.#featureName(feature, entry)),
            strength(contribution),
          ),
        );
    const [pro, contra] = [lines(1), lines(-1)];
    return [
      create('h3', {}, 'What speaks for it'),
      pro.length === 0 ? create('p', {}, 'Nothing in particular.') : create('ul', { class: 'reasons' }, ...pro),
      ...(contra.length === 0
        ? []
        : [create('h3', {}, 'What speaks against it'), create('ul', { class: 'reasons' }, ...contra)]),
    ];
  }

  #featureName(feature: string, entry: Entry): string {
    switch (feature) {
      case 'topics':
        return `what it is about: ${listed(entry.topics.map(this.#nameOfTopic))}`;
      case 'text':
        return 'the words of its name and description';
      case 'year':
        return `its age: from ${yearOf(entry.firstDate) ?? 'no year yet'}`;
      case 'baseline':
        return `that it is ${AVAILABILITY[entry.baseline]}`;
      case 'context.daypart':
        return 'the time of day';
      case 'context.narrow':
        return 'the width of your window';
      default:
        return feature;
    }
  }

  #outcome({ signals }: DecisionExplanation, id: string, conclusion: string): HTMLElement[] {
    const own = signals.filter((signal) => signal.item === id);
    if (own.length === 0) return [create('p', {}, conclusion)];
    const lines = own.map((signal) => {
      const doubt = doubtOf(signal);
      const text = doubt === null ? phraseOf(signal) : `${phraseOf(signal)} – does not count: ${doubt}`;
      const when = create('span', { class: 'when' }, time(signal.atMs, this.#now()));
      return create('li', { 'data-signal': signal.type }, create('span', {}, text), when);
    });
    return [create('ul', { class: 'reasons' }, ...lines), create('p', {}, conclusion)];
  }
}

function placeOf({ servedBy }: DecisionExplanation, item: ExplainedItem | null, { present }: ShownAs): HTMLElement[] {
  const where = whereIsIt(item, present);
  if (servedBy === 'host') return [create('p', {}, `${where}The page put it there by itself, newest first.`)];
  const score = item?.score ?? present?.score;
  if (score === undefined) return [create('p', {}, where)];
  return [create('p', {}, `${where}Your reader gave it a chance of ${percent(score)} that you want to open it.`)];
}

function whereIsIt(item: ExplainedItem | null, present: ShownAs['present']): string {
  if (present) return `It is number ${present.place + 1} of ${present.among.toLocaleString('en')}. `;
  return item && item.slot >= 0 ? `It was number ${item.slot + 1}. ` : '';
}

/** Places are drawn: what is expected to be liked has the better chances, and everything has some. */
function chanceOf({ servedBy }: DecisionExplanation, item: ExplainedItem | null, { present }: ShownAs): HTMLElement[] {
  const propensity = item?.propensity ?? present?.propensity;
  if (servedBy === 'host' || propensity === undefined) return [];
  const text =
    propensity >= 0.995
      ? 'None of it: it had to be this entry.'
      : `The chance of this entry for this place was ${percent(propensity)}. Places are drawn, and what you seem to like has the better chances; so the list can still find out what else you like.`;
  return [create('h3', {}, 'What was left to chance'), create('p', {}, text)];
}

function learnedFrom({ servedBy, model: { learnedTo, modelVersion } }: DecisionExplanation): string {
  if (servedBy === 'host') return 'Nothing: your reader had no part in it.';
  const start = modelVersion === null ? '' : ` It had started from published version ${modelVersion}.`;
  if (learnedTo === 0) return `Your reader had learned nothing from you yet.${start}`;
  return `By then your reader had learned from ${count(learnedTo, 'note')} on what you opened and what you passed over.${start}`;
}

/** What the page has said stands, whatever was seen. */
function verdict(item: ExplainedItem | null, { opened }: ShownAs): string {
  if (opened) return 'You opened it, and that counts as wanted.';
  const outcome = item?.outcome ?? null;
  if (outcome === null) return 'Nothing yet.';
  if (outcome.engaged) return `Together that counts as ${percent(outcome.reward)} wanted.`;
  const settled = item?.experienceId != null;
  return settled ? 'That counts as passed over.' : 'If you go on without opening it, that counts as passed over.';
}

function strength(contribution: number): HTMLElement {
  const size = Math.abs(contribution);
  const [level, word] = size >= A_LOT ? ['3', 'a lot'] : size >= SOMEWHAT ? ['2', 'somewhat'] : ['1', 'a little'];
  return create('span', { class: 'strength', 'data-level': level }, word);
}
