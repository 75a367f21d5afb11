import type { ReviewItem, SettleReviewRequest } from '../../protocol/messages.ts';
import { elementOf, labelled } from './element-of.ts';
import { featureList } from './features.ts';
import type { Texts } from './texts.ts';

/** What is right instead, as far as the reviewer has said so. */
export type Said = Pick<SettleReviewRequest, 'label' | 'item' | 'grades' | 'value'>;

/** Controls for one review, and what they say. */
export interface Choice {
  readonly element: HTMLElement;
  /** null while nothing is chosen. */
  read(): Said | null;
}

/** Classes that are shown side by side; more are a list to choose from. */
const SIDE_BY_SIDE = 12;

/** @param grades what a candidate can be given, the worst first; without them one is the best */
export function choiceOf(review: ReviewItem, texts: Texts, grades: readonly string[]): Choice | null {
  const { proposal } = review;
  if (proposal?.kind === 'classification') return labelChoice(review, proposal.label, texts);
  if (proposal?.kind === 'regression') return numberChoice(texts);
  if (proposal?.kind !== 'ranking') return null;
  const first = proposal.order[0]?.item ?? null;
  return grades.length > 1 ? gradeChoice(review, first, texts, grades) : itemChoice(review, first, texts);
}

function labelChoice({ classes }: ReviewItem, ofModel: string | null, texts: Texts): Choice {
  const other = elementOf('input', { type: 'text', autocomplete: 'off' });
  const known =
    classes.length <= SIDE_BY_SIDE
      ? radios(classes.map((label) => [label, named(label, label === ofModel, texts)]))
      : selection(['', ...classes], (label) => label, texts.right);
  const element = elementOf(
    'fieldset',
    {},
    elementOf('legend', {}, texts.right),
    ...known.elements,
    labelled(texts.other, other),
  );
  return {
    element,
    read: () => {
      const label = other.value.trim() || known.read();
      return label ? { label } : null;
    },
  };
}

function numberChoice(texts: Texts): Choice {
  const field = elementOf('input', { type: 'number', step: 'any' });
  return {
    element: labelled(texts.number, field),
    read: () => (Number.isFinite(field.valueAsNumber) ? { value: field.valueAsNumber } : null),
  };
}

function itemChoice({ candidates }: ReviewItem, ofModel: string | null, texts: Texts): Choice {
  const shown = candidates.map(({ id, features }): [string, HTMLElement] => [
    id,
    elementOf('div', {}, named(id, id === ofModel, texts), featureList(features, texts)),
  ]);
  const known = radios(shown);
  return {
    element: elementOf('fieldset', {}, elementOf('legend', {}, texts.best), ...known.elements),
    read: () => {
      const item = known.read();
      return item ? { item } : null;
    },
  };
}

/** The first grade is worth nothing, the last one everything, those between in even steps. */
function gradeChoice(
  { candidates }: ReviewItem,
  ofModel: string | null,
  texts: Texts,
  grades: readonly string[],
): Choice {
  const rows = candidates.map(({ id, features }) => {
    const given = selection(
      ['', ...grades.keys()].map(String),
      (grade) => (grade === '' ? texts.noGrade : (grades[Number(grade)] ?? '')),
      id,
    );
    const about = elementOf('div', {}, named(id, id === ofModel, texts), featureList(features, texts));
    return { id, given, element: elementOf('div', { class: 'choice' }, about, ...given.elements) };
  });
  return {
    element: elementOf('fieldset', {}, elementOf('legend', {}, texts.worth), ...rows.map(({ element }) => element)),
    read: () => {
      const said = rows
        .map(({ id, given }): [string, string] => [id, given.read()])
        .filter(([, grade]) => grade !== '');
      const worth = said.map(([id, grade]): [string, number] => [id, Number(grade) / (grades.length - 1)]);
      return worth.length > 0 ? { grades: Object.fromEntries(worth) } : null;
    },
  };
}

interface Known {
  readonly elements: readonly HTMLElement[];
  /** Empty while nothing is chosen. */
  read(): string;
}

/** Nothing is chosen at first: what is suggested is taken over without a look. */
function radios(choices: readonly (readonly [value: string, shown: HTMLElement])[]): Known {
  const inputs = choices.map(([value]) => elementOf('input', { type: 'radio', name: 'choice', value }));
  const elements = choices.map(([, shown], index) => elementOf('label', { class: 'choice' }, inputs[index]!, shown));
  return { elements, read: () => inputs.find(({ checked }) => checked)?.value ?? '' };
}

function selection(values: readonly string[], textOf: (value: string) => string, label: string): Known {
  const select = elementOf(
    'select',
    { 'aria-label': label },
    ...values.map((value) => elementOf('option', { value }, textOf(value))),
  );
  return { elements: [select], read: () => select.value };
}

function named(name: string, ofModel: boolean, texts: Texts): HTMLElement {
  return elementOf('div', {}, name, ...(ofModel ? [elementOf('span', { class: 'badge' }, texts.ofModel)] : []));
}
