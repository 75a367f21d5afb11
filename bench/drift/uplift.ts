import { Rng } from '../../src/core/rng.ts';
import { logUpliftEvidence } from '../../src/monitor/sequential/uplift-evidence.ts';
import type { UpliftSums } from '../../src/monitor/sequential/uplift-sums.ts';
import type { Figure, FigureSection } from '../sections/section.ts';
import { asymptotic, fixedNumber, type Construction } from './uplift-alternatives.ts';
import { fleetLooks, type FleetKind, type FleetLook } from './uplift-fleets.ts';
import { concludeFigures, widthFigures } from './uplift-widths.ts';

const [SHARE, LEVEL] = [0.05, 0.95];
const FLEETS = 500;
/** From 20 to 10,000 decisions, each a tenth more than the one before. */
const LOOKS = [...new Set(Array.from({ length: 66 }, (_, index) => Math.min(10_000, Math.round(20 * 1.1 ** index))))];

/** Bases, uplifts, visitors and times that were not looked at when centres and bets were chosen. */
const kinds: readonly FleetKind[] = [0.005, 0.03, 0.12, 0.25, 0.45].flatMap((base) =>
  [-0.3, 0, 0.4].flatMap((relative) =>
    (['alike', 'different'] as const).map((visitors): FleetKind => {
      const time = visitors === 'alike' ? 'steady' : 'changing';
      const name = `base ${String(100 * base)} %, uplift ${String(100 * relative)} %, visitors ${visitors}, ${time}`;
      return { name, base, uplift: relative * base, visitors, time, rewards: base === 0.25 ? 'shares' : 'clicks' };
    }),
  ),
);

/** By the evidence against the truth, which is above the threshold where an interval would leave it out. */
const shippedMisses = ({ sums, truth }: FleetLook): boolean =>
  ([1, -1] as const).some((side) => logUpliftEvidence(truth, side, sums, SHARE) >= -Math.log((1 - LEVEL) / 2));

const misses =
  ({ interval }: Construction) =>
  ({ sums, truth }: FleetLook): boolean => {
    const [lower, upper] = interval(sums, SHARE, LEVEL);
    return truth < lower || truth > upper;
  };
/** Each is looked at where a rule of thumb allows it. */
const enough = ({ host, model }: UpliftSums): boolean => Math.min(host.rewards, model.rewards) >= 5;

interface Coverage {
  readonly shipped: number;
  readonly asymptotic: number;
  readonly fixedNumber: number;
}

/** Shares of fleets, in per cent, whose uplift was inside at every look. */
function coverageOf(kind: FleetKind, index: number): Coverage {
  const missed = { shipped: 0, asymptotic: 0, fixedNumber: 0 };
  for (let fleet = 0; fleet < FLEETS; fleet++) {
    const ever = { shipped: false, asymptotic: false, fixedNumber: false };
    for (const look of fleetLooks(kind, LOOKS, SHARE, Rng.fromSeed(1_000_003 * (index + 1) + fleet))) {
      ever.shipped ||= shippedMisses(look);
      if (!enough(look.sums)) continue;
      ever.asymptotic ||= misses(asymptotic)(look);
      ever.fixedNumber ||= misses(fixedNumber)(look);
    }
    for (const key of Object.keys(missed) as (keyof Coverage)[]) missed[key] += Number(ever[key]);
  }
  const covered = (key: keyof Coverage): number => 100 * (1 - missed[key] / FLEETS);
  return { shipped: covered('shipped'), asymptotic: covered('asymptotic'), fixedNumber: covered('fixedNumber') };
}

function coverageFigures(): readonly Figure[] {
  const coverages = kinds.map(coverageOf);
  const mean = (key: keyof Coverage): number => coverages.reduce((sum, one) => sum + one[key], 0) / coverages.length;
  const worst = (key: keyof Coverage): number => Math.min(...coverages.map((one) => one[key]));
  const worstKind = kinds[coverages.findIndex((one) => one.shipped === worst('shipped'))]!;
  const goal = { atLeast: 100 * LEVEL };
  return [
    { what: 'uplift inside at every look, all fleets', value: mean('shipped'), unit: '%', goal },
    { what: 'uplift inside at every look, worst kind', value: worst('shipped'), unit: '%', goal, note: worstKind.name },
    ...(['asymptotic', 'fixedNumber'] as const).map((key) => ({
      what: `the same of the ${{ asymptotic, fixedNumber }[key].name}`,
      value: mean(key),
      unit: '%',
      note: `worst kind ${worst(key).toFixed(1)} %; looked at from five rewards of each order on`,
    })),
  ];
}

export const uplift: FigureSection = {
  key: 'uplift',
  title: "Uplift over the host's order",
  protocol: `${String(FLEETS * kinds.length)} simulated fleets of ${String(kinds.length)} kinds (visitors with 20 decisions on average, alike and steady, or very different while the model learns and rewards swing), of whose decisions 5 % keep the host's order; looked at ${String(LOOKS.length)} times up to ${String(LOOKS.at(-1))} decisions. Intervals of level 95 % shall hold the mean uplift so far at every look. Widths and times are those of fleets of visitors that are alike.`,
  measure: () => Promise.resolve([...coverageFigures(), ...widthFigures(), ...concludeFigures()]),
};
