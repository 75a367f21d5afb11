import type { Rng } from '../../src/core/rng.ts';
import { emptyMoments, standardDeviation, updateMoments } from '../../src/core/running-moments.ts';
import { PairedEvidence } from '../../src/monitor/sequential/paired-evidence.ts';
import { defaultGateOptions } from '../../src/versions/gate/gate-options.ts';
import type { Figure, FigureSection } from '../sections/section.ts';
import { betterKinds, nullKinds, type PairKind } from './gate-streams.ts';
import { quantileOf, runLengths, shareOf, type RunLengths } from './runs.ts';

const EXPERIENCES = 5_000;
const [NULL_RUNS, POWER_RUNS] = [10_000, 1_000];
const { alpha } = defaultGateOptions;

/** Experiences until promotion, looked at after every one. */
function promotion(kind: PairKind, rng: Rng): number | null {
  const [next, evidence] = [kind.run(rng), new PairedEvidence()];
  for (let t = 0; t < EXPERIENCES; t++) {
    evidence.update(next(t));
    if (evidence.proven(alpha)) return t + 1;
  }
  return null;
}

/** What a test for a sample size fixed beforehand would do, if it were looked at as often from 30 experiences on. */
function impatientPromotion(kind: PairKind, rng: Rng): number | null {
  const [next, moments] = [kind.run(rng), emptyMoments()];
  for (let t = 0; t < EXPERIENCES; t++) {
    updateMoments(moments, next(t));
    if (t >= 30 && moments.mean * Math.sqrt(t + 1) > 1.645 * standardDeviation(moments)) return t + 1;
  }
  return null;
}

type Promotion = (kind: PairKind, rng: Rng) => number | null;
const lengthsOf = (kinds: readonly PairKind[], runs: number, promote: Promotion, offset = 0): readonly RunLengths[] =>
  kinds.map((kind, index) => runLengths(runs, offset + index + 1, (rng) => promote(kind, rng)));

function nullFigures(): readonly Figure[] {
  const sharesOf = (promote: Promotion): readonly number[] =>
    lengthsOf(nullKinds, NULL_RUNS, promote).map((lengths) => 100 * shareOf(lengths));
  const [shares, impatient] = [sharesOf(promotion), sharesOf(impatientPromotion)];
  const goal = { atMost: 100 * alpha };
  const mean = shares.reduce((sum, value) => sum + value, 0) / shares.length;
  return [
    { what: 'false promotions, all kinds', value: mean, unit: '%', goal },
    { what: 'false promotions, worst kind', value: Math.max(...shares), unit: '%', goal },
    ...nullKinds.map(({ name }, index) => ({
      what: `false promotions: ${name}`,
      value: shares[index]!,
      unit: '%',
      note: `a test for a fixed number looked at as often: ${impatient[index]!.toFixed(0)} %`,
    })),
  ];
}

function powerFigures(): readonly Figure[] {
  const lengths = lengthsOf(betterKinds, POWER_RUNS, promotion, 100);
  return betterKinds.map(({ name }, index) => ({
    what: `promoted: ${name}`,
    value: quantileOf(lengths[index]!, 0.5, EXPERIENCES),
    unit: 'experiences (median)',
    note: `${(100 * shareOf(lengths[index]!)).toFixed(1)} % within ${EXPERIENCES}, nine of ten by ${quantileOf(lengths[index]!, 0.9, EXPERIENCES)}`,
  }));
}

export const gate: FigureSection = {
  key: 'gate',
  title: 'Promotion: the challenger is proven better, or not',
  protocol: `Simulated losses of champion and challenger on the same experiences, looked at after every one up to ${String(EXPERIENCES)}. A challenger that is no better, in ${String(nullKinds.length)} kinds and ${String(NULL_RUNS)} runs each, may be promoted in 5 % of runs at most; how soon one that is better is promoted is measured in ${String(POWER_RUNS)} runs each. The bets were chosen on pairs of models with other shares of common errors and other noise.`,
  measure: () => Promise.resolve([...nullFigures(), ...powerFigures()]),
};
