import { create } from '../dom.ts';
import { rawData } from '../raw-data.ts';
import { time } from '../words.ts';
import { entriesOf, type Kept, type Remembered } from './remembered.ts';
import { section, type MemorySection } from './section.ts';

type Example = Kept<'exemplar'>;

/** More would be a wall. */
const MOST = 50;

export interface OpenedParts {
  readonly now: () => Date;
  readonly nameOf: (id: string) => string;
  readonly onWhy: (id: string) => void;
  readonly onForget: (id: string) => void;
  /** Whether there is something to say on how the entry came to its place. */
  readonly hasWhy: (id: string) => boolean;
}

interface Item {
  readonly id: string;
  readonly atMs: number;
}

/** The examples that are kept, entry by entry: what was opened, and what was passed over. */
export function opened(parts: OpenedParts): MemorySection {
  return section('opened', 'What you opened', (remembered) => {
    const examples = entriesOf(remembered, 'exemplar');
    const wanted = newestByEntry(examples.filter(({ value }) => value.label === 'liked'));
    const ids = new Set(wanted.map(({ id }) => id));
    const passed = newestByEntry(examples.filter(({ value }) => value.label !== 'liked')).filter(
      ({ id }) => !ids.has(id),
    );
    return [
      wanted.length === 0 ? create('p', { class: 'empty' }, emptyText(remembered)) : list(wanted, parts),
      ...passedOver(passed, parts),
      ...(examples.length === 0 ? [] : [rawData(() => examples)]),
    ];
  });
}

function emptyText({ status }: Remembered): string {
  return status.experiences === 0 ? 'Nothing: you have not opened anything that is still remembered.' : 'Nothing yet.';
}

function passedOver(items: readonly Item[], parts: OpenedParts): HTMLElement[] {
  if (items.length === 0) return [];
  const summary = create('summary', {}, `Shown and not opened (${items.length})`);
  return [create('details', { class: 'passed' }, summary, list(items, parts))];
}

function list(items: readonly Item[], parts: OpenedParts): HTMLElement {
  const rows = items.slice(0, MOST).map((item) => row(item, parts));
  if (items.length > MOST) rows.push(create('li', { class: 'empty' }, `and ${items.length - MOST} more`));
  return create('ul', { class: 'remembered' }, ...rows);
}

function row({ id, atMs }: Item, { nameOf, now, onWhy, onForget, hasWhy }: OpenedParts): HTMLElement {
  const name = nameOf(id);
  const forget = action('Forget', name, () => onForget(id));
  const why = hasWhy(id) ? [action('Why?', name, () => onWhy(id))] : [];
  return create(
    'li',
    { 'data-remembered': id },
    create('span', { class: 'what' }, name, ' ', create('span', { class: 'when' }, time(atMs, now()))),
    create('span', { class: 'row-actions' }, ...why, forget),
  );
}

function action(label: string, name: string, onClick: () => void): HTMLElement {
  const about = create('span', { class: 'unseen' }, ` ${name}`);
  const button = create('button', { class: 'text-button', type: 'button' }, label, about);
  button.addEventListener('click', onClick);
  return button;
}

/** An entry may have several examples; the last one tells when. Newest first. */
function newestByEntry(examples: readonly Example[]): Item[] {
  const newest = new Map<string, number>();
  for (const { value } of examples) {
    if (value.payload.kind !== 'ranking') continue;
    const { candidateId } = value.payload;
    newest.set(candidateId, Math.max(newest.get(candidateId) ?? 0, value.observedAtMs));
  }
  return [...newest].map(([id, atMs]) => ({ id, atMs })).sort((a, b) => b.atMs - a.atMs);
}
