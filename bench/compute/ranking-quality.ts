/** How much of a ranking another one has kept; both are slots, best first. */
export interface RankingQuality {
  /** Share of the true best that are among those found. */
  readonly recall: number;
  /**
   * Normalised discounted cumulative gain (Järvelin and Kekäläinen 2002): of n true best, the first is worth n, the last 1, all others nothing;
   * what is found at place p counts 1 / log2(p + 2) of that.
   */
  readonly ndcg: number;
}

/** @param found as long as `best` */
export function rankingQuality(best: ArrayLike<number>, found: ArrayLike<number>): RankingQuality {
  const gains = new Map(Array.from(best, (slot, place) => [slot, best.length - place] as const));
  const kept = Array.from(found, (slot) => gains.get(slot) ?? 0);
  return {
    recall: kept.filter((gain) => gain > 0).length / best.length,
    ndcg: discounted(kept) / discounted([...gains.values()]),
  };
}

/** The mean of each. */
export function meanQuality(all: readonly RankingQuality[]): RankingQuality {
  const mean = (what: keyof RankingQuality): number => all.reduce((sum, one) => sum + one[what], 0) / all.length;
  return { recall: mean('recall'), ndcg: mean('ndcg') };
}

function discounted(gains: readonly number[]): number {
  return gains.reduce((sum, gain, place) => sum + gain / Math.log2(place + 2), 0);
}
