/** Counts of things, and how many there are: those without a count of their own share what is left of the total evenly. */
export interface Distribution {
  /** Above 0 in sum. */
  readonly total: number;
  readonly counts: readonly number[];
  /** Things there are, counted or not. */
  readonly size: number;
}

interface Group {
  readonly value: number;
  readonly members: number;
}

/**
 * What is not in the counts goes to the things that have none, which makes the distribution as even as it can be: concentration is rather understated. Where
 * every thing has a count it goes to them.
 */
function groupsOf({ total, counts, size }: Distribution): Group[] {
  const counted = counts.reduce((sum, one) => sum + one, 0);
  const others = Math.max(0, size - counts.length);
  const rest = Math.max(0, total - counted);
  const share = others > 0 ? 0 : rest / counts.length;
  const groups = counts.map((value) => ({ value: value + share, members: 1 }));
  return others > 0 ? [...groups, { value: rest / others, members: others }] : groups;
}

/** Gini's coefficient: 0 where all get the same, near 1 where one gets everything. Null where nothing was counted. */
export function gini(distribution: Distribution): number | null {
  if (!(distribution.total > 0)) return null;
  const groups = groupsOf(distribution).sort((one, other) => one.value - other.value);
  const size = groups.reduce((sum, { members }) => sum + members, 0);
  let [below, weighted, total] = [0, 0, 0];
  for (const { value, members } of groups) {
    // Σ (2 rank − size − 1) over the ranks of the group.
    weighted += value * members * (2 * below + members - size);
    total += value * members;
    below += members;
  }
  return weighted / (size * total);
}

/** Entropy as a part of the largest there can be: 1 where all get the same, 0 where one gets everything. Null for less than two things, and where nothing was counted. */
export function normalisedEntropy(distribution: Distribution): number | null {
  if (!(distribution.total > 0)) return null;
  const groups = groupsOf(distribution);
  const size = groups.reduce((sum, { members }) => sum + members, 0);
  const total = groups.reduce((sum, { value, members }) => sum + value * members, 0);
  if (size < 2) return null;
  const entropy = groups.reduce((sum, { value, members }) => {
    const share = value / total;
    return share > 0 ? sum - members * share * Math.log(share) : sum;
  }, 0);
  return entropy / Math.log(size);
}
