/** Count, mean and sum of squared deviations; plain data. */
export interface Moments {
  count: number;
  mean: number;
  squares: number;
}

export function emptyMoments(): Moments {
  return { count: 0, mean: 0, squares: 0 };
}

/** Welford's update (Technometrics 1962), in place. */
export function updateMoments(moments: Moments, value: number): void {
  moments.count += 1;
  const delta = value - moments.mean;
  moments.mean += delta / moments.count;
  moments.squares += delta * (value - moments.mean);
}

/** Population standard deviation; 0 before the second value. */
export function standardDeviation(moments: Moments): number {
  return moments.count > 1 ? Math.sqrt(moments.squares / moments.count) : 0;
}
