/** Checkpoints that must be able to learn on from the log: a damaged newest one falls back on those before it. */
const FALLBACKS = 3;

/** The log position up to which every checkpoint that may be fallen back on has learned; 0 where there is none. @param newestFirst of one model */
export function learnedByAll(newestFirst: readonly { readonly learnedTo: number }[]): number {
  if (newestFirst.length === 0) return 0;
  return Math.min(...newestFirst.slice(0, FALLBACKS).map(({ learnedTo }) => learnedTo));
}
