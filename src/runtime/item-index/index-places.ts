import * as v from 'valibot';
import type { CandidateStorage } from '../../compute/candidate-index/candidate-index.ts';
import {
  chooseSearch,
  countBucket,
  probeSearch,
  searchKey,
  type SearchChoice,
  type SearchReport,
} from '../../compute/candidate-index/search-probe.ts';
import type { SearchShape } from '../../compute/candidate-index/search-timing.ts';
import type { BackendName, ComputeBackend, OpenBackend } from '../../compute/compute.ts';
import type { Store } from '../../memory/store.ts';
import type { Backends } from '../backends.ts';
import { isBelieved } from '../believed-report.ts';
import type { Environment } from '../environment.ts';

/** Halves are left out: slower than either but on a GPU, and larger than int8 there. Of equals the smaller. */
const STORAGES: readonly CandidateStorage[] = ['int8', 'float32'];
/** What is mostly asked of an index for one answer. */
const K = 64;

/** What a remembered report must still have to be believed. */
const rememberedReport = v.looseObject({
  why: v.string(),
  measuredAtMs: v.number(),
  results: v.array(
    v.looseObject({
      available: v.boolean(),
      backend: v.picklist(['webgpu', 'wasm', 'cpu']),
      deviceKey: v.nullable(v.string()),
      searches: v.array(v.looseObject({ storage: v.picklist(STORAGES), searchMs: v.number() })),
    }),
  ),
});

export interface IndexPlacesParts {
  readonly backends: Backends;
  readonly store: Pick<Store, 'setting' | 'putSetting'>;
  readonly environment: Pick<Environment, 'clock' | 'delay' | 'yieldToEvents'>;
}

/** Where an index of items lives. */
export interface IndexPlace extends SearchChoice {
  readonly opened: ComputeBackend;
  readonly why: string;
  /** Nothing of this place is needed any more. */
  readonly letGo: () => void;
}

export interface Wanted {
  readonly features: number;
  readonly count: number;
  /** What has failed. */
  readonly without: ReadonlySet<BackendName>;
  /** Whether what is remembered does not hold any more. */
  readonly again: boolean;
}

/** Finds where items are searched the fastest on this device: remembered from an earlier visit, or measured in the background. */
export class IndexPlaces {
  readonly #parts: IndexPlacesParts;

  constructor(parts: IndexPlacesParts) {
    this.#parts = parts;
  }

  /** @returns null where there is none that is faster than the cpu. @throws BACKEND_UNAVAILABLE when none can be measured */
  async find({ features, count, without, again }: Wanted): Promise<IndexPlace | null> {
    const bucket = countBucket(count);
    const shape = { features, count: bucket, k: Math.min(K, bucket) };
    // Measured for comparison: there a look at all items takes about as long, and no memory.
    const names = [...new Set<BackendName>([...(await this.#parts.backends.usable()), 'cpu'])];
    return this.#parts.backends.pool.holding(names, async () => {
      const remembered = again ? null : await this.#remembered(settingKey(shape, names));
      const found = remembered && (await this.#open(remembered, without));
      return found ? found.place : ((await this.#open(await this.#measure(shape, names), without))?.place ?? null);
    });
  }

  async #remembered(key: string): Promise<SearchReport | null> {
    const stored = await this.#parts.store.setting(key);
    const parsed = v.safeParse(rememberedReport, stored);
    if (!parsed.success || !isBelieved(parsed.output, this.#parts.environment.clock.nowMs())) return null;
    // It was written by this file; the fields that matter were checked.
    return stored as SearchReport;
  }

  async #measure(shape: SearchShape, names: readonly BackendName[]): Promise<SearchReport> {
    const { backends, store, environment } = this.#parts;
    const { clock } = environment;
    const open: OpenBackend = (name) => backends.pool.open(name);
    const report = await backends.measuring.run(() =>
      probeSearch({
        ...{ names, open, shape, clock, storages: STORAGES },
        delay: (ms) => environment.delay(ms),
        yieldToEvents: () => environment.yieldToEvents(),
      }),
    );
    await store.putSetting(settingKey(shape, names), report);
    return report;
  }

  /** The fastest of what has not failed. @returns null where that is another device than was measured, or gone */
  async #open(
    { results, why }: SearchReport,
    without: ReadonlySet<BackendName>,
  ): Promise<{ readonly place: IndexPlace | null } | null> {
    const { pool } = this.#parts.backends;
    const choice = chooseSearch(results.filter(({ backend }) => !without.has(backend)));
    if (!choice || choice.backend === 'cpu') return { place: null };
    const letGo = pool.hold([choice.backend]);
    const opened = await pool.open(choice.backend).catch(() => null);
    const isSame = results.some((one) => one.backend === choice.backend && one.deviceKey === opened?.deviceKey);
    if (opened && isSame) return { place: { ...choice, opened, why, letGo } };
    letGo();
    return null;
  }
}

function settingKey(shape: SearchShape, names: readonly BackendName[]): string {
  return `probe/${searchKey(shape, STORAGES)}/${[...names].sort().join('+')}`;
}
