import type { Timers } from './timers.ts';

/** Keeps what fails in the capture away from the page: no error handler of the page hears of it, it is only counted. */
export class Guard {
  failures = 0;

  run(action: () => void): void {
    try {
      action();
    } catch {
      this.failures++;
    }
  }

  wrap<A extends readonly unknown[]>(handler: (...given: A) => void): (...given: A) => void {
    return (...given) => this.run(() => handler(...given));
  }

  timers(timers: Timers): Timers {
    return { after: (ms, run) => timers.after(ms, this.wrap(run)) };
  }
}
