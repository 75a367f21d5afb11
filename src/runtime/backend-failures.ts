import * as v from 'valibot';
import type { BackendName } from '../compute/compute.ts';
import type { Clock } from '../core/clock.ts';
import type { Store } from '../memory/store.ts';

const SETTING = 'backend-failures';
const REMEMBERED_MS = 86_400_000;
/** A device may be lost for no fault of its own: a driver is updated, a computer wakes up. */
const TOO_MANY = 2;

const failures = v.record(
  v.picklist(['webgpu', 'wasm', 'cpu']),
  v.object({ strikes: v.number(), atMs: v.number(), reason: v.string() }),
);
type Failures = v.InferOutput<typeof failures>;

/** What failed on this device lately: kept, because a worker that starts anew would choose it again. */
export class BackendFailures {
  readonly #store: Pick<Store, 'setting' | 'putSetting'>;
  readonly #clock: Pick<Clock, 'nowMs'>;

  constructor(store: Pick<Store, 'setting' | 'putSetting'>, clock: Pick<Clock, 'nowMs'>) {
    this.#store = store;
    this.#clock = clock;
  }

  /** @param isFatal whether it must not be used again today, instead of after another failure */
  async add(name: BackendName, reason: string, isFatal: boolean): Promise<void> {
    const known = await this.#recent();
    const strikes = isFatal ? TOO_MANY : (known[name]?.strikes ?? 0) + 1;
    const failure = { strikes, atMs: this.#clock.nowMs(), reason };
    await this.#store.putSetting(SETTING, { ...known, [name]: failure });
  }

  /** What must not be used; never the cpu, because something has to be. */
  async struckOut(): Promise<ReadonlySet<BackendName>> {
    const recent = await this.#recent();
    const names = (['webgpu', 'wasm'] as const).filter((name) => (recent[name]?.strikes ?? 0) >= TOO_MANY);
    return new Set<BackendName>(names);
  }

  async #recent(): Promise<Failures> {
    const parsed = v.safeParse(failures, await this.#store.setting(SETTING));
    if (!parsed.success) return {};
    const nowMs = this.#clock.nowMs();
    const isRecent = ({ atMs }: { readonly atMs: number }) => Math.abs(nowMs - atMs) < REMEMBERED_MS;
    return Object.fromEntries(Object.entries(parsed.output).filter(([, failure]) => isRecent(failure)));
  }
}
