/** As far as the DOM library does not know it yet (https://www.w3.org/TR/compute-pressure/). */
interface PressureRecord {
  readonly state: 'nominal' | 'fair' | 'serious' | 'critical';
}
interface PressureObserver {
  observe(source: 'cpu', options: { readonly sampleInterval: number }): Promise<void>;
}
type PressureObserverType = new (onRecords: (records: readonly PressureRecord[]) => void) => PressureObserver;

/** A device that is busy for a moment is not busy. */
const SAMPLE_EVERY_MS = 2_000;

/** Calls `listener` when the processors get more to do than they can do well, and when that is over; never where the browser does not say. */
export function watchPressure(listener: (busy: boolean) => void): void {
  const { PressureObserver: Observer } = globalThis as { PressureObserver?: PressureObserverType };
  if (!Observer) return;
  const observer = new Observer((records) => {
    const state = records.at(-1)?.state;
    if (state) listener(state === 'serious' || state === 'critical');
  });
  // A policy of the page may forbid it.
  observer.observe('cpu', { sampleInterval: SAMPLE_EVERY_MS }).catch(() => undefined);
}
