import { create } from '../dom.ts';
import { rawData } from '../raw-data.ts';
import { percent } from '../words.ts';
import type { Names } from './likes.ts';
import { entriesOf, type Kept, type Remembered } from './remembered.ts';
import { section, type MemorySection } from './section.ts';
import { weekTimes } from './week-times.ts';

type Habit = Kept<'context'>;
type KindOfEntry = Kept<'prototype'>;

const MOST = 4;

/** What comes again: times of the week at which the visitor is after something else, and kinds of entries. */
export function habits(names: Names): MemorySection {
  return section('habits', 'What comes again', (remembered) => {
    const times = entriesOf(remembered, 'context');
    const kinds = entriesOf(remembered, 'prototype');
    const lines = [...times.flatMap((habit) => habitLine(habit, names)), ...kindLines(kinds, remembered, names)];
    if (lines.length === 0) return [create('p', { class: 'empty' }, 'No habits yet. They take some weeks to show.')];
    return [create('ul', { class: 'tastes' }, ...lines), rawData(() => [...times, ...kinds])];
  });
}

function habitLine({ value: { cells, by, tastes } }: Habit, names: Names): HTMLElement[] {
  const [strongest] = tastes;
  if (!strongest || strongest.rate <= strongest.everywhere) return [];
  const name = by === 'topics' ? names.topic(strongest.value) : strongest.value;
  const text = `you open ${name} more often: ${percent(strongest.rate)} of the time instead of ${percent(strongest.everywhere)}`;
  return [create('li', { class: 'line' }, create('strong', {}, weekTimes(cells)), ` ${text}`)];
}

/** The most frequent ones that one of the examples can stand for. */
function kindLines(kinds: readonly KindOfEntry[], remembered: Remembered, names: Names): HTMLElement[] {
  const examples = entriesOf(remembered, 'exemplar');
  return [...kinds]
    .sort((a, b) => b.value.weight - a.value.weight)
    .flatMap(({ value: { typical, reward, weight } }) => {
      const example = examples.find(({ sources }) => sources.positions.includes(typical))?.value.payload;
      if (example?.kind !== 'ranking' || reward === null) return [];
      const text = `opened ${percent(reward)} of about ${Math.round(weight)} times`;
      return [
        create(
          'li',
          { class: 'line' },
          'Entries like ',
          create('strong', {}, names.entry(example.candidateId)),
          `: ${text}`,
        ),
      ];
    })
    .slice(0, MOST);
}
