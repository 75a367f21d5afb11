import { kappaTemporal } from '../kappa-temporal.ts';
import type { SumLayout } from './sum-window.ts';
import { ratio } from './windowed-sums.ts';

const BINS = 10;

/** Places in the record of one prediction. Classes are indices; `predicted` is -1 where no class was known. */
export const field = {
  actual: 0,
  predicted: 1,
  right: 2,
  persistentRight: 3,
  logLoss: 4,
  brier: 5,
  confidence: 6,
} as const;
const RECORD = 7;

/** Places of the sums: four plain ones, three a calibration bin, three a class. */
const PLAIN = 4;
const CLASSES = PLAIN + 3 * BINS;

/** Numbers of one window of predictions. */
export interface ClassificationFigures {
  /** Labelled predictions, each with what is left of its weight. */
  readonly count: number;
  /** Share of right predictions, in [0, 1]. */
  readonly accuracy: number | null;
  /** Share that repeating the label before would have got right, in [0, 1]. */
  readonly persistentAccuracy: number | null;
  /** Accuracy beyond that, at most 1: what accuracy is worth where labels come in runs. */
  readonly kappaTemporal: number | null;
  /** Nats a prediction. */
  readonly logLoss: number | null;
  /** Squared error summed over classes, in [0, 2]. */
  readonly brier: number | null;
  /**
   * Expected calibration error in [0, 1], over ten bins of the predicted class's probability, each with its lower end (Guo et al. 2017,
   * arXiv 1706.04599).
   */
  readonly calibrationError: number | null;
  readonly classes: readonly ClassFigures[];
}

/** One class against the rest; each rate is in [0, 1]. */
export interface ClassFigures {
  /** Null for all classes together that have no place of their own. */
  readonly label: string | null;
  /** Labels of this class, each with what is left of its weight. */
  readonly count: number;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly falsePositiveRate: number | null;
  readonly falseNegativeRate: number | null;
}

/** @param classes indices of classes, that of all others included */
export function classificationSums(classes: number): SumLayout {
  return {
    recordSize: RECORD,
    sumCount: CLASSES + 3 * classes,
    add(record, sums) {
      const [actual, predicted, right] = [record[field.actual]!, record[field.predicted]!, record[field.right]!];
      for (let i = 0; i < PLAIN; i++) sums[i]! += record[field.right + i]!;
      const confidence = record[field.confidence]!;
      const bin = PLAIN + 3 * Math.min(BINS - 1, Math.floor(BINS * confidence));
      sums[bin]! += 1;
      sums[bin + 1]! += confidence;
      sums[bin + 2]! += right;
      sums[CLASSES + 3 * actual]! += 1;
      if (predicted < 0) return;
      sums[CLASSES + 3 * predicted + 1]! += 1;
      if (predicted === actual) sums[CLASSES + 3 * actual + 2]! += 1;
    },
  };
}

/** @param labels by index; those with an index beyond it are the others */
export function classificationFigures(
  sums: Float64Array,
  count: number,
  labels: readonly string[],
): ClassificationFigures {
  // The plain sums are in the order of the record, from `right` on.
  const mean = (of: number): number | null => ratio(sums[of - field.right]!, count);
  const accuracy = mean(field.right);
  const persistentAccuracy = mean(field.persistentRight);
  return {
    count,
    accuracy,
    persistentAccuracy,
    kappaTemporal:
      accuracy === null || persistentAccuracy === null ? null : kappaTemporal(accuracy, persistentAccuracy),
    logLoss: mean(field.logLoss),
    brier: mean(field.brier),
    calibrationError: ratio(calibrationGap(sums), count),
    classes: classFigures(sums, count, labels),
  };
}

function calibrationGap(sums: Float64Array): number {
  let gap = 0;
  for (let at = PLAIN; at < CLASSES; at += 3) gap += Math.abs(sums[at + 2]! - sums[at + 1]!);
  return gap;
}

function classFigures(sums: Float64Array, count: number, labels: readonly string[]): ClassFigures[] {
  const others = (sums.length - CLASSES) / 3 - 1;
  const figures = labels.map((label, index) => oneClass(sums, count, label, index));
  const rest = oneClass(sums, count, null, others);
  return rest.count > 0 || sums[CLASSES + 3 * others + 1]! > 0 ? [...figures, rest] : figures;
}

function oneClass(sums: Float64Array, total: number, label: string | null, index: number): ClassFigures {
  const at = CLASSES + 3 * index;
  const [count, predicted, both] = [sums[at]!, sums[at + 1]!, sums[at + 2]!];
  return {
    label,
    count,
    precision: ratio(both, predicted),
    recall: ratio(both, count),
    falsePositiveRate: ratio(predicted - both, total - count),
    falseNegativeRate: ratio(count - both, count),
  };
}
