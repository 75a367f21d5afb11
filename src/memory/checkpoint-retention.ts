/** Checkpoints kept beside the newest ones. */
const OLDER = 5;

interface Kept {
  readonly generation: number;
  readonly learnedTo: number;
}

/**
 * Which generations of one model to drop: the `keep` newest stay, and of those before them at most five, spaced so that the distance to the newest
 * grows by about the same factor from one to the next. So what is to be forgotten finds a checkpoint that never saw it, not much older than it must be.
 * Called after every new checkpoint, it drops one at a time, the one whose neighbours are nearest to one another in that sense; the oldest stays.
 * @param checkpoints in any order
 */
export function checkpointsToDrop(checkpoints: readonly Kept[], keep: number): number[] {
  const newestFirst = [...checkpoints].sort((a, b) => b.generation - a.generation);
  const learnedTo = newestFirst[0]?.learnedTo ?? 0;
  const older = newestFirst.slice(keep);
  /** Distance of a checkpoint to the newest, of which the last of the newest ones is the first neighbour. */
  const age = (checkpoint: Kept | undefined) => Math.max(1, learnedTo - (checkpoint?.learnedTo ?? learnedTo) + 1);
  const dropped: number[] = [];
  while (older.length > OLDER) {
    const gaps = older.slice(0, -1).map((_, index) => {
      const before = index === 0 ? newestFirst[keep - 1] : older[index - 1];
      return age(older[index + 1]) / age(before);
    });
    const [gone] = older.splice(gaps.indexOf(Math.min(...gaps)), 1);
    if (gone) dropped.push(gone.generation);
  }
  return dropped;
}
