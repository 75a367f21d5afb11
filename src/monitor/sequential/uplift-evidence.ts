import { halvingBets } from './bets.ts';
import type { ArmSums, UpliftSums } from './uplift-sums.ts';

/** Parts of the largest possible bet; twelve of them reach fleets of about 10⁸ decisions. */
const bets = halvingBets(0.9, 12, 0.9);

interface Centre {
  readonly reward: number;
  readonly weight: number;
}
/** One is near the mean reward; most rewards are rare. Chosen by width at rates of 0.5, 2, 10, 30 and 50 %. */
const centres: readonly Centre[] = [
  { reward: 0, weight: 0.4 },
  { reward: 0.2, weight: 0.3 },
  { reward: 0.5, weight: 0.2 },
  { reward: 0.85, weight: 0.1 },
];

/**
 * Natural logarithm of the capital of one who bets that the uplift is above `uplift` (side 1), or below (side −1). A decision keeps the host's order with
 * probability s, drawn beforehand, so that `z = ±(reward − c) / (the arm's probability)`, minus for the host's, has the uplift as its mean whatever came
 * before and whatever c is. The capital is the product of `1 ± λ (z − uplift)`, averaged over fixed λ and c, and is evidence about the mean uplift so far, with
 * visitors that differ and rewards that drift, as in {@link PairedEvidence}. Six sums are enough for it (see {@link logWealth}), and
 * a fleet's capital is the same function of the fleet's sums.
 */
export function logUpliftEvidence(uplift: number, side: 1 | -1, { host, model }: UpliftSums, share: number): number {
  return logMixture(centres, (bet, centre) => {
    const hostTerm = (reward: number): number => (-side * (reward - centre)) / share;
    const modelTerm = (reward: number): number => (side * (reward - centre)) / (1 - share);
    const least = Math.min(hostTerm(0), hostTerm(1), modelTerm(0), modelTerm(1));
    // No uplift is beyond 1, so that one set of bets serves all of them, and the evidence falls from one to the next.
    const stake = bet / (1 - least);
    const gain = (term: (reward: number) => number) => (reward: number) => stake * (term(reward) - side * uplift);
    return logWealth(host, gain(hostTerm)) + logWealth(model, gain(modelTerm));
  });
}

/** The same for the ratio of the mean rewards, model to host: their difference, the host's mean being multiplied by `ratio`, is above or below 0. */
export function logRatioEvidence(ratio: number, side: 1 | -1, { host, model }: UpliftSums, share: number): number {
  const odds = share / (1 - share);
  return logMixture([{ reward: 0, weight: 1 }], (bet) => {
    // Scaled so that the arm that speaks against it can take all of a bet of 1, and no more.
    const [hostScale, modelScale] = side > 0 ? [-1, odds / ratio] : [ratio / odds, -1];
    return (
      logWealth(host, (reward) => bet * hostScale * reward) + logWealth(model, (reward) => bet * modelScale * reward)
    );
  });
}

/**
 * A lower bound of `Σ ln(1 + gain(reward))` for a gain that is linear in the reward; exact for rewards of 0 and 1. Above its chord the logarithm is
 * at least `q r (1 − r)`, q being how far its slope at an end is from the chord's, at the end where that is less.
 */
function logWealth({ count, rewards, squares }: ArmSums, gain: (reward: number) => number): number {
  const [none, all] = [1 + gain(0), 1 + gain(1)];
  const [low, high] = [Math.log(none), Math.log(all)];
  const [chord, rise] = [high - low, all - none];
  const excess = Math.max(0, Math.min(rise / none - chord, chord - rise / all));
  return (count - rewards) * low + rewards * high + excess * Math.max(0, rewards - squares);
}

function logMixture(centred: readonly Centre[], logCapital: (bet: number, centre: number) => number): number {
  const logs = centred.flatMap(({ reward, weight }) =>
    bets.sizes.map((bet, index) => Math.log(weight * bets.weights[index]!) + logCapital(bet, reward)),
  );
  const largest = logs.reduce((most, log) => Math.max(most, log), -Infinity);
  return largest + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - largest), 0));
}
