import { kappaTemporal } from '../../src/monitor/kappa-temporal.ts';
import type { BenchmarkRun, StreamResults } from './benchmark-run.ts';
import type { Published } from './published.ts';

export interface Benchmark {
  /** Browser or Node, and the processor. */
  readonly machine: string;
  readonly results: readonly StreamResults[];
}

/** Both tables as Markdown: quality beside the published figures, then the costs. */
export function benchmarkMarkdown(benchmark: Benchmark, published: Published): string {
  return [qualityTable(benchmark, published), '', notes(benchmark, published), '', costTable(benchmark)].join('\n');
}

function qualityTable({ results }: Benchmark, published: Published): string {
  const columns = results.flatMap(({ stream, runs }) => [
    `${stream.title} (${String(runs[0]?.rows ?? 0)})`,
    'κ-temporal',
  ]);
  const rows = [
    ['**Tendril**', ...results.flatMap(({ runs }) => qualityCells(runs.filter(inOwnOrder)))],
    ['Tendril, rows shuffled', ...results.flatMap(({ runs }) => qualityCells(runs.filter((run) => !inOwnOrder(run))))],
    ...published.models.map(({ model, accuracy }) => [
      `River: ${model.replace('[baseline] ', '')}`,
      ...results.flatMap(({ stream }) =>
        publishedCells(accuracy[stream.key], publishedBaseline(published, stream.key)),
      ),
    ]),
  ];
  return markdownTable(['accuracy', ...columns], rows);
}

function notes({ results, machine }: Benchmark, { source }: Published): string {
  const seeds = results.map(({ stream }) => `${stream.title} ${String(stream.seeds.length)}`).join(', ');
  const noChange = results
    .map(({ stream, runs }) => `${stream.title} ${(runs.find(inOwnOrder)?.noChangeAccuracy ?? 0).toFixed(4)}`)
    .join(', ');
  const file = `${source.repository}/blob/${source.commit}/${encodeURI(source.file)}`;
  return [
    `Tendril: measured by \`npm run bench:replay\` on ${machine}; mean ± standard deviation over seeds of the learner`,
    `(${seeds}), the shuffled rows over as many orders. Repeating the last label gives, on the same files, ${noChange}.`,
    `River: [published figures](${file}), commit ${source.commit.slice(0, 7)}, not run here; their κ-temporal is computed`,
    'from the published accuracies as (accuracy − last class) / (1 − last class).',
  ].join('\n');
}

function costTable({ results }: Benchmark): string {
  const rows = results.flatMap(({ stream, runs }) => {
    const own = runs.filter(inOwnOrder);
    const mean = (pick: (run: BenchmarkRun) => number, digits: number) => average(own.map(pick)).toFixed(digits);
    return [
      [
        stream.title,
        mean((run) => run.logLoss, 4),
        mean((run) => run.kappa, 4),
        mean((run) => run.eventsPerSecond, 0),
        `${mean((run) => run.predictMs.p50, 3)} / ${mean((run) => run.predictMs.p95, 3)}`,
        `${mean((run) => run.learnMs.p50, 3)} / ${mean((run) => run.learnMs.p95, 3)}`,
        mean((run) => run.stateBytes, 0),
        [...new Set(own.map((run) => run.backend))].join(', '),
      ],
    ];
  });
  const header = [
    'Tendril',
    'log loss',
    'kappa',
    'events/s',
    'predict ms p50 / p95',
    'learn ms p50 / p95',
    'checkpoint bytes',
    'backend',
  ];
  return markdownTable(header, rows);
}

function inOwnOrder(run: BenchmarkRun): boolean {
  return run.shuffleSeed === null;
}

function qualityCells(runs: readonly BenchmarkRun[]): [string, string] {
  const temporal = runs.map((run) => run.kappaTemporal).filter((value) => value !== null);
  return [spread(runs.map((run) => run.accuracy)), spread(temporal)];
}

function publishedCells(accuracy: number, baseline: number): [string, string] {
  return [accuracy.toFixed(4), kappaTemporal(accuracy, baseline)?.toFixed(4) ?? '–'];
}

function publishedBaseline(
  { baseline, models }: Published,
  key: keyof Published['models'][number]['accuracy'],
): number {
  const row = models.find(({ model }) => model === baseline);
  if (!row) throw new RangeError(`the published figures have no row "${baseline}"`);
  return row.accuracy[key];
}

/** Mean, and the sample standard deviation where there is more than one value. */
function spread(values: readonly number[]): string {
  if (values.length === 0) return '–';
  const mean = average(values);
  if (values.length === 1) return mean.toFixed(4);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return `${mean.toFixed(4)} ± ${Math.sqrt(variance).toFixed(4)}`;
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
