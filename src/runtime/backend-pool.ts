import type { BackendName, ComputeBackend, OpenBackend } from '../compute/compute.ts';
import type { BackendChoice } from '../compute/probe/probe.ts';
import { splitBackend } from '../compute/split-backend.ts';

/** Opens backends once each, two as one where that is wanted, and closes what nobody uses any more. */
export class BackendPool {
  readonly #open: OpenBackend;
  readonly #opening = new Map<BackendName, Promise<ComputeBackend>>();
  /** Those that have opened. A driver may hang for ever in opening another: nothing here waits for that. */
  readonly #opened = new Map<BackendName, ComputeBackend>();
  /** Opened once, and never given to anybody again. */
  readonly #retired = new Set<ComputeBackend>();
  readonly #wasRetired = new WeakSet<ComputeBackend>();
  /** What predicts and what learns, of two that are used as one. */
  readonly #pairs = new WeakMap<ComputeBackend, readonly [predict: ComputeBackend, learn: ComputeBackend]>();
  readonly #lost = new WeakSet<ComputeBackend>();
  /** How many need it for something else than a model. */
  readonly #held = new Map<BackendName, number>();

  constructor(open: OpenBackend) {
    this.#open = open;
  }

  /** @throws BACKEND_UNAVAILABLE */
  open(name: BackendName): Promise<ComputeBackend> {
    const known = this.#opening.get(name);
    if (known) return known;
    const opening = this.#open(name);
    this.#opening.set(name, opening);
    opening.then(
      (backend) => {
        this.#opened.set(name, backend);
        void backend.lost.then(() => this.#lost.add(backend));
      },
      () => this.#opening.delete(name),
    );
    return opening;
  }

  /** @throws BACKEND_UNAVAILABLE where one of them cannot be had */
  async openBoth({ predict, learn }: BackendChoice): Promise<ComputeBackend> {
    const pair = [await this.open(predict), await this.open(learn)] as const;
    const backend = splitBackend(...pair);
    if (backend !== pair[0]) this.#pairs.set(backend, pair);
    return backend;
  }

  partsOf(backend: ComputeBackend): readonly [predict: ComputeBackend, learn: ComputeBackend] {
    return this.#pairs.get(backend) ?? [backend, backend];
  }

  /** By what {@link openBoth} opens the same again. */
  choiceOf(backend: ComputeBackend): BackendChoice {
    const [predict, learn] = this.partsOf(backend);
    return { predict: predict.name, learn: learn.name };
  }

  /** Whether its device is gone, so that it has to be opened anew. */
  isLost(backend: ComputeBackend): boolean {
    return this.#lost.has(backend);
  }

  /** Keeps these open, or what is opened under these names, although no model runs on them. @returns ends that */
  hold(names: readonly BackendName[]): () => void {
    const count = (by: 1 | -1) => {
      for (const name of names) this.#held.set(name, (this.#held.get(name) ?? 0) + by);
    };
    count(1);
    let isHeld = true;
    return () => {
      if (isHeld) count(-1);
      isHeld = false;
    };
  }

  /** {@link hold}, until the work is done. */
  async holding<T>(names: readonly BackendName[], work: () => Promise<T>): Promise<T> {
    const letGo = this.hold(names);
    try {
      return await work();
    } finally {
      letGo();
    }
  }

  /** Gives back what no model runs on and nobody holds, a GPU device above all. */
  closeAllBut(backends: readonly ComputeBackend[]): void {
    const used = new Set(backends.flatMap((backend) => this.partsOf(backend)));
    for (const [name, backend] of this.#opened) {
      if (used.has(backend) || (this.#held.get(name) ?? 0) > 0) continue;
      this.#forget(backend);
      backend.dispose();
    }
    for (const backend of this.#retired) {
      if (used.has(backend)) continue;
      this.#retired.delete(backend);
      backend.dispose();
    }
  }

  /** It must be opened anew by whoever wants it; what is still on it may stay. @returns false where that was said before */
  retire(backend: ComputeBackend): boolean {
    if (this.#wasRetired.has(backend)) return false;
    this.#wasRetired.add(backend);
    this.#retired.add(backend);
    this.#forget(backend);
    return true;
  }

  #forget(backend: ComputeBackend): void {
    const { name } = backend;
    if (this.#opened.get(name) !== backend) return;
    this.#opened.delete(name);
    this.#opening.delete(name);
  }

  /** Bytes outside this thread's own memory, of all that is open. */
  get bytes(): number {
    const open = [...this.#opened.values(), ...this.#retired].filter(({ name }) => name !== 'cpu');
    return open.reduce((sum, backend) => sum + backend.memory().bytesAllocated, 0);
  }
}
