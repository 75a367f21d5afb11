export interface GateOptions {
  /** Probability that a challenger that is no better is promoted, however often the gate is asked. */
  readonly alpha: number;
  /** Experiences that a challenger must have learned. */
  readonly minLearned: number;
  /** How much worse a challenger may be on exemplars of long-term memory, in losses of [0, 1]. */
  readonly exemplarMargin: number;
  /** Probability that a challenger that is worse by that margin passes. */
  readonly exemplarAlpha: number;
  /** Fewer exemplars are not judged. */
  readonly minExemplars: number;
  /** By how much the calibration error may rise. */
  readonly calibrationMargin: number;
  /** Fewer experiences are not judged for calibration. */
  readonly minCalibrationCount: number;
  readonly maxSizeBytes: number;
  /** By what factor a prediction may become slower. */
  readonly maxLatencyRatio: number;
  /** Below this a prediction is fast enough whatever the ratio. */
  readonly negligibleLatencyMs: number;
}

export const defaultGateOptions: GateOptions = {
  alpha: 0.05,
  minLearned: 10,
  exemplarMargin: 0.05,
  exemplarAlpha: 0.1,
  minExemplars: 10,
  calibrationMargin: 0.03,
  minCalibrationCount: 100,
  maxSizeBytes: 32 * 2 ** 20,
  maxLatencyRatio: 1.5,
  negligibleLatencyMs: 2,
};
