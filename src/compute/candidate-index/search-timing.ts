import { Rng } from '../../core/rng.ts';
import { assertWanted, medianMs, type Stopwatch } from '../probe/median-time.ts';
import type { CandidateIndex, CandidateStorage } from './candidate-index.ts';
import { openCandidateIndex, type CandidatePlace } from './open-candidate-index.ts';

/** What is searched. */
export interface SearchShape {
  readonly features: number;
  /** Rows that are there, at least 1. */
  readonly count: number;
  /** How many are asked for, 1 to `count`. */
  readonly k: number;
}

/** Milliseconds of one query, a median or what two medians extend to. */
export interface SearchTiming {
  readonly storage: CandidateStorage;
  readonly searchMs: number;
  /** Rows that were really searched. */
  readonly measuredCount: number;
}

/** Numbers of the rows that are made for a measurement, whatever is to be searched: 8 MB in single precision, more than most caches nearby have room for. */
const mostNumbers = 2 ** 21;
/** Of those, what the smaller of two sizes has. */
const smallerShare = 1 / 4;
/** Numbers added in one go, in a few milliseconds. */
const numbersAtOnce = 2 ** 16;
const seed = 1;

/**
 * Times the search in one place, with everything compiled and warm, for each storage; the indexes are disposed. Of more rows than fit into the bound two
 * sizes are timed, and their difference is extended in a line: searches look at every row.
 * @throws whatever the index throws, COMPUTE_FAILED above all
 */
export async function measureSearch(
  place: CandidatePlace,
  shape: SearchShape,
  storages: readonly CandidateStorage[],
  stopwatch: Stopwatch,
): Promise<readonly SearchTiming[]> {
  const timings: SearchTiming[] = [];
  for (const storage of storages) timings.push(await measureStorage(place, shape, storage, stopwatch));
  return timings;
}

async function measureStorage(
  place: CandidatePlace,
  { features, count, k }: SearchShape,
  storage: CandidateStorage,
  stopwatch: Stopwatch,
): Promise<SearchTiming> {
  const most = Math.max(k, 2, Math.floor(mostNumbers / features));
  const measuredCount = Math.min(count, most);
  const index = await openCandidateIndex({ features, storage, capacity: measuredCount }, place);
  const query = uniformRows(1, features);
  const timeAt = async (rows: number): Promise<number> => {
    await fill(index, rows, stopwatch);
    return medianMs(() => index.search(query, Math.min(k, rows)), stopwatch);
  };
  try {
    if (count <= most) return { storage, searchMs: await timeAt(count), measuredCount };
    const fewer = Math.ceil(most * smallerShare);
    const [fewerMs, mostMs] = [await timeAt(fewer), await timeAt(most)];
    const perRowMs = Math.max(0, mostMs - fewerMs) / (most - fewer);
    return { storage, searchMs: mostMs + (count - most) * perRowMs, measuredCount };
  } finally {
    index.dispose();
  }
}

/** The same rows again and again: what they hold makes no difference to how long a search takes. */
async function fill(index: CandidateIndex, count: number, { yieldToEvents, isAbandoned }: Stopwatch): Promise<void> {
  const { features } = index;
  const atOnce = uniformRows(Math.max(1, Math.floor(numbersAtOnce / features)), features);
  while (index.count < count) {
    assertWanted(isAbandoned);
    await yieldToEvents();
    await index.add(atOnce.subarray(0, (count - index.count) * features));
  }
}

function uniformRows(count: number, features: number): Float32Array<ArrayBuffer> {
  const rng = Rng.fromSeed(seed);
  return Float32Array.from({ length: count * features }, () => 2 * rng.nextFloat() - 1);
}
