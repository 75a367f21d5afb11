import { Accuracy } from '../../../src/monitor/accuracy.ts';
import { KappaTemporal } from '../../../src/monitor/kappa-temporal.ts';
import { LogLoss } from '../../../src/monitor/log-loss.ts';
import { ExactQuantiles } from '../../../src/monitor/exact-quantiles.ts';
import type { Cost } from '../benchmark.ts';
import { CalibrationError } from './calibration-error.ts';
import type { LabelledRow } from './labelled-rows.ts';
import type { StreamLearner } from './stream-learner.ts';

export interface StreamScore {
  readonly accuracy: number;
  readonly kappaTemporal: number;
  readonly logLoss: number;
  readonly ece: number;
  readonly cost: Cost;
}

/**
 * Progressive validation: each row is predicted, scored by its true label, and learned. @param learned the labels to learn, one for each row
 * @param monotonicMs for the cost, which includes encoding the features
 */
export async function testThenTrain(
  learner: StreamLearner,
  rows: readonly LabelledRow[],
  learned: readonly string[],
  monotonicMs: () => number,
): Promise<StreamScore> {
  const [accuracy, kappa, logLoss, ece] = [new Accuracy(), new KappaTemporal(), new LogLoss(), new CalibrationError()];
  const [predictMs, learnMs] = [new ExactQuantiles(), new ExactQuantiles()];
  for (const [index, { features, label }] of rows.entries()) {
    const start = monotonicMs();
    const probabilities = await learner.predict(features);
    const predicted = monotonicMs();
    await learner.learn(features, learned[index] ?? label);
    learnMs.update(monotonicMs() - predicted);
    predictMs.update(predicted - start);
    const [name, confidence] = mostProbable(probabilities);
    accuracy.update(label, name);
    kappa.update(label, name);
    logLoss.update(label, probabilities);
    ece.update(confidence, name === label);
  }
  return {
    accuracy: accuracy.get(),
    kappaTemporal: kappa.get() ?? 0,
    logLoss: logLoss.get(),
    ece: ece.get(),
    cost: {
      predictUs: 1000 * predictMs.get(0.5),
      learnUs: 1000 * learnMs.get(0.5),
      stateBytes: await learner.stateBytes(),
    },
  };
}

function mostProbable(probabilities: Readonly<Record<string, number>>): [string | null, number] {
  let [best, most]: [string | null, number] = [null, 0];
  for (const [name, probability] of Object.entries(probabilities))
    if (best === null || probability > most) [best, most] = [name, probability];
  return [best, most];
}
