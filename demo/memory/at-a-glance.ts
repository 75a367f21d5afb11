import { create } from '../dom.ts';
import { rawData } from '../raw-data.ts';
import { count, listed, size, time } from '../words.ts';
import type { Remembered } from './remembered.ts';
import { section, type MemorySection } from './section.ts';

const KINDS: readonly (readonly [kind: string, one: string, many: string])[] = [
  ['exemplar', 'example', 'examples'],
  ['preference', 'preference', 'preferences'],
  ['prototype', 'kind of entry', 'kinds of entries'],
  ['context', 'habit', 'habits'],
];

/** How much there is. */
export function atAGlance(now: () => Date): MemorySection {
  return section('glance', 'At a glance', (remembered) => [facts(remembered, now()), rawData(() => remembered.status)]);
}

function facts({ status, noticed }: Remembered, now: Date): HTMLElement {
  const { experiences, bytes, oldestAtMs, longTerm, consolidation } = status;
  const since = oldestAtMs === null ? '' : `, the first from ${time(oldestAtMs, now)}`;
  const kept = KINDS.filter(([kind]) => (longTerm[kind] ?? 0) > 0).map(([kind, one, many]) =>
    count(longTerm[kind] ?? 0, one, many),
  );
  const rows: [string, string][] = [
    ['Notes', experiences === 0 ? 'none yet' : `${experiences.toLocaleString('en')} (${size(bytes)})${since}`],
    ['Lasting memory', kept.length === 0 ? 'nothing yet' : listed(kept)],
    ['Summed up', consolidation === null || experiences === 0 ? 'not yet' : time(consolidation.atMs, now)],
  ];
  if (noticed !== null)
    rows.unshift(['Noticed', noticed === 0 ? 'nothing yet' : `${count(noticed, 'thing')} that you did on this site`]);
  return create(
    'dl',
    { class: 'facts' },
    ...rows.map(([name, text]) => create('div', {}, create('dt', {}, name), create('dd', {}, text))),
  );
}
