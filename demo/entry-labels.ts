import { create } from './dom.ts';
import { type Baseline, type Entry, yearOf } from './entry.ts';

const BASELINE_LABELS: Readonly<Record<Baseline, string>> = {
  high: 'Widely available',
  low: 'Newly available',
  limited: 'Limited availability',
};

/** Availability, year and topics, on one line. */
export function metaLine(entry: Entry, nameOf: (topic: string) => string): HTMLElement {
  const topics = create('span', { class: 'topics' }, ...entry.roots.map((topic) => topicLabel(topic, nameOf)));
  const parts: Node[] = [create('span', { class: `badge badge-${entry.baseline}` }, BASELINE_LABELS[entry.baseline])];
  const year = yearOf(entry.baselineDate ?? entry.firstDate);
  if (year !== null) parts.push(create('span', {}, String(year)));
  if (entry.discouraged) parts.push(create('span', {}, 'Discouraged'));
  return create('p', { class: 'meta' }, ...parts, topics);
}

function topicLabel(topic: string, nameOf: (topic: string) => string): HTMLElement {
  return create('span', { class: 'topic' }, nameOf(topic));
}

/** A sentence on who has it and since when. */
export function availability(entry: Entry): string {
  const since = entry.baselineDate ?? entry.firstDate;
  if (since === null) return 'No core browser has shipped it.';
  return entry.baselineDate === null
    ? `First shipped on ${longDate(since)}, not yet in all core browsers.`
    : `In all core browsers since ${longDate(since)}.`;
}

function longDate(day: string): string {
  return new Date(`${day}T00:00:00Z`).toLocaleDateString('en-GB', { dateStyle: 'long', timeZone: 'UTC' });
}
