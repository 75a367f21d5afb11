import type { Rng } from '../../src/core/rng.ts';
import type { ExemplarLosses } from '../../src/versions/gate/evidence.ts';
import { exemplarsCheck } from '../../src/versions/gate/exemplars.ts';
import { defaultGateOptions } from '../../src/versions/gate/gate-options.ts';
import type { Figure, FigureSection } from '../sections/section.ts';
import { runLengths, shareOf } from './runs.ts';

const RUNS = 1_000;
const SIZES = [20, 60, 200];
const { exemplarMargin: margin, exemplarAlpha: alpha, minExemplars: least } = defaultGateOptions;

interface ExemplarKind {
  readonly name: string;
  /** Losses on one exemplar, the challenger's higher by `worse` in the mean. */
  readonly losses: (rng: Rng, worse: number) => ExemplarLosses;
}

const kinds: readonly ExemplarKind[] = [
  {
    name: 'losses that differ by 0.1',
    losses: (rng, worse) => ({ champion: 0.4, challenger: 0.4 + worse + 0.1 * rng.nextGaussian() }),
  },
  {
    name: 'right or wrong, 4 % differ by chance',
    losses(rng, worse) {
      const u = rng.nextFloat();
      const challenger = u < 0.02 + worse ? 1 : 0;
      return { champion: u > 0.98 ? 1 : 0, challenger };
    },
  },
];

/** Share of runs in which the challenger passes. */
function passing({ losses }: ExemplarKind, size: number, worse: number): number {
  return shareOf(
    runLengths(RUNS, 400 + size, (rng) => {
      const exemplars = Array.from({ length: size }, () => losses(rng, worse));
      return exemplarsCheck(exemplars, { margin, alpha, least }).passed ? size : null;
    }),
  );
}

const settings = [
  { what: 'as good', worse: 0, note: 'shall pass' },
  {
    what: 'worse by the margin',
    worse: margin,
    note: `shall pass in ${String(100 * alpha)} % at most where differences are symmetric`,
  },
  { what: 'worse by three margins', worse: 3 * margin, note: 'shall not pass' },
];

export const exemplars: FigureSection = {
  key: 'gate-exemplars',
  title: 'Promotion: nothing is forgotten',
  protocol: `Share of simulated challengers (${String(RUNS)} a line) that pass the check on exemplars of long-term memory, with the margin of ${String(margin)}. It is exact for differences that are symmetric about their mean; where a few exemplars lose everything and there are few of them, more pass.`,
  measure: () =>
    Promise.resolve(
      kinds.flatMap((kind) =>
        SIZES.flatMap((size) =>
          settings.map(({ what, worse, note }): Figure => ({
            what: `${kind.name}, ${String(size)} exemplars, ${what}`,
            value: 100 * passing(kind, size, worse),
            unit: '% pass',
            note,
          })),
        ),
      ),
    ),
};
