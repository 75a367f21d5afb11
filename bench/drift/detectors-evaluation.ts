/** The measures of River's `drift.evaluate`; alarms and drifts are indices, both in order. */

export interface Matching {
  /** Alarms by the index of the drift that they found. */
  readonly hits: ReadonlyMap<number, readonly number[]>;
  readonly falseAlarms: readonly number[];
}

export interface Evaluation {
  /** Share of alarms within a window; undefined without alarms. */
  readonly precision: number | undefined;
  /** Share of drifts with an alarm in their window. */
  readonly episodeRecall: number;
  /** Harmonic mean of the two. */
  readonly f1: number | undefined;
  /** Mean time to detection, of the drifts that were found. */
  readonly detectionDelay: number | undefined;
  /** Mean gap between false alarms; undefined below two. */
  readonly timeBetweenFalseAlarms: number | undefined;
  /** Time between false alarms / delay × share found. */
  readonly meanTimeRatio: number | undefined;
}

/** @param mostDelay the window of a drift ends so many values after it, included */
export function matchAlarms(alarms: readonly number[], drifts: readonly number[], mostDelay: number): Matching {
  const [hits, falseAlarms] = [new Map<number, number[]>(), [] as number[]];
  for (const alarm of alarms) {
    const index = drifts.findIndex((drift) => alarm >= drift && alarm <= drift + mostDelay);
    if (index < 0) falseAlarms.push(alarm);
    else hits.set(index, [...(hits.get(index) ?? []), alarm]);
  }
  return { hits, falseAlarms };
}

/** @param drifts at least one */
export function evaluate(alarms: readonly number[], drifts: readonly number[], mostDelay: number): Evaluation {
  const { hits, falseAlarms } = matchAlarms(alarms, drifts, mostDelay);
  const precision = alarms.length === 0 ? undefined : 1 - falseAlarms.length / alarms.length;
  const episodeRecall = hits.size / drifts.length;
  const detectionDelay = mean([...hits].map(([index, found]) => Math.min(...found) - drifts[index]!));
  const timeBetweenFalseAlarms = mean(falseAlarms.slice(1).map((alarm, index) => alarm - falseAlarms[index]!));
  return {
    precision,
    episodeRecall,
    f1: precision === undefined ? undefined : harmonic(precision, episodeRecall),
    detectionDelay,
    timeBetweenFalseAlarms,
    meanTimeRatio:
      timeBetweenFalseAlarms === undefined || detectionDelay === undefined
        ? undefined
        : (timeBetweenFalseAlarms / detectionDelay) * episodeRecall,
  };
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function harmonic(a: number, b: number): number {
  return a + b === 0 ? 0 : (2 * a * b) / (a + b);
}
