import type { Rng } from '../../src/core/rng.ts';
import { pairedDifference } from '../../src/monitor/sequential/paired-values.ts';

/** Loss of the champion minus loss of the challenger on experience t = 0, 1, …; a new run has a state of its own. */
export interface PairKind {
  readonly name: string;
  readonly run: (rng: Rng) => (t: number) => number;
}

/**
 * Right or wrong. @param only shares of experiences on which only the champion, only the challenger is wrong; where both are right or both wrong nothing
 * differs
 */
function rightOrWrong(onlyChampion: number, onlyChallenger: number): PairKind['run'] {
  return (rng) => () => {
    const u = rng.nextFloat();
    if (u < onlyChampion) return 1;
    return u < onlyChampion + onlyChallenger ? -1 : 0;
  };
}

/** Errors of the two, `shared` of the smaller one made by both. */
function errors(champion: number, challenger: number, shared: number): PairKind['run'] {
  const both = shared * Math.min(champion, challenger);
  return rightOrWrong(champion - both, challenger - both);
}

/** Rewards of two orders shown to different visitors. */
function rewards(champion: number, challenger: number): PairKind['run'] {
  return (rng) => () => Number(rng.nextFloat() < challenger) - Number(rng.nextFloat() < champion);
}

/** Log losses of two classes, cut at 2 ln 2: both say the true chance in log odds, with errors of their own. */
function logLosses(championNoise: number, challengerNoise: number): PairKind['run'] {
  const largest = 2 * Math.LN2;
  return (rng) => () => {
    const odds = 1.5 * rng.nextGaussian();
    const label = rng.nextFloat() < 1 / (1 + Math.exp(-odds)) ? 1 : -1;
    const loss = (noise: number): number => Math.log1p(Math.exp(-label * (odds + noise * rng.nextGaussian())));
    return pairedDifference(loss(championNoise), loss(challengerNoise), largest);
  };
}

/** Calm and restless times take turns at random: the share of experiences on which the two disagree is remembered, who wins is not. */
const clusters: PairKind['run'] = (rng) => {
  let restless = false;
  return () => {
    if (rng.nextFloat() < 0.01) restless = !restless;
    if (rng.nextFloat() >= (restless ? 0.5 : 0.02)) return 0;
    return rng.nextInt(2) ? 1 : -1;
  };
};

/** Worse for 100 experiences, better for 100, and so on: never better so far. */
const inTurns: PairKind['run'] = (rng) => {
  const [worse, better] = [rightOrWrong(0.05, 0.15)(rng), rightOrWrong(0.15, 0.05)(rng)];
  return (t) => (t % 200 < 100 ? worse(t) : better(t));
};

/** Many small losses and few great gains that cancel: what a mean of few values does not see. */
const rareGains: PairKind['run'] = (rng) => () => (rng.nextFloat() < 0.01 ? 0.99 : -0.01);

/** Small losses that differ by about 0.05, with tails. */
const regressions: PairKind['run'] = (rng) => () => {
  const size = 0.05 * Math.abs(rng.nextGaussian()) ** 2;
  return Math.min(1, size) * (rng.nextInt(2) ? 1 : -1);
};

/** A challenger that is not better. */
export const nullKinds: readonly PairKind[] = [
  { name: 'right or wrong, 4 % differ', run: rightOrWrong(0.02, 0.02) },
  { name: 'right or wrong, 40 % differ', run: rightOrWrong(0.2, 0.2) },
  { name: 'right or wrong, slightly worse (0.5 %)', run: rightOrWrong(0.0475, 0.0525) },
  { name: 'log losses', run: logLosses(0.7, 0.7) },
  { name: 'log losses, slightly worse', run: logLosses(0.7, 0.75) },
  { name: 'rewards of 1 %', run: rewards(0.01, 0.01) },
  { name: 'rewards of 5 %', run: rewards(0.05, 0.05) },
  { name: 'rewards of 30 %', run: rewards(0.3, 0.3) },
  { name: 'squared errors', run: regressions },
  { name: 'many small losses, rare great gains', run: rareGains },
  { name: 'calm and restless times', run: clusters },
  { name: 'worse and better in turns', run: inTurns },
];

