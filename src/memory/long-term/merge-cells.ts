/** Rates of several values in one cell or group of cells. */
export interface RateTable {
  readonly cells: readonly number[];
  /** [values]: observations and, of them, what was liked. */
  readonly seen: readonly number[];
  readonly liked: readonly number[];
}

/** 0.999 quantile of the Tracy-Widom law of order 1: several questions are asked of the same week. */
const TRACY_WIDOM_999 = 3.2724;

/**
 * The largest contrast between any two groups of cells that chance alone gives, with probability 0.999: such a contrast is never more than the largest
 * eigenvalue of the cells' standardised residuals (Roy's union-intersection principle), whose law under chance is known (Johnstone 2001,
 * doi:10.1214/aos/1009210544). So it holds for whichever groups the data themselves suggested.
 */
export function largestByChance(cells: number, values: number): number {
  const [a, b] = [Math.sqrt(Math.max(1, cells - 1)), Math.sqrt(values)];
  return (a + b) ** 2 + TRACY_WIDOM_999 * (a + b) * Math.cbrt(1 / a + 1 / b);
}

/** How much two groups differ in the rates of their values: a sum of squared standardised differences. @param everywhere [values] rates */
export function contrast(one: RateTable, other: RateTable, everywhere: readonly number[]): number {
  let sum = 0;
  for (let k = 0; k < everywhere.length; k++) {
    const n = one.seen[k]!;
    const m = other.seen[k]!;
    if (n <= 0 || m <= 0) continue;
    const rate = everywhere[k]!;
    const difference = one.liked[k]! / n - other.liked[k]! / m;
    sum += (difference * difference) / (rate * (1 - rate) * (1 / n + 1 / m));
  }
  return sum;
}

export interface MergedCells {
  readonly groups: readonly RateTable[];
  /** How much more the groups explain of the differences between cells than chance does; 0 where there is one group. */
  readonly excess: number;
}

/**
 * Merges cells, the two that differ least first (agglomerative clustering by loss of information, Slonim and Tishby 1999), until any two groups differ by
 * more than chance can explain. Cells that do not differ at all end in one group.
 */
export function mergeCells(tables: readonly RateTable[]): MergedCells {
  const size = tables.length;
  const values = tables[0]?.seen.length ?? 0;
  const everywhere = rates(tables, values);
  const limit = largestByChance(size, values);
  const groups: (RateTable | null)[] = [...tables];
  // [i][j], flat, j < i; infinite where one of them is merged into another.
  const contrasts = new Float64Array(size * size).fill(Infinity);
  const compare = (i: number, j: number): void => {
    contrasts[Math.max(i, j) * size + Math.min(i, j)] = contrast(groups[i]!, groups[j]!, everywhere);
  };
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) compare(i, j);
  for (let left = size; left > 1; left--) {
    const at = leastOf(contrasts);
    if (contrasts[at]! > limit) break;
    const [i, j] = [Math.floor(at / size), at % size];
    groups[j] = merged(groups[j]!, groups[i]!);
    groups[i] = null;
    for (let other = 0; other < size; other++) {
      contrasts[Math.max(i, other) * size + Math.min(i, other)] = Infinity;
      if (groups[other] && other !== j) compare(other, j);
    }
  }
  const found = groups.filter((group) => group !== null);
  return { groups: found, excess: found.length > 1 ? explained(found, everywhere) - limit : 0 };
}

/** What the groups explain: of two groups their contrast. */
function explained(groups: readonly RateTable[], everywhere: readonly number[]): number {
  let sum = 0;
  for (const { seen, liked } of groups) {
    everywhere.forEach((rate, k) => {
      if (seen[k]! > 0) sum += (seen[k]! * (liked[k]! / seen[k]! - rate) ** 2) / (rate * (1 - rate));
    });
  }
  return sum;
}

/** Rates over all cells, away from 0 and 1. */
export function rates(tables: readonly RateTable[], values: number): number[] {
  return Array.from({ length: values }, (_, k) => {
    const liked = tables.reduce((sum, table) => sum + table.liked[k]!, 0);
    const seen = tables.reduce((sum, table) => sum + table.seen[k]!, 0);
    return (liked + 0.5) / (seen + 1);
  });
}

function leastOf(values: Float64Array): number {
  let least = 0;
  for (let at = 1; at < values.length; at++) if (values[at]! < values[least]!) least = at;
  return least;
}

function merged(one: RateTable, other: RateTable): RateTable {
  return {
    cells: [...one.cells, ...other.cells].sort((a, b) => a - b),
    seen: one.seen.map((n, k) => n + other.seen[k]!),
    liked: one.liked.map((n, k) => n + other.liked[k]!),
  };
}
