import { create } from '../dom.ts';
import { rawData } from '../raw-data.ts';
import { count } from '../words.ts';
import { entriesOf, type Kept } from './remembered.ts';
import { section, type MemorySection } from './section.ts';

type Preference = Kept<'preference'>;
/** By the longest half-life: what has shown itself over months. */
type Standing = Preference['value']['halfLives'][number];

/** Less than this is no taste. */
const LEAST_LIFT = 0.05;
/** A change of taste that is worth telling. */
const LATELY = 0.1;
const MOST = 6;

const AVAILABILITY: Readonly<Record<string, string>> = {
  high: 'Widely available',
  low: 'Newly available',
  limited: 'Limited availability',
};

/** Names of what a preference can be about. */
export interface Names {
  readonly topic: (id: string) => string;
  readonly entry: (id: string) => string;
}

/** What the visitor opens more often than the rest, and less often. */
export function likes(names: Names): MemorySection {
  return section('likes', 'What you seem to like', (remembered) => {
    const preferences = entriesOf(remembered, 'preference');
    const told = preferences.filter(({ value: { of } }) => of !== 'number').sort((a, b) => liftOf(b) - liftOf(a));
    const liked = told.filter((preference) => liftOf(preference) >= LEAST_LIFT).slice(0, MOST);
    const less = told.filter((preference) => liftOf(preference) <= -LEAST_LIFT).slice(-MOST);
    const years = preferences.flatMap(yearSentence);
    const groups = [...group('You open these more often than the rest', liked, names), ...years];
    if (less.length > 0) groups.push(...group('And these less often', less.reverse(), names));
    if (groups.length === 0) return [create('p', { class: 'empty' }, 'Too little has happened yet to tell.')];
    return [...groups, rawData(() => preferences)];
  });
}

function group(title: string, preferences: readonly Preference[], names: Names): HTMLElement[] {
  if (preferences.length === 0) return [];
  const items = preferences.map((preference) =>
    create(
      'li',
      { 'data-preference': preference.key },
      create('strong', {}, nameOf(preference, names)),
      create('span', { class: 'when' }, evidence(preference)),
    ),
  );
  return [create('p', {}, title), create('ul', { class: 'tastes' }, ...items)];
}

function evidence(preference: Preference): string {
  const standing = standingOf(preference);
  const opened = Math.round((standing?.weight ?? 0) * openedShare(preference));
  const shown = Math.round(standing?.weight ?? 0);
  return `opened ${opened} of ${count(shown, 'time')}${lately(preference)}`;
}

/** The mean that is stored is pulled towards that of everything, by five notes' worth of it. */
function openedShare(preference: Preference): number {
  const { weight = 0, reward = 0, lift = 0 } = standingOf(preference) ?? {};
  const PRIOR = 5;
  const everything = reward - lift;
  return weight > 0 ? Math.min(1, Math.max(0, (reward * (weight + PRIOR) - PRIOR * everything) / weight)) : 0;
}

function lately({ value: { halfLives } }: Preference): string {
  const change = (halfLives[0]?.lift ?? 0) - (halfLives.at(-1)?.lift ?? 0);
  if (Math.abs(change) < LATELY) return '';
  return change > 0 ? ', more so lately' : ', less so lately';
}

function nameOf({ value: { of, name, value } }: Preference, names: Names): string {
  if (of === 'item') return names.entry(name);
  if (name === 'baseline') return AVAILABILITY[value ?? ''] ?? value ?? '';
  return name === 'topics' ? names.topic(value ?? '') : `${name} ${value ?? ''}`;
}

/** Newer or older ones, where that differs from what was shown by a year and by a good part of the spread. */
function yearSentence(preference: Preference): HTMLElement[] {
  const number = preference.value.of === 'number' ? standingOf(preference)?.number : null;
  if (!number || number.likedMean === null) return [];
  const { mean, likedMean, deviation } = number;
  if (Math.abs(likedMean - mean) < Math.max(1, deviation / 4)) return [];
  const word = likedMean > mean ? 'newer' : 'older';
  const text = `You tend to ${word} entries: those you open are from ${Math.round(likedMean)} on average, those shown from ${Math.round(mean)}.`;
  return [create('p', {}, text)];
}

function standingOf({ value }: Preference): Standing | undefined {
  return value.halfLives.at(-1);
}

function liftOf(preference: Preference): number {
  return standingOf(preference)?.lift ?? 0;
}
