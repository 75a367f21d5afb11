import { LogLoss } from '../log-loss.ts';

/** Log loss of a single prediction, in nats, clipped as {@link LogLoss} does it. */
export function logLossOf(actual: string, probabilities: Readonly<Record<string, number>>): number {
  const loss = new LogLoss();
  loss.update(actual, probabilities);
  return loss.get();
}

/** Squared error over all classes (Brier 1950, doi 10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2), in [0, 2]. */
export function brierOf(actual: string, probabilities: Readonly<Record<string, number>>): number {
  let sum = Object.hasOwn(probabilities, actual) ? 0 : 1;
  for (const [label, probability] of Object.entries(probabilities))
    sum += (probability - Number(label === actual)) ** 2;
  return sum;
}
