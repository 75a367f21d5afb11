/** The smallest of the values that a share of `q` does not exceed. */
export function quantile(values: readonly number[], q: number): number {
  const ascending = [...values].sort((a, b) => a - b);
  return ascending[Math.min(ascending.length - 1, Math.ceil(q * ascending.length) - 1)] ?? NaN;
}
