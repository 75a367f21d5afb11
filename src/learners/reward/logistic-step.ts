/** What one reward says about the score of its row. */
export interface LogisticStep {
  /** The score's mean moves by this many times its variance. */
  readonly step: number;
  /** Information about the score that the reward brings. */
  readonly precision: number;
}

const NEWTON_STEPS = 30;
const TOLERANCE = 1e-9;

export function sigmoid(score: number): number {
  return 1 / (1 + Math.exp(-score));
}

/** E[σ(s)] for a normal score (MacKay 1992, doi 10.1162/neco.1992.4.5.720). */
export function expectedReward(score: number, variance: number): number {
  return sigmoid(score / Math.sqrt(1 + (Math.PI * variance) / 8));
}

/**
 * The posterior of a score with prior N(score, variance) after a reward in [0, 1] of that logit: its mode, found by a safe Newton iteration
 * (a plain Kalman step overshoots where the model was sure and wrong), and the precision of the variational bound of Jaakkola and Jordan
 * (2000, doi 10.1023/A:1008932416310), which unlike the curvature at the mode does not vanish for candidates that are always or never rewarded.
 */
export function logisticStep(score: number, variance: number, reward: number, weight: number): LogisticStep {
  // step = weight · (reward − σ(score + variance · step)); the right side falls with step, so the root lies between these.
  let low = weight * (reward - 1);
  let high = weight * reward;
  let step = (weight * (reward - sigmoid(score))) / (1 + (weight * variance) / 4);
  for (let iteration = 0; iteration < NEWTON_STEPS; iteration++) {
    const p = sigmoid(score + variance * step);
    const gap = step - weight * (reward - p);
    if (Math.abs(gap) < TOLERANCE) break;
    if (gap > 0) high = step;
    else low = step;
    const next = step - gap / (1 + weight * variance * p * (1 - p));
    step = next > low && next < high ? next : (low + high) / 2;
  }
  const mode = score + variance * step;
  return { step, precision: weight * boundPrecision(mode, variance) };
}

/** tanh(ξ/2) / (2ξ) with ξ² = E[s²] after this reward, by one fixed-point step from the curvature at the mode. */
function boundPrecision(mode: number, variance: number): number {
  const p = sigmoid(mode);
  const left = variance / (1 + variance * p * (1 - p));
  const xi = Math.sqrt(mode * mode + left);
  return xi < 1e-6 ? 0.25 : Math.tanh(xi / 2) / (2 * xi);
}
