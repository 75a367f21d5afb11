import type { Clock } from '../../core/clock.ts';

/** Timings that each median is of. */
export const samples = 5;
/** A sample is repeated until it lasts about this long: clocks in browsers tick in steps of up to a millisecond. */
const sampleMs = 2;
const mostRepetitions = 32;

export interface Stopwatch {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Called before each timing, so that what waits is served meanwhile. */
  readonly yieldToEvents: () => Promise<void>;
  /** Asked before each timing; once true, an error ends the measurement. */
  readonly isAbandoned: () => boolean;
}

/** Median of {@link samples} timings of `work`, in milliseconds, after two to warm up. @throws whatever `work` throws, and an Error once abandoned */
export async function medianMs(
  work: () => Promise<unknown>,
  { clock, yieldToEvents, isAbandoned }: Stopwatch,
): Promise<number> {
  const elapsedMs = async (repetitions: number): Promise<number> => {
    assertWanted(isAbandoned);
    await yieldToEvents();
    const start = clock.monotonicMs();
    for (let i = 0; i < repetitions; i++) await work();
    return (clock.monotonicMs() - start) / repetitions;
  };
  await elapsedMs(1);
  const firstMs = await elapsedMs(1);
  const repetitions = Math.min(Math.max(Math.ceil(sampleMs / firstMs), 1), mostRepetitions);
  const timings: number[] = [];
  for (let i = 0; i < samples; i++) timings.push(await elapsedMs(repetitions));
  return timings.sort((a, b) => a - b)[Math.floor(samples / 2)]!;
}

export function assertWanted(isAbandoned: () => boolean): void {
  if (isAbandoned()) throw new Error('the measurement was abandoned');
}
