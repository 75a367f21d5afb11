import * as v from 'valibot';
import type { Json } from '../../core/part-state.ts';
import { createDefaultErrorDetector } from '../../monitor/drift/error-detector.ts';
import { finite, parseState, weight } from '../../monitor/outcome/parse-state.ts';
import type { ErrorDrift } from '../../protocol/health.ts';
import { partStateOf, plainState } from './plain-state.ts';

/** Losses after which one counts half, when it is asked whether the worst is over. */
const RECENT_HALF_LIFE = 30;
const KEPT = 2 ** (-1 / RECENT_HALF_LIFE);

const change = v.strictObject({ before: finite, after: finite, values: weight, atMs: finite });
const stateSchema = v.strictObject({
  detector: v.unknown(),
  recent: v.strictObject({ weight, sum: finite }),
  change: v.nullable(change),
});

/** Whether losses got worse: from when the detector says so until they are back, or another version serves. */
export class ErrorWatch {
  readonly #detector = createDefaultErrorDetector();
  #recent = { weight: 0, sum: 0 };
  #change: ErrorDrift['change'] = null;

  /** @param loss in [0, 1] @returns whether a drift was found that was not known */
  update(loss: number, nowMs: number): boolean {
    this.#detector.update(loss);
    this.#recent = { weight: this.#recent.weight * KEPT + 1, sum: this.#recent.sum * KEPT + loss };
    const { driftDetected, improvementDetected, change: found } = this.#detector;
    const wasKnown = this.#change !== null;
    if (driftDetected && found) {
      // A second one stands with the first: what was normal is what was so before both.
      const before = this.#change?.before ?? found.before;
      this.#change = { ...found, before, atMs: this.#change?.atMs ?? nowMs };
      this.#recent = { weight: 0, sum: 0 };
    } else if (this.#change && (improvementDetected || this.#isBack(this.#change))) this.#change = null;
    return driftDetected && !wasKnown;
  }

  /** At least half of the way, over some losses. */
  #isBack({ before, after }: NonNullable<ErrorDrift['change']>): boolean {
    const { weight: count, sum } = this.#recent;
    return count >= RECENT_HALF_LIFE && sum / count <= (before + after) / 2;
  }

  /** Another version serves: what stood was about the one before. What is normal stays: a version is to be no worse than those before it. */
  versionChanged(): void {
    this.#recent = { weight: 0, sum: 0 };
    this.#change = null;
  }

  report(): ErrorDrift {
    const status = this.#change ? 'drift' : this.#detector.warningDetected ? 'warning' : 'stable';
    return { status, meanLoss: this.#detector.estimation, change: this.#change && { ...this.#change } };
  }

  state(): Json {
    const { detector, recent, change } = { detector: this.#detector, recent: this.#recent, change: this.#change };
    return { detector: plainState(detector.state()), recent: { ...recent }, change: change && { ...change } };
  }

  /** @throws INVALID_DATA, CHECKPOINT_CORRUPT */
  restore(state: unknown): void {
    const { detector, recent, change: known } = parseState(stateSchema, state, 'losses');
    this.#detector.restore(partStateOf(detector));
    this.#recent = recent;
    this.#change = known;
  }
}
