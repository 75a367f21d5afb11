/** Time as an argument: production code gets `systemClock`, tests get a clock that they move themselves. */
export interface Clock {
  /** Milliseconds since the Unix epoch; may jump when the device's clock is set. */
  nowMs(): number;
  /** Milliseconds from an arbitrary origin, never going back; for durations. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};
