import { halvingBets } from '../../src/monitor/sequential/bets.ts';
import { logUpliftEvidence } from '../../src/monitor/sequential/uplift-evidence.ts';
import type { ArmSums, UpliftSums } from '../../src/monitor/sequential/uplift-sums.ts';
import { LowerMeanProcess } from '../../src/monitor/sequential/lower-mean-process.ts';
import { lowestPossible } from '../../src/monitor/sequential/lowest-possible.ts';

/** An interval for the uplift; what the shipped one was compared with. */
export interface Construction {
  readonly name: string;
  readonly interval: (sums: UpliftSums, share: number, level: number) => readonly [lower: number, upper: number];
}

const meanOf = ({ count, rewards }: ArmSums): number => rewards / count;
const varianceOf = ({ count, rewards, squares }: ArmSums): number => squares / count - (rewards / count) ** 2;
const upliftOf = ({ host, model }: UpliftSums): number => meanOf(model) - meanOf(host);

/** Variance of the uplift's terms: times 1 / n it is the squared standard error. */
function termVariance({ host, model }: UpliftSums): number {
  const count = host.count + model.count;
  return (varianceOf(host) * count) / host.count + (varianceOf(model) * count) / model.count;
}

const around = (uplift: number, half: number): readonly [number, number] => [uplift - half, uplift + half];
/** Nothing is known of an arm without decisions. */
const anything: readonly [number, number] = [-1, 1];
const bothArms = ({ host, model }: UpliftSums): boolean => host.count > 0 && model.count > 0;

export const shipped: Construction = {
  name: 'bets on weighted rewards (shipped)',
  interval(sums, share, level) {
    const bound = (side: 1 | -1): number =>
      side * lowestPossible((mean) => logUpliftEvidence(side * mean, side, sums, share), (1 - level) / 2, [-1, 1]);
    return [bound(1), bound(-1)];
  },
};

/** Wald's interval, for a number of decisions that was fixed beforehand. */
export const fixedNumber: Construction = {
  name: 'interval for a fixed number',
  interval(sums) {
    if (!bothArms(sums)) return anything;
    return around(upliftOf(sums), 1.96 * Math.sqrt(termVariance(sums) / (sums.host.count + sums.model.count)));
  },
};

/** The decisions at which the asymptotic sequence is narrowest. */
const NARROWEST = 5_000;

/** Waudby-Smith et al. 2021 (arXiv 2103.06476), theorem 2.2, on weighted rewards with estimated means. */
export const asymptotic: Construction = {
  name: 'asymptotic confidence sequence',
  interval(sums, _, level) {
    if (!bothArms(sums)) return anything;
    const [count, alpha] = [sums.host.count + sums.model.count, 1 - level];
    const spread = (-2 * Math.log(alpha) + Math.log(-2 * Math.log(alpha)) + 1) / NARROWEST;
    const growth = count * spread + 1;
    const boundary = Math.sqrt(((2 * growth) / (count * count * spread)) * Math.log(Math.sqrt(growth) / alpha));
    return around(upliftOf(sums), boundary * Math.sqrt(termVariance(sums)));
  },
};

const armBets = halvingBets(0.9, 12, 0.9);

/** Evidence by fixed bets that clicks have a mean above `mean`. */
function logArmEvidence({ count, rewards }: ArmSums, mean: number): number {
  const logs = armBets.sizes.map((size, index) => {
    const stake = size / Math.max(mean, 1e-9);
    const gains = rewards * Math.log1p(stake * (1 - mean)) + (count - rewards) * Math.log1p(-stake * mean);
    return Math.log(armBets.weights[index]!) + gains;
  });
  const largest = Math.max(...logs);
  return largest + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - largest), 0));
}

function armInterval(arm: ArmSums, alpha: number): readonly [number, number] {
  const misses = { ...arm, rewards: arm.count - arm.rewards };
  const bound = (sums: ArmSums): number => lowestPossible((mean) => logArmEvidence(sums, mean), alpha / 2, [0, 1]);
  return [bound(arm), 1 - bound(misses)];
}

/** A betting confidence sequence for each arm, of half the error probability. */
export const twoArms: Construction = {
  name: 'difference of two arms',
  interval({ host, model }, _, level) {
    const [hostLower, hostUpper] = armInterval(host, (1 - level) / 2);
    const [modelLower, modelUpper] = armInterval(model, (1 - level) / 2);
    return [modelLower - hostUpper, modelUpper - hostLower];
  },
};

/** Self-normalised weighted rewards without a centre, as the off-policy intervals: the sums of squares are those of clicks. */
export const selfNormalised: Construction = {
  name: 'empirical Bernstein on weighted rewards',
  interval({ host, model }, share, level) {
    const count = host.count + model.count;
    const bound = (gains: ArmSums, gainWeight: number, losses: ArmSums, lossWeight: number): number => {
      const process = new LowerMeanProcess(lossWeight, { highestGuess: 0, bets: halvingBets(0.75, 12, 0.9) });
      const sum = gains.rewards * gainWeight - losses.rewards * lossWeight;
      process.restore([count, sum, gains.squares * gainWeight ** 2 + losses.squares * lossWeight ** 2]);
      return lowestPossible((mean) => process.logEvidence(mean), (1 - level) / 2, [-1, 1]);
    };
    const [hostWeight, modelWeight] = [1 / share, 1 / (1 - share)];
    return [bound(model, modelWeight, host, hostWeight), -bound(host, hostWeight, model, modelWeight)];
  },
};
