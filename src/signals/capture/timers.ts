/** Waiting as an argument: tests move time themselves. */
export interface Timers {
  /** @returns a function that cancels it */
  after(ms: number, run: () => void): () => void;
}

export const browserTimers: Timers = {
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
