import * as v from 'valibot';
import type { Json } from '../../core/part-state.ts';
import { BoundedNames } from '../outcome/bounded-names.ts';
import { parseState } from '../outcome/parse-state.ts';
import { plainSums } from '../outcome/sum-window.ts';
import { ratio, WindowedSums, type Windowed, type WindowOptions } from '../outcome/windowed-sums.ts';

export interface FallbackFigures {
  /** Decisions, each with what is left of its weight. */
  readonly count: number;
  /** Of decisions that the page's own order or answer served, in [0, 1]. */
  readonly share: number | null;
  readonly reasons: readonly {
    /** Null for all reasons together that have no place of their own. */
    readonly reason: string | null;
    /** Of all decisions. */
    readonly share: number;
  }[];
}

/** Reasons with a figure of their own; there are about as many codes of errors that can end a decision. */
const REASONS = 16;

const stateSchema = v.strictObject({ reasons: v.unknown(), sums: v.unknown() });

/** How often the page's own order had to serve, and why. */
export class FallbackShare {
  readonly #reasons = new BoundedNames(REASONS);
  readonly #sums: WindowedSums;

  /** @throws INVALID_CONFIG */
  constructor(windows: WindowOptions = {}) {
    this.#sums = new WindowedSums(plainSums(REASONS + 1), windows);
  }

  /** @param reason code of what kept the model from answering; null where the model answered */
  update(reason: string | null): void {
    const index = reason === null ? -1 : this.#reasons.add(reason);
    this.#sums.update(Array.from({ length: REASONS + 1 }, (_, i) => Number(i === index)));
  }

  summary(): Windowed<FallbackFigures> {
    const names = this.#reasons.names();
    return this.#sums.map((sums, count) => ({
      count,
      share: ratio(
        sums.reduce((sum, one) => sum + one, 0),
        count,
      ),
      reasons: [...sums].flatMap((sum, index) =>
        sum > 0 ? [{ reason: names[index] ?? null, share: sum / count }] : [],
      ),
    }));
  }

  state(): Json {
    return { reasons: this.#reasons.names(), sums: this.#sums.state() };
  }

  /** @throws INVALID_DATA */
  restore(state: unknown): void {
    const { reasons, sums } = parseState(stateSchema, state, 'fallbacks');
    this.#reasons.restore(reasons);
    this.#sums.restore(sums);
  }
}
