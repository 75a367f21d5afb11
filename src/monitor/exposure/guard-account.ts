import type { Json } from '../../core/part-state.ts';
import { namedSums } from '../outcome/named-sums.ts';
import { ratio, WindowedSums, type Windowed, type WindowOptions } from '../outcome/windowed-sums.ts';
import type { GuardedOrder } from './amplification-guard.ts';

export interface GuardFigures {
  /** Guarded decisions, each with what is left of its weight. */
  readonly count: number;
  /** Share of decisions that were changed, in [0, 1]. */
  readonly changed: number | null;
  /** Expected reward of the first places that was given up, a decision. */
  readonly cost: number | null;
  /** The same as a part of what was to be expected. */
  readonly costShare: number | null;
  /** Places a decision that went to what has had its share, because everything had. */
  readonly relaxed: number | null;
}

const layout = namedSums(['changed', 'cost', 'reward', 'relaxed']);

/** What guarding against amplification costs, so that it can be shown. */
export class GuardAccount {
  readonly #sums: WindowedSums;

  /** @throws INVALID_CONFIG */
  constructor(windows: WindowOptions = {}) {
    this.#sums = new WindowedSums(layout, windows);
  }

  update({ cost, reward, held, relaxed }: Omit<GuardedOrder, 'order'>): void {
    this.#sums.update(layout.record({ changed: Number(held.length > 0), cost, reward, relaxed }));
  }

  summary(): Windowed<GuardFigures> {
    return this.#sums.map((values, count) => {
      const { changed, cost, reward, relaxed } = layout.read(values);
      return {
        count,
        changed: ratio(changed, count),
        cost: ratio(cost, count),
        costShare: ratio(cost, reward),
        relaxed: ratio(relaxed, count),
      };
    });
  }

  state(): Json {
    return this.#sums.state();
  }

  /** @throws INVALID_DATA */
  restore(state: unknown): void {
    this.#sums.restore(state);
  }
}
