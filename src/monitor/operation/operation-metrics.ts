import * as v from 'valibot';
import type { Json } from '../../core/part-state.ts';
import { parseData, parseState, wholeNumber } from '../outcome/parse-state.ts';
import { plainSums } from '../outcome/sum-window.ts';
import { ratio, WindowedSums, type Windowed, type WindowOptions } from '../outcome/windowed-sums.ts';
import {
  backendChange,
  deviceHints,
  storageUse,
  type BackendChange,
  type DeviceHints,
  type StorageUse,
} from './device-state.ts';
import { FallbackShare, type FallbackFigures } from './fallback-share.ts';
import { Latency, type LatencySummary } from './latency.ts';

export interface QueueSummary {
  /** Calls that wait: at the last look, and at most. */
  readonly last: number;
  readonly most: number;
  readonly mean: Windowed<number | null>;
}

export interface StorageSummary extends StorageUse {
  /** Used of the quota, from 0; null where there is none. */
  readonly share: number | null;
}

/** Plain JSON; figures over `count` decisions, durations or looks, and null where there is nothing to say yet. */
export interface OperationSummary {
  /** From a call to its answer. */
  readonly prediction: LatencySummary;
  /** Of one experience. */
  readonly learning: LatencySummary;
  readonly queue: QueueSummary;
  readonly fallback: Windowed<FallbackFigures>;
  readonly backends: {
    readonly changes: number;
    /** The last ones, the newest last. */
    readonly last: readonly BackendChange[];
  };
  readonly storage: StorageSummary | null;
  readonly device: DeviceHints | null;
}

const CHANGES_KEPT = 8;

const stateSchema = v.strictObject({
  ...{ prediction: v.unknown(), learning: v.unknown(), fallback: v.unknown() },
  queue: v.strictObject({ last: wholeNumber, most: wholeNumber, sums: v.unknown() }),
  backends: v.strictObject({ changes: wholeNumber, last: v.pipe(v.array(backendChange), v.maxLength(CHANGES_KEPT)) }),
  storage: v.nullable(storageUse),
  device: v.nullable(deviceHints),
});

/** How a task is served on this device. */
export class OperationMetrics {
  readonly #prediction = new Latency();
  readonly #learning = new Latency();
  readonly #fallback: FallbackShare;
  readonly #queueSums: WindowedSums;
  #queue = { last: 0, most: 0 };
  #backends: { changes: number; last: BackendChange[] } = { changes: 0, last: [] };
  #storage: StorageUse | null = null;
  #device: DeviceHints | null = null;

  /** @param windows of queue and fallbacks @throws INVALID_CONFIG */
  constructor(windows: WindowOptions = {}) {
    this.#fallback = new FallbackShare(windows);
    this.#queueSums = new WindowedSums(plainSums(1), windows);
  }

  /** @throws INVALID_DATA, as everything here does for what is outside its range */
  predicted(durationMs: number): void {
    this.#prediction.update(durationMs);
  }

  learned(durationMs: number): void {
    this.#learning.update(durationMs);
  }

  /** @param fallback code of the reason why the page's own order served; null where the model did */
  decided(fallback: string | null): void {
    this.#fallback.update(fallback);
  }

  /** @param length calls that wait */
  queued(length: number): void {
    const last = parseData(wholeNumber, length, 'the length of the queue');
    this.#queue = { last, most: Math.max(this.#queue.most, last) };
    this.#queueSums.update([last]);
  }

  backendChanged(change: BackendChange): void {
    const last = parseData(backendChange, change, 'the change of backend');
    this.#backends = {
      changes: this.#backends.changes + 1,
      last: [...this.#backends.last, last].slice(-CHANGES_KEPT),
    };
  }

  stored(use: StorageUse): void {
    this.#storage = parseData(storageUse, use, 'the use of storage');
  }

  device(hints: DeviceHints): void {
    this.#device = parseData(deviceHints, hints, 'the hints about the device');
  }

  summary(): OperationSummary {
    const storage = this.#storage;
    return {
      prediction: this.#prediction.summary(),
      learning: this.#learning.summary(),
      queue: { ...this.#queue, mean: this.#queueSums.map((sums, count) => ratio(sums[0]!, count)) },
      fallback: this.#fallback.summary(),
      backends: { ...this.#backends, last: [...this.#backends.last] },
      storage: storage && { ...storage, share: ratio(storage.usedBytes, storage.quotaBytes ?? 0) },
      device: this.#device && { ...this.#device },
    };
  }

  state(): Json {
    return {
      prediction: this.#prediction.state(),
      learning: this.#learning.state(),
      fallback: this.#fallback.state(),
      queue: { ...this.#queue, sums: this.#queueSums.state() },
      backends: { changes: this.#backends.changes, last: this.#backends.last.map((change) => ({ ...change })) },
      storage: this.#storage && { ...this.#storage },
      device: this.#device && { ...this.#device },
    };
  }

  /** Continues exactly where `state` was taken. @throws INVALID_DATA; then it has to be made anew */
  restore(state: unknown): void {
    const { prediction, learning, fallback, queue, backends, storage, device } = parseState(
      stateSchema,
      state,
      'operation',
    );
    this.#prediction.restore(prediction);
    this.#learning.restore(learning);
    this.#fallback.restore(fallback);
    this.#queueSums.restore(queue.sums);
    this.#queue = { last: queue.last, most: queue.most };
    this.#backends = backends;
    this.#storage = storage;
    this.#device = device;
  }
}
