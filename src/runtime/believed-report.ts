const DAY_MS = 86_400_000;
/** Browsers and drivers get faster. */
const BELIEVED_MS = 30 * DAY_MS;
/** Where something could not be measured: it may have been a bad moment. */
const BELIEVED_WITHOUT_SOME_MS = DAY_MS;

/** Whether what an earlier visit has measured still counts. */
export function isBelieved(
  { measuredAtMs, results }: { measuredAtMs: number; results: readonly { readonly available: boolean }[] },
  nowMs: number,
): boolean {
  const believedMs = results.every(({ available }) => available) ? BELIEVED_MS : BELIEVED_WITHOUT_SOME_MS;
  return Math.abs(nowMs - measuredAtMs) <= believedMs;
}
