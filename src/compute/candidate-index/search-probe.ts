import type { Clock } from '../../core/clock.ts';
import type { BackendName } from '../compute.ts';
import { formatMs, measureBackends, type Measured, type MeasureOptions } from '../probe/measure-backends.ts';
import type { CandidateStorage } from './candidate-index.ts';
import { measureSearch, type SearchShape, type SearchTiming } from './search-timing.ts';

/** What was measured on one backend. */
export interface SearchResult extends Omit<Measured<unknown>, 'figures'> {
  /** None where it could not be measured. */
  readonly searches: readonly SearchTiming[];
}

/** Where candidates are searched, and how they are held there. */
export interface SearchChoice {
  readonly backend: BackendName;
  readonly storage: CandidateStorage;
  readonly searchMs: number;
}

/** What the probe of a search found; plain data, to be kept under {@link searchKey} and the devices' keys. */
export interface SearchReport {
  readonly chosen: BackendName;
  readonly storage: CandidateStorage;
  /** One sentence for people, with the figures. */
  readonly why: string;
  readonly results: readonly SearchResult[];
  readonly shapeKey: string;
  /** Wall clock, milliseconds since the Unix epoch. */
  readonly measuredAtMs: number;
}

/** Where two are equally fast the earlier one is chosen, of a backend's storages too. */
export interface SearchProbeOptions extends MeasureOptions {
  readonly shape: SearchShape;
  /** What will do: rounded rows only where whoever searches can do with them, or scores the best anew. */
  readonly storages: readonly CandidateStorage[];
  readonly clock: Clock;
}

/**
 * Times a search on every candidate, one after the other, and chooses the fastest.
 * @throws BACKEND_UNAVAILABLE when no candidate could be measured
 */
export async function probeSearch(options: SearchProbeOptions): Promise<SearchReport> {
  const { shape, storages, clock } = options;
  const { results: measured, choice } = await measureBackends(
    options,
    (backend, isAbandoned) => measureSearch(backend, shape, storages, { ...options, isAbandoned }),
    (all) => {
      const choice = chooseSearch(all.map(asResult));
      return choice && { choice, kept: [choice.backend] };
    },
  );
  const results = measured.map(asResult);
  return {
    chosen: choice.backend,
    storage: choice.storage,
    why: explainChoice(choice, shape, results),
    results,
    shapeKey: searchKey(shape, storages),
    measuredAtMs: clock.nowMs(),
  };
}

/** What a measurement depends on beside the device. */
export function searchKey({ features, count, k }: SearchShape, storages: readonly CandidateStorage[]): string {
  return `top-${k}/${count}-${features}/${[...storages].sort().join('+')}`;
}

/**
 * The number of candidates that `count` of them are measured as: the next power of four. So a number that has grown, or shrunk, by much has another
 * {@link searchKey}, and is measured anew.
 */
export function countBucket(count: number): number {
  return 4 ** Math.ceil(Math.log2(Math.max(count, 1)) / 2);
}

/** @returns undefined when nothing was measured; the earlier of equals */
export function chooseSearch(results: readonly SearchResult[]): SearchChoice | undefined {
  const all = results.flatMap(({ backend, searches }) =>
    searches.map(({ storage, searchMs }) => ({ backend, storage, searchMs })),
  );
  let best = all[0];
  for (const one of all) if (best && one.searchMs < best.searchMs) best = one;
  return best;
}

function asResult({ figures, ...device }: Measured<readonly SearchTiming[]>): SearchResult {
  return { ...device, searches: figures ?? [] };
}

function explainChoice(
  { backend, storage }: SearchChoice,
  { count, features }: SearchShape,
  results: readonly SearchResult[],
): string {
  const figures = results.map(({ backend: name, searches, reason }) =>
    searches.length === 0
      ? `${name} is out (${reason ?? 'not measured'})`
      : `${name} takes ${searches.map((one) => `${formatMs(one.searchMs)} in ${one.storage}`).join(' and ')}`,
  );
  return `${backend} searches up to ${count} rows of ${features} numbers the fastest here, held in ${storage}: ${figures.join('; ')}.`;
}