/** The champion knows nothing and says 1/2; the challenger's noise in log odds falls as it learns. */
const freshChampion: PairKind['run'] = (rng) => {
  const largest = 2 * Math.LN2;
  return (t) => {
    const odds = 2 * rng.nextGaussian();
    const label = rng.nextFloat() < 1 / (1 + Math.exp(-odds)) ? 1 : -1;
    const learned = t / (t + 30);
    const said = learned * odds + (1 - learned) * rng.nextGaussian();
    return pairedDifference(Math.LN2, Math.log1p(Math.exp(-label * said)), largest);
  };
};

/** Of four classes: chance against an error that falls from 75 to 15 % as it learns. */
const freshOfFour: PairKind['run'] = (rng) => (t) => {
  const error = 0.15 + 0.6 * (20 / (20 + t));
  return Number(rng.nextFloat() < 0.75) - Number(rng.nextFloat() < error);
};

/** A challenger that starts over: worse for 150 experiences, better after. */
const startsOver: PairKind['run'] = (rng) => {
  const [worse, better] = [rightOrWrong(0.05, 0.15)(rng), rightOrWrong(0.15, 0.05)(rng)];
  return (t) => (t < 150 ? worse(t) : better(t));
};

/** A challenger that is better. */
export const betterKinds: readonly PairKind[] = [
  { name: 'error .30 → .25, 90 % of errors shared', run: errors(0.3, 0.25, 0.9) },
  { name: 'error .30 → .25, half shared', run: errors(0.3, 0.25, 0.5) },
  { name: 'error .30 → .20, 90 % shared', run: errors(0.3, 0.2, 0.9) },
  { name: 'error .30 → .20, half shared', run: errors(0.3, 0.2, 0.5) },
  { name: 'error .20 → .10, 90 % shared', run: errors(0.2, 0.1, 0.9) },
  { name: 'error .20 → .10, half shared', run: errors(0.2, 0.1, 0.5) },
  { name: 'error .10 → .08, 90 % shared', run: errors(0.1, 0.08, 0.9) },
  { name: 'log losses, noise 1.5 → 0.7', run: logLosses(1.5, 0.7) },
  { name: 'click rate .10 → .15', run: rewards(0.1, 0.15) },
  { name: 'click rate .03 → .06', run: rewards(0.03, 0.06) },
  { name: 'click rate .30 → .33', run: rewards(0.3, 0.33) },
  { name: 'fresh champion, two classes', run: freshChampion },
  { name: 'fresh champion, four classes', run: freshOfFour },
  { name: 'starts over: worse for 150, then better', run: startsOver },
];

/** What a served version does beside the one before: fair or better first, worse after the change. Loss of the served one minus loss of the other. */
export interface WorseningKind {
  readonly name: string;
  readonly before: PairKind['run'];
  readonly after: PairKind['run'];
}

export const worseningKinds: readonly WorseningKind[] = [
  { name: 'error .20 → .50', before: errors(0.2, 0.25, 0.7), after: errors(0.5, 0.25, 0.7) },
  { name: 'error .20 → .35', before: errors(0.2, 0.25, 0.7), after: errors(0.35, 0.25, 0.7) },
  { name: 'error .20 → .30', before: errors(0.2, 0.25, 0.7), after: errors(0.3, 0.25, 0.7) },
  { name: 'log losses, noise 0.7 → 1.5', before: logLosses(0.7, 0.9), after: logLosses(1.5, 0.9) },
  { name: 'click rate .10 → .05', before: rewards(0.1, 0.08), after: rewards(0.05, 0.08) },
];
