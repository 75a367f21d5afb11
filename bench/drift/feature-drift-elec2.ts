import { FeatureDrift } from '../../src/monitor/distribution/feature-drift.ts';
import type { Figure } from '../sections/section.ts';
import type { RealRows } from './feature-drift-rows.ts';

const REFERENCE = 4096;

/** Elec2 as it came: half-hours of two and a half years, with days, weeks and seasons in it. */
export function elec2Figures(real: readonly RealRows[]): Figure[] {
  const elec2 = real.find(({ name }) => name.startsWith('Elec2'));
  if (!elec2) return [];
  const drift = new FeatureDrift(elec2.schema, { referenceRows: REFERENCE });
  const firsts = new Map<string, string>();
  elec2.rows.forEach((row, i) => {
    if (!drift.update(row)) return;
    for (const { feature, drifted, text } of drift.report().features)
      if (drifted && !firsts.has(feature)) firsts.set(feature, `row ${i.toLocaleString('en-GB')}: ${text}`);
  });
  return [
    {
      what: `Elec2 in time order against its first ${REFERENCE.toLocaleString('en-GB')} half-hours: features that drifted, of 7`,
      value: firsts.size,
      unit: 'features',
      note: [...firsts.values()].join('; '),
    },
  ];
}
