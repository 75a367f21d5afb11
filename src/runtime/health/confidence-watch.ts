import * as v from 'valibot';
import { murmur3 } from '../../core/hashing.ts';
import type { Json } from '../../core/part-state.ts';
import { CalibrationError } from '../../monitor/confidence/calibration-error.ts';
import { ConfidenceHistory } from '../../monitor/confidence/confidence-history.ts';
import { PerformanceEstimator } from '../../monitor/confidence/performance-estimator.ts';
import { topOf } from '../../core/top-of.ts';
import { entropyOf } from '../../monitor/distribution/prediction-drift.ts';
import { parseState } from '../../monitor/outcome/parse-state.ts';
import type { ConfidenceHealth } from '../../protocol/health.ts';
import type { Said } from './pending-decisions.ts';

/** Labels after which one counts half. */
const HALF_LIFE = 500;
/** Of confidences that are remembered. */
const DIGITS = 4;

const stateSchema = v.strictObject({ calibration: v.unknown(), history: v.unknown(), estimator: v.unknown() });

/** How sure a classification is, and whether it may be. */
export class ConfidenceWatch {
  readonly #calibration = new CalibrationError(HALF_LIFE);
  readonly #history = new ConfidenceHistory();
  readonly #estimator = new PerformanceEstimator('accuracy');

  /** @returns what is to be remembered until the label comes; null where no class is known */
  decided(probabilities: Readonly<Record<string, number>>): Said | null {
    const { label, confidence } = topOf(probabilities);
    if (label === null || confidence === null) return null;
    this.#history.update(confidence, entropyOf(Object.values(probabilities)));
    const said = Number(Math.min(1, Math.max(0, confidence)).toFixed(DIGITS));
    this.#estimator.decide(said);
    return { labelHash: murmur3(label), confidence: said };
  }

  /** The label of a decision. */
  labelled({ labelHash, confidence }: Said, actual: string): void {
    this.#estimator.label(confidence, Number(labelHash === murmur3(actual)));
  }

  /** What served would have said before it learned the label. */
  judged(probabilities: Readonly<Record<string, number>>, actual: string): void {
    const { label, confidence } = topOf(probabilities);
    if (confidence !== null) this.#calibration.update(Math.min(1, Math.max(0, confidence)), label === actual);
  }

  report(): ConfidenceHealth {
    return {
      calibration: this.#calibration.report(),
      periods: this.#history.periods(),
      unlabelled: this.#estimator.estimate(),
    };
  }

  state(): Json {
    return {
      calibration: this.#calibration.state(),
      history: this.#history.state(),
      estimator: this.#estimator.state(),
    };
  }

  /** @throws INVALID_DATA, CHECKPOINT_CORRUPT */
  restore(state: unknown): void {
    const { calibration, history, estimator } = parseState(stateSchema, state, 'confidence');
    this.#calibration.restore(calibration);
    this.#history.restore(history);
    this.#estimator.restore(estimator);
  }
}
