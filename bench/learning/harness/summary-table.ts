import { spread } from '../aggregate.ts';
import type { Goal } from '../benchmark.ts';
import { figure, markdownTable, metricLabel, spreadText } from './format.ts';
import { checkGoals, type GoalCheck } from './goals.ts';
import type { PeerRow } from './peers.ts';
import { defaultOf, type ReportedBenchmark } from './reported-benchmark.ts';

/** One row a goal: what it is and whose, what the default reached, by how much it missed, and the best that another library reached here. */
export function summaryTable(reported: readonly ReportedBenchmark[]): string {
  const header = [
    'benchmark',
    'metric',
    'goal',
    'Tendril (default)',
    'verdict',
    'best peer run here',
    'whose figure the goal is',
  ];
  return markdownTable(header, reported.flatMap(rowsOf));
}

function rowsOf(reported: ReportedBenchmark): string[][] {
  const { benchmark, result } = reported;
  if (benchmark.goals.length === 0) return [rowWithoutGoal(reported)];
  const checks = checkGoals(benchmark.goals, result?.methods ?? []);
  return checks.map((check, index) => [
    index === 0 ? benchmark.title : '',
    metricLabel(check.goal.metric),
    goalText(check.goal),
    ownText(reported, check.goal),
    result ? verdict(check) : 'not measured here',
    bestPeer(reported.peers, check.goal),
    check.goal.source,
  ]);
}

/** Its first metric, so that nothing is missing above. */
function rowWithoutGoal(reported: ReportedBenchmark): string[] {
  const [metric] = Object.keys(defaultOf(reported)?.metrics ?? {});
  const figures = metric === undefined ? ['–', '–', '–'] : [metricLabel(metric), '–', ownText(reported, { metric })];
  return [reported.benchmark.title, ...figures, reported.result ? 'no goal' : 'not measured here', '–', '–'];
}

function ownText(reported: ReportedBenchmark, { metric }: Pick<Goal, 'metric'>): string {
  const reached = defaultOf(reported)?.metrics[metric];
  return reached ? spreadText(reached, metric) : '–';
}

function goalText({ atLeast, atMost, metric }: Goal): string {
  const bounds = [
    ...(atLeast === undefined ? [] : [`≥ ${figure(atLeast, metric)}`]),
    ...(atMost === undefined ? [] : [`≤ ${figure(atMost, metric)}`]),
  ];
  return bounds.join(', ');
}

function verdict({ reached, missedBy, goal }: GoalCheck): string {
  if (reached) return 'reached';
  return missedBy === null ? '**missed**: no such metric' : `**missed by ${figure(missedBy, goal.metric)}**`;
}

function bestPeer(peers: readonly PeerRow[], { metric, atLeast }: Goal): string {
  const sign = atLeast === undefined ? -1 : 1;
  const reached = peers.flatMap(({ method, metrics }) => {
    const values = metrics[metric];
    return values?.length ? [{ method, reached: spread(values) }] : [];
  });
  const [best] = reached.sort((a, b) => sign * (b.reached.mean - a.reached.mean));
  return best ? `${spreadText(best.reached, metric)} (${best.method})` : '–';
}
