import { Rng } from '../../src/core/rng.ts';
import type { FeatureSchema, ParsedFeatures } from '../../src/core/task.ts';
import { FeatureDrift } from '../../src/monitor/distribution/feature-drift.ts';
import type { Figure } from '../sections/section.ts';
import type { RealRows } from './feature-drift-rows.ts';
import { tableRow, tableSchema } from './feature-drift-table.ts';

const REFERENCE = 1024;
const ROWS = 10_000;
const STREAMS = 200;
/** The default level: alarms that are allowed in 10,000 rows. */
const ALPHA = 0.05;

/** A stream that never changes. */
interface NullStream {
  readonly name: string;
  readonly schema: FeatureSchema;
  readonly open: (rng: Rng) => () => ParsedFeatures;
}

/** Rows depend on those before: neighbouring numbers, whole visits, a day's rhythm. */
const dependent: readonly NullStream[] = [
  {
    name: 'neighbouring numbers alike (moving average of 12)',
    schema: { value: { type: 'numeric' } },
    open: (rng) => {
      const last: number[] = [];
      return () => {
        last.push(rng.nextGaussian());
        if (last.length > 12) last.shift();
        return { value: last.reduce((sum, value) => sum + value, 0) };
      };
    },
  },
  {
    name: 'visits of 5 to 35 rows with one device and topic',
    schema: { device: { type: 'categorical' }, topic: { type: 'multi-hot' }, price: { type: 'numeric' } },
    open: (rng) => {
      let [left, device, topic, level] = [0, '', '', 0];
      return () => {
        if (left-- === 0) {
          left = 5 + rng.nextInt(31);
          device = ['phone', 'phone', 'tablet', 'desktop'][rng.nextInt(4)]!;
          topic = `topic${rng.nextInt(6)}`;
          level = rng.nextGaussian();
        }
        return { device, topic: [topic, `word${rng.nextInt(8)}`], price: Math.exp(level + rng.nextGaussian()) };
      };
    },
  },
  {
    name: 'a rhythm of 48 rows',
    schema: { demand: { type: 'numeric' } },
    open: (rng) => {
      let row = rng.nextInt(48);
      return () => ({ demand: Math.sin((2 * Math.PI * row++) / 48) ** 3 + 0.2 * rng.nextGaussian() });
    },
  },
];

function alarmsIn({ schema, open }: NullStream, seed: number): number {
  const [drift, next] = [new FeatureDrift(schema), open(Rng.fromSeed(seed))];
  for (let row = 0; row < REFERENCE; row++) drift.update(next());
  let alarms = 0;
  for (let row = 0; row < ROWS; row++) alarms += Number(drift.update(next()));
  return alarms;
}

function figureOf(stream: NullStream, note: string): Figure {
  const alarms = Array.from({ length: STREAMS }, (_, index) => alarmsIn(stream, 700_001 + 13 * index));
  const total = alarms.reduce((sum, count) => sum + count, 0);
  return {
    what: `false alarms, ${stream.name}`,
    value: total / STREAMS,
    unit: 'in 10,000 rows',
    goal: { atMost: ALPHA },
    note: `${note}${alarms.filter((count) => count > 0).length} of ${STREAMS} streams had one`,
  };
}

export function nullFigures(real: readonly RealRows[]): Figure[] {
  const features = Object.keys(tableSchema).length;
  const synthetic: NullStream = {
    name: `${features} features of all types at once`,
    schema: tableSchema,
    open: (rng) => () => tableRow(rng),
  };
  const shuffled = real.map(({ name, schema, rows }): NullStream => ({
    name: `${name}, rows drawn at random`,
    schema,
    open: (rng) => () => rows[rng.nextInt(rows.length)]!,
  }));
  return [
    figureOf(synthetic, 'rows independent; '),
    ...shuffled.map((stream) => figureOf(stream, 'real rows, independent; ')),
    ...dependent.map((stream) => figureOf(stream, 'rows not independent; ')),
  ];
}
