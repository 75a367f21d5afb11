import { Rng } from '../../src/core/rng.ts';
import { logUpliftEvidence } from '../../src/monitor/sequential/uplift-evidence.ts';
import { emptyUpliftSums, type ArmSums, type UpliftSums } from '../../src/monitor/sequential/uplift-sums.ts';
import { quantile } from '../lib/quantile.ts';
import type { Figure } from '../sections/section.ts';
import { asymptotic, fixedNumber, selfNormalised, shipped, twoArms, type Construction } from './uplift-alternatives.ts';

const WIDTH_RUNS = 40;
const CONCLUDE_RUNS = 200;
/** A fleet that has come this far without a conclusion is given up. */
const MOST = 20_000_000;
const threshold = -Math.log(0.025);

/** Successes of `count` trials: exact where few are expected, normal where many. */
function binomial(count: number, chance: number, rng: Rng): number {
  const [mean, variance] = [count * chance, count * chance * (1 - chance)];
  if (variance > 500) return Math.round(mean + Math.sqrt(variance) * rng.nextGaussian());
  let successes = 0;
  // Trials until the next success are geometric.
  for (let at = 0; ; successes++) {
    at += 1 + Math.floor(Math.log(1 - rng.nextFloat()) / Math.log1p(-chance));
    if (at > count) return successes;
  }
}

interface Clicks {
  readonly base: number;
  readonly uplift: number;
}

function moreDecisions(sums: UpliftSums, count: number, { base, uplift }: Clicks, share: number, rng: Rng): UpliftSums {
  const host = binomial(count, share, rng);
  const clicked = (arm: ArmSums, decisions: number, chance: number): ArmSums => {
    const rewards = arm.rewards + binomial(decisions, chance, rng);
    return { count: arm.count + decisions, rewards, squares: rewards };
  };
  return { host: clicked(sums.host, host, base), model: clicked(sums.model, count - host, base + uplift) };
}

const widths = [0.02, 0.1, 0.3].flatMap((base) => [2_000, 20_000, 200_000].map((decisions) => ({ base, decisions })));
const others: readonly Construction[] = [twoArms, selfNormalised, asymptotic, fixedNumber];

/** Mean in per cent points. */
function widthOf({ interval }: Construction, { base, decisions }: (typeof widths)[number], index: number): number {
  let total = 0;
  for (let run = 0; run < WIDTH_RUNS; run++) {
    const rng = Rng.fromSeed(7_000_003 * (index + 1) + run);
    const sums = moreDecisions(emptyUpliftSums, decisions, { base, uplift: 0.2 * base }, 0.05, rng);
    const [lower, upper] = interval(sums, 0.05, 0.95);
    total += (100 * (upper - lower)) / WIDTH_RUNS;
  }
  return total;
}

export function widthFigures(): readonly Figure[] {
  return widths.map((setting, index) => ({
    what: `width at a base of ${String(100 * setting.base)} %, ${setting.decisions.toLocaleString('en-GB')} decisions`,
    value: widthOf(shipped, setting, index),
    unit: 'points',
    note: others.map((one) => `${one.name} ${widthOf(one, setting, index).toPrecision(3)}`).join('; '),
  }));
}

/** Decisions until the uplift is proven to be above 0, looked at after every twentieth part more. */
function decisionsToConclude(clicks: Clicks, share: number, rng: Rng): number {
  let sums = emptyUpliftSums;
  for (let decisions = 0; decisions < MOST;) {
    const more = Math.max(20, Math.round(decisions / 20));
    sums = moreDecisions(sums, more, clicks, share, rng);
    decisions += more;
    if (logUpliftEvidence(0, 1, sums, share) >= threshold) return decisions;
  }
  return MOST;
}

/** What an experiment of a number fixed beforehand needs for a power of one half at 95 %, looked at once. */
function fixedDecisions({ base, uplift }: Clicks, share: number): number {
  const better = base + uplift;
  const variance = (base * (1 - base)) / share + (better * (1 - better)) / (1 - share);
  return (1.96 ** 2 * variance) / uplift ** 2;
}

const concluded = [
  [0.005, 0.5],
  [0.03, 0.2],
  [0.03, 0.5],
  [0.1, 0.2],
  [0.1, 0.5],
  [0.3, 0.1],
  [0.3, 0.3],
] as const;

export function concludeFigures(): readonly Figure[] {
  return concluded.flatMap(([base, relative], index) =>
    [0.05, 0.2].map((share) => {
      const clicks = { base, uplift: base * relative };
      const times = Array.from({ length: CONCLUDE_RUNS }, (_, run) =>
        decisionsToConclude(clicks, share, Rng.fromSeed(9_000_011 * (index + 1) + run)),
      );
      return {
        what: `until an uplift of ${String(100 * relative)} % at a base of ${String(100 * base)} % is proven, ${String(100 * share)} % kept`,
        value: quantile(times, 0.5),
        unit: 'decisions (median)',
        note: `nine of ten by ${quantile(times, 0.9).toLocaleString('en-GB')}; a single look at a number fixed beforehand needs ${Math.round(fixedDecisions(clicks, share)).toLocaleString('en-GB')} for every second time`,
      };
    }),
  );
}
