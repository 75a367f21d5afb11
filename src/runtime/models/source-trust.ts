import type { PartState } from '../../core/part-state.ts';
import type { DeclaredSources } from '../../core/task.ts';
import { VISITOR } from '../../feedback/feedback.ts';
import { SourceWeights } from '../../learners/source-weights.ts';

/** Judged labels that a declared reliability is worth. */
const DECLARED_STRENGTH = 20;

interface Given {
  readonly source?: string | undefined;
  readonly weight: number;
}

/**
 * How much each source of feedback counts in one model. With one source, whichever it is, everything counts as given; with several, each counts by its
 * reliability compared with the best one's.
 */
export class SourceTrust {
  readonly #weights: SourceWeights;

  /** @param state of the part `sources`, where one is stored @throws CHECKPOINT_CORRUPT */
  constructor(declared: DeclaredSources, state: PartState | undefined) {
    this.#weights = new SourceWeights({
      declared: Object.fromEntries(
        Object.entries(declared).map(([source, reliability]) => [source, { reliability, strength: DECLARED_STRENGTH }]),
      ),
    });
    if (state) this.#weights.restore(state);
  }

  /** Takes note of who speaks. @returns whether there are others to compare with: then what is said is worth judging */
  hear({ source = VISITOR }: Given): boolean {
    this.#weights.hear(source);
    return this.#weights.size > 1;
  }

  /** @param confidence of the judge, in [0, 1] */
  judge({ source = VISITOR }: Given, agreed: boolean, confidence: number): void {
    this.#weights.judge(source, agreed, confidence);
  }

  /** The weight that was given, times what its source is worth. */
  weightOf({ source = VISITOR, weight }: Given): number {
    return weight * this.#weights.share(source);
  }

  /** Stays on the device: it holds the names of those who speak. */
  state(): Readonly<Record<string, PartState>> {
    return this.#weights.size > 0 ? { sources: this.#weights.state() } : {};
  }
}
