import { type MethodSummary, spread } from '../aggregate.ts';
import { type Cost, DEFAULT_METHOD, type PublishedRow } from '../benchmark.ts';
import type { BenchmarkResult } from '../results.ts';
import { figure, grouped, markdownTable, metricLabel, spreadText } from './format.ts';
import type { PeerRow } from './peers.ts';
import type { ReportedBenchmark } from './reported-benchmark.ts';

/** Heading, protocol, all methods with their costs, and what measured them. */
export function detailSection(reported: ReportedBenchmark): string {
  const { benchmark, result } = reported;
  return [`### ${benchmark.title}`, benchmark.protocol, table(reported), notes(reported, result)]
    .filter((part) => part !== '')
    .join('\n\n');
}

function table(reported: ReportedBenchmark): string {
  const methods = reported.result?.methods ?? [];
  const { peers } = reported;
  const { published } = reported.benchmark;
  const rows = [...methods, ...peers, ...published];
  if (rows.length === 0) return '';
  const metrics = [...new Set(rows.flatMap((row) => Object.keys(row.metrics)))];
  const withCosts = peers.length > 0 || methods.some(({ cost }) => cost);
  const costs = withCosts ? ['µs a prediction', 'µs a learned experience', 'bytes of state'] : [];
  return markdownTable(
    ['method', ...metrics.map(metricLabel), ...costs, 'from'],
    [
      ...defaultFirst(methods).map((row) => ownRow(row, metrics, withCosts)),
      ...peers.map((row) => peerRow(row, metrics)),
      ...published.map((row) => publishedRow(row, metrics, withCosts)),
    ],
  );
}

function defaultFirst(methods: readonly MethodSummary[]): readonly MethodSummary[] {
  const isDefault = ({ method }: MethodSummary) => method === DEFAULT_METHOD;
  return [...methods.filter(isDefault), ...methods.filter((row) => !isDefault(row))];
}

function ownRow(
  { method, metrics, cost, note }: MethodSummary,
  names: readonly string[],
  withCosts: boolean,
): string[] {
  const name = method === DEFAULT_METHOD ? `**${method}**` : method;
  const costCells = cost ? costTexts(cost) : noCosts;
  return [
    name,
    ...names.map((metric) => (metrics[metric] ? spreadText(metrics[metric], metric) : '–')),
    ...(withCosts ? costCells : []),
    note ?? 'here',
  ];
}

function peerRow({ method, metrics, cost, seeds, ...row }: PeerRow, names: readonly string[]): string[] {
  const values = (metric: string) => metrics[metric] ?? [];
  return [
    method,
    ...names.map((metric) => (values(metric).length > 0 ? spreadText(spread(values(metric)), metric) : '–')),
    ...costTexts(cost),
    `run here, ${row.package}${seeds.length === 1 ? ', 1 run' : ''}`,
  ];
}

function publishedRow({ method, metrics, source }: PublishedRow, names: readonly string[], withCosts: boolean) {
  return [
    method,
    ...names.map((metric) => (metrics[metric] === undefined ? '–' : figure(metrics[metric], metric))),
    ...(withCosts ? noCosts : []),
    `published, not run here: ${source}`,
  ];
}

const noCosts = ['–', '–', '–'];

function costTexts({ predictUs, learnUs, stateBytes }: Cost | PeerRow['cost']): string[] {
  return [predictUs.toFixed(1), learnUs.toFixed(1), stateBytes === null ? '–' : grouped(stateBytes)];
}

function notes({ benchmark, missingFiles, peers }: ReportedBenchmark, result: BenchmarkResult | null): string {
  const lines: string[] = [];
  if (result) lines.push(measuredBy(result));
  if (missingFiles.length > 0) {
    const kept = result ? 'the figures are from before' : 'it was skipped';
    lines.push(`Not run this time, because ${missingFiles.join(', ')} is not in the data folder: ${kept}.`);
  } else if (!result) {
    lines.push(`Not measured yet: \`npm run bench:learning -- --only ${benchmark.key}\`.`);
  }
  const machines = [...new Set(peers.map(({ machine }) => machine))];
  if (machines.length > 0) lines.push(`Peers: ${machines.join('; ')}; their costs are processor time in Python.`);
  return lines.join(' ');
}

function measuredBy({ seeds, node, machine, commit, jobs }: BenchmarkResult): string {
  const apart = jobs > 1 ? `, ${String(jobs)} processes at a time, so that the costs are not comparable` : '';
  return `Mean ± standard deviation over seeds ${seeds.join(', ')}; Node ${node} (${machine}), commit ${commit}${apart}.`;
}
