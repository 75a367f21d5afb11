import type { PartState } from '../../core/part-state.ts';
import { readNumber } from '../../core/read-state.ts';

/** After this long without a visit half of what sets a visitor apart is forgotten. A season: an assumption, not a measurement. */
const HALF_LIFE_MS = 90 * 24 * 60 * 60 * 1000;

/** How long ago the last experience was, by the times in the log: learning depends on the log alone, not on when it is read. */
export class Absence {
  #lastMs = 0;

  /** @returns the share of what was learned of the visitor that is kept over the time since the last experience; 1 at the first, and where a clock was set back */
  pass(observedAtMs: number): number {
    const passed = this.#lastMs === 0 ? 0 : Math.max(0, observedAtMs - this.#lastMs);
    this.#lastMs = Math.max(this.#lastMs, observedAtMs);
    return 2 ** (-passed / HALF_LIFE_MS);
  }

  state(): PartState {
    return { tensors: {}, values: { lastMs: this.#lastMs } };
  }

  /** @throws CHECKPOINT_CORRUPT */
  restore(state: PartState): void {
    this.#lastMs = readNumber(state, 'lastMs', 0, Number.MAX_SAFE_INTEGER);
  }
}
