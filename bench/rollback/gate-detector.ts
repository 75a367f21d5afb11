import { emptyMoments, standardDeviation, updateMoments } from '../../src/core/running-moments.ts';
import { EDetector } from '../../src/monitor/sequential/e-detector.ts';
import type { Figure, FigureSection } from '../sections/section.ts';
import { nullKinds, worseningKinds, type PairKind, type WorseningKind } from './gate-streams.ts';
import { quantileOf, runLengths } from './runs.ts';

const PROMISED = 10_000;
/** A good time before the change, and how long is waited after it. */
const [GOOD, WAITED] = [3_000, 5_000];
/** Runs end here, so that the mean of their lengths is rather too small. */
const LONGEST = 200_000;
const [NULL_RUNS, CHANGE_RUNS] = [1_000, 1_000];
/** After every past; the kind that takes turns has times in which the other version is better. */
const notWorse = nullKinds.filter(({ name }) => name !== 'worse and better in turns');

/** Values until a detection from `from` on; null where there is none by `to`. */
function detection(next: (t: number) => number, detector: EDetector, from: number, to: number): number | null {
  for (let t = from; t < to; t++) {
    detector.update(next(t));
    if (detector.driftDetected) return t - from + 1;
  }
  return null;
}

interface RunLength {
  readonly name: string;
  readonly mean: number;
  readonly standardError: number;
}

function runLengthOf({ name, run }: PairKind, index: number): RunLength {
  const moments = emptyMoments();
  for (const length of runLengths(NULL_RUNS, 200 + index, (rng) => detection(run(rng), new EDetector(), 0, LONGEST))) {
    updateMoments(moments, length ?? LONGEST);
  }
  return { name, mean: moments.mean, standardError: standardDeviation(moments) / Math.sqrt(NULL_RUNS) };
}

function runLengthFigures(): readonly Figure[] {
  const lengths = notWorse.map(runLengthOf);
  const fair = lengths.filter(({ name }) => !name.includes('slightly worse')).map(({ mean }) => mean);
  const unit = 'experiences';
  return [
    {
      what: 'until a false rollback, all fair kinds',
      value: fair.reduce((sum, mean) => sum + mean, 0) / fair.length,
      unit,
      goal: { atLeast: PROMISED },
    },
    ...lengths.map(({ name, mean, standardError }) => ({
      what: `until a false rollback: ${name.replace('slightly worse', 'the champion is slightly better')}`,
      value: mean,
      unit,
      note: `standard error ${standardError.toFixed(0)}`,
    })),
  ];
}

/** How many were rolled back before the change, and after how many experiences the others were. */
function rollbacks({ before, after }: WorseningKind, index: number, averageRunLength: number) {
  let early = 0;
  const delays = runLengths(CHANGE_RUNS, 300 + index, (rng) => {
    const detector = new EDetector({ averageRunLength });
    if (detection(before(rng), detector, 0, GOOD) === null) return detection(after(rng), detector, GOOD, GOOD + WAITED);
    early++;
    return null;
  });
  return { early: (100 * early) / CHANGE_RUNS, delays };
}

function changeFigures(): readonly Figure[] {
  return worseningKinds.map((kind, index) => {
    const { early, delays } = rollbacks(kind, index, PROMISED);
    const rarer = quantileOf(rollbacks(kind, index, 10 * PROMISED).delays, 0.5, WAITED);
    return {
      what: `rolled back: ${kind.name}`,
      value: quantileOf(delays, 0.5, WAITED),
      unit: 'experiences after the change (median)',
      note: `nine of ten by ${String(quantileOf(delays, 0.9, WAITED))}; before the change ${early.toFixed(1)} %; with ten times the run length ${String(rarer)}`,
    };
  });
}

export const detector: FigureSection = {
  key: 'rollback-detector',
  title: 'Rollback: the champion has become worse than the version before',
  protocol: `Simulated losses of both on the same experiences, looked at after every one. While nothing is wrong, ${String(PROMISED)} experiences on average shall pass until a rollback (${String(NULL_RUNS)} runs a kind, ended at ${String(LONGEST)}); how soon one comes is measured after ${String(GOOD)} experiences in which the champion was better (${String(CHANGE_RUNS)} runs a kind, ${String(WAITED)} experiences at most).`,
  measure: () => Promise.resolve([...runLengthFigures(), ...changeFigures()]),
};
