import type { PartState } from '../../core/part-state.ts';
import { corrupt } from '../../core/read-state.ts';
import { requireInRange, requireRange, type DriftDetector, type ValueRange } from './drift-detector.ts';

/** What one value says. */
export type Verdict = 'stable' | 'warning' | 'drift' | 'improvement';
const verdicts: readonly Verdict[] = ['stable', 'warning', 'drift', 'improvement'];

/** What all detectors share: the guard of the range, the verdict, and starting anew after a drift. */
export abstract class GuardedDetector implements DriftDetector {
  readonly range: ValueRange;
  #verdict: Verdict = 'stable';

  constructor(range: ValueRange) {
    requireRange(range);
    this.range = range;
  }

  protected get verdict(): Verdict {
    return this.#verdict;
  }

  get driftDetected(): boolean {
    return this.#verdict === 'drift';
  }

  get warningDetected(): boolean {
    return this.#verdict === 'warning';
  }

  update(value: number): void {
    requireInRange(value, this.range);
    if (this.driftDetected) this.reset();
    this.#verdict = this.learn(value);
  }

  reset(): void {
    this.#verdict = 'stable';
    this.clear();
  }

  state(): PartState {
    const { tensors, values } = this.contents();
    return { tensors, values: { ...values, verdict: this.#verdict } };
  }

  restore(state: PartState): void {
    const verdict = verdicts.find((known) => known === state.values['verdict']);
    if (!verdict) throw corrupt('verdict is none of a drift detector');
    this.load(state);
    this.#verdict = verdict;
  }

  protected abstract learn(value: number): Verdict;
  protected abstract clear(): void;
  protected abstract contents(): PartState;
  /** All or nothing. @throws CHECKPOINT_CORRUPT */
  protected abstract load(state: PartState): void;
}
