import { Rng } from '../../src/core/rng.ts';
import { FeatureDrift } from '../../src/monitor/distribution/feature-drift.ts';
import type { Figure } from '../sections/section.ts';
import { table, tableRow, tableSchema } from './feature-drift-table.ts';

const REFERENCE = 1024;
const ROWS = 8000;
const SHOWN = ['gamma', 'fiveValues', 'longTail', 'tags', 'text', 'vector'];

/** Rows are made beforehand: only the monitor is timed. */
function costOf(schema: ConstructorParameters<typeof FeatureDrift>[0]): { microseconds: number; bytes: number } {
  const rng = Rng.fromSeed(5);
  const rows = Array.from({ length: REFERENCE + ROWS }, () => tableRow(rng));
  const drift = new FeatureDrift(schema);
  for (const row of rows.slice(0, REFERENCE)) drift.update(row);
  const watched = rows.slice(REFERENCE);
  const before = process.cpuUsage();
  for (const row of watched) drift.update(row);
  const { user, system } = process.cpuUsage(before);
  const microseconds = (user + system) / ROWS;
  return { microseconds, bytes: JSON.stringify(drift.state()).length };
}

export function costFigures(): Figure[] {
  const whole = costOf(tableSchema);
  const single = SHOWN.map((feature) => {
    const { declaration } = table[feature]!;
    return { name: `one ${declaration.type} feature (${feature})`, ...costOf({ [feature]: declaration }) };
  });
  const all = [...single, { name: `all ${Object.keys(tableSchema).length} features`, ...whole }];
  return all.flatMap(({ name, microseconds, bytes }): Figure[] => [
    { what: `state, ${name}`, value: bytes, unit: 'bytes of JSON' },
    { what: `a row, ${name}`, value: microseconds, unit: 'µs', note: 'processor time, blocks and tests included' },
  ]);
}
