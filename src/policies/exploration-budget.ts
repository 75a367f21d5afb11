export interface ExplorationBudgetOptions {
  /** Part of the best expected reward that exploration may give up in the long run, in [0, 1]. */
  readonly share: number;
  /** What may be given up beyond that, in decisions' worth of the best expected reward: at the start, and after a change. */
  readonly credit: number;
}

/**
 * Bounds what exploration gives up, as the model estimates it, in decisions' worth of the best expected reward: over any n decisions in a
 * row at most share · n + credit. What is not spent is saved, up to `credit`.
 */
export class ExplorationBudget {
  readonly #options: ExplorationBudgetOptions;
  #credit: number;

  constructor(options: ExplorationBudgetOptions) {
    this.#options = options;
    this.#credit = options.credit;
  }

  get credit(): number {
    return this.#credit;
  }

  restore(credit: number): void {
    this.#credit = credit;
  }

  /**
   * @param free part of the best expected reward that the rule would give up @param fixed part that is given up in any case
   * @param weight of this place within its decision
   * @returns the part of the free exploration that is paid for, in [0, 1]
   */
  spend(free: number, fixed: number, weight: number): number {
    const { share, credit } = this.#options;
    const available = this.#credit + weight * Math.max(0, share - fixed);
    const wanted = weight * free;
    const granted = wanted <= available ? 1 : available / wanted;
    this.#credit = Math.min(credit, Math.max(0, available - granted * wanted));
    return granted;
  }
}
