/** How a share of decisions is drawn to keep the host's order, and about what reward a decision has. */
export interface HostOrderDraw {
  /** In (0, 1). */
  readonly share: number;
  /** About the mean reward, in [0, 1]; fixed beforehand. Any is valid, a close one is strong. */
  readonly centre: number;
}

/**
 * A value in [{@link leastHostOrderDifference}, 1] a decision, for an `EDetector` or `PairedEvidence` of that least value: its mean is `share` times what the host's order
 * brings more than the model's, whatever came before. (Weighted by the inverse of the arm's probability, and scaled.) A margin in rewards is to be
 * multiplied by `share` as well.
 * @param reward in [0, 1]
 */
export function hostOrderDifference(keptHostOrder: boolean, reward: number, { share, centre }: HostOrderDraw): number {
  return keptHostOrder ? reward - centre : (-share / (1 - share)) * (reward - centre);
}

export function leastHostOrderDifference({ share, centre }: HostOrderDraw): number {
  return -Math.max(centre, (share / (1 - share)) * (1 - centre));
}
