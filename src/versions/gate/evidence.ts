/** What is known of a challenger when its promotion is considered; plain data, so that it can be stored beside the report. */
export interface GateEvidence {
  /** The champion has learned nothing, or there is none: what compares with it is left out, but the recent loss. */
  readonly firstVersion: boolean;
  /** Experiences that the challenger has learned. */
  readonly learnedCount: number;
  /** Of `PairedEvidence` on champion's loss minus challenger's; null where nobody predicted beside the challenger. */
  readonly recentLoss: RecentLossEvidence | null;
  /** Both models' losses on the same exemplars of the past, each in [0, 1]; null where what is recent speaks so clearly that the past does not count any more. */
  readonly exemplarLosses: readonly ExemplarLosses[] | null;
  /** Confidence bounds of the challenger's value minus the champion's, from the decision log; null where the estimate is refused, or for tasks without decisions. */
  readonly valueDifference: { readonly lower: number; readonly upper: number } | null;
  /** Expected calibration errors in [0, 1], on the same experiences. */
  readonly calibration: { readonly champion: number; readonly challenger: number; readonly count: number } | null;
  readonly finiteWeights: boolean;
  readonly sizeBytes: number;
  /** Of one prediction, both measured in the same way on this device. */
  readonly latencyMs: { readonly champion: number; readonly challenger: number } | null;
  /** What the page itself demands. */
  readonly assertions: readonly HostAssertion[];
}

export interface RecentLossEvidence {
  readonly count: number;
  /** Of champion's loss minus challenger's. */
  readonly mean: number;
  readonly maxLogEvidence: number;
  /** Of the evidence: how much worse the challenger may be, in losses of [0, 1]; default 0, for it must be better. */
  readonly mayBeWorse?: number;
}

export interface ExemplarLosses {
  readonly champion: number;
  readonly challenger: number;
}

export interface HostAssertion {
  readonly name: string;
  readonly passed: boolean;
  readonly explanation?: string;
}
