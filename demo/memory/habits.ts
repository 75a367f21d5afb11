import { create } from '../dom.ts';
import { rawData } from '../raw-data.ts';
import { listed, percent } from '../words.ts';
import type { Names } from './likes.ts';
import { entriesOf, type Kept, type Remembered } from './remembered.ts';
import { section, type MemorySection } from './section.ts';

type Habit = Kept<'context'>;
type KindOfEntry = Kept<'prototype'>;

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
/** Cells of four hours: 6 · weekday + hour / 4. */
const CELLS_A_DAY = 6;
const HOURS = 4;
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
  return [create('li', { class: 'line' }, create('strong', {}, timesOf(cells)), ` ${text}`)];
}

/** Days with the same hours together: `Saturday and Sunday 20–24`. */
function timesOf(cells: readonly number[]): string {
  const hoursOf = new Map<number, string[]>();
  for (const cell of [...cells].sort((a, b) => a - b)) {
    const [day, from] = [Math.floor(cell / CELLS_A_DAY), (cell % CELLS_A_DAY) * HOURS];
    hoursOf.set(day, [...(hoursOf.get(day) ?? []), `${from}–${from + HOURS}`]);
  }
  const daysOf = new Map<string, string[]>();
  for (const [day, hours] of hoursOf) {
    const key = hours.length === CELLS_A_DAY ? 'all day' : listed(hours);
    daysOf.set(key, [...(daysOf.get(key) ?? []), DAYS[day] ?? '']);
  }
  return [...daysOf]
    .map(([hours, days]) => `${days.length === DAYS.length ? 'Every day' : listed(days)} ${hours}`)
    .join('; ');
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
