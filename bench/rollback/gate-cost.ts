import type { Figure, FigureSection } from '../sections/section.ts';
import type { Cost } from './gate-cost-run.ts';
import { inChildren, type ChildJob } from './poison-children.ts';

/** Of the streams that begin anew with a seed. */
const SEEDS = [1, 2, 3];
const streams: readonly { readonly key: string; readonly name: string; readonly seeds: readonly number[] }[] = [
  { key: 'phishing', name: 'Phishing', seeds: [1] },
  { key: 'bananas', name: 'Bananas', seeds: [1] },
  { key: 'elec2', name: 'Elec2, first 6,000 rows', seeds: [1] },
  { key: 'hyperplane', name: 'turning hyperplane, 2,000 rows', seeds: SEEDS },
  { key: 'random-rbf', name: 'moving radial basis functions, 2,000 rows', seeds: SEEDS },
  { key: 'recurring-trees', name: 'recurring trees, 2,000 rows', seeds: SEEDS },
  { key: 'news', name: 'news page, 1,000 rounds', seeds: SEEDS },
];

function figureOf(what: string, unit: string, costs: readonly Cost[]): Figure {
  const mean = (of: (cost: Cost) => number) => costs.reduce((sum, cost) => sum + of(cost), 0) / costs.length;
  const [promotions, rollbacks] = [mean((cost) => cost.promotions), mean((cost) => cost.rollbacks)];
  const note = `${promotions.toFixed(1)} versions served after another, ${rollbacks.toFixed(1)} rollbacks a run`;
  return { what, value: 100 * mean((cost) => cost.reward), unit, note };
}

async function measure(): Promise<readonly Figure[]> {
  const jobs = streams.flatMap(({ key, seeds }) =>
    seeds.map((seed): ChildJob => ({ kind: 'gate cost', stream: key, seed })),
  );
  const results = await inChildren(jobs);
  return streams.flatMap(({ key, name }) => {
    const costs = results.flatMap((result, index) => {
      const job = jobs[index]!;
      return result.kind === 'gate cost' && job.kind === 'gate cost' && job.stream === key ? [result.cost] : [];
    });
    const unit = key === 'news' ? '% clicks' : '% right';
    return [
      figureOf(
        `${name}: gated`,
        unit,
        costs.map(({ gated }) => gated),
      ),
      figureOf(
        `${name}: continuous`,
        unit,
        costs.map(({ continuous }) => continuous),
      ),
    ];
  });
}

export const gateCosts: FigureSection = {
  key: 'gate-cost',
  title: 'What the gate costs where nothing is wrong',
  protocol: `Test-then-train with the real worker, in the order of the file, or with seeds ${SEEDS.join(', ')} (means). “Gated” is the default; “continuous” serves at once what it has just learned, and keeps a version whenever a quarter more was learned. Every rollback here is a false one, except where the concept changes.`,
  measure,
};
