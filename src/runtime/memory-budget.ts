import { SerialQueue } from '../core/serial-queue.ts';
import type { DeviceFacts } from './environment.ts';
import type { RunningTask } from './running-task.ts';

const MEGABYTE = 2 ** 20;
/** Of the GPU or of WebAssembly; the smaller the device the less. */
const MOST_BYTES = 256 * MEGABYTE;
const SHARE_OF_MEMORY = 1 / 16;
/** While nobody looks, what is larger is given back. */
const MOST_HIDDEN_BYTES = 64 * MEGABYTE;
/** On a device with no more, browsers end what is hidden to make room: the less it holds the longer it lives. */
const SMALL_DEVICE_GB = 4;

/** @returns bytes that backends may hold together */
export function memoryBudget({ memoryGb }: Pick<DeviceFacts, 'memoryGb'>, hidden: boolean): number {
  const shown = memoryGb === null ? MOST_BYTES : Math.min(MOST_BYTES, memoryGb * 1024 * MEGABYTE * SHARE_OF_MEMORY);
  if (!hidden) return shown;
  return memoryGb !== null && memoryGb <= SMALL_DEVICE_GB ? 0 : Math.min(shown, MOST_HIDDEN_BYTES);
}

export interface MemoryWatchParts {
  readonly tasks: () => Iterable<RunningTask>;
  readonly facts: () => Pick<DeviceFacts, 'memoryGb'>;
  /** What all open backends hold. */
  readonly openBytes: () => number;
  /** Closes the backends that no task runs on. */
  readonly closeUnused: () => void;
  /** What goes wrong is reported: one that cannot move must not keep the others from it. */
  readonly inBackground: (work: Promise<unknown>) => Promise<void>;
}

/** Sees to it that what the models hold outside this thread's own memory stays within a budget: the cpu serves instead, a little slower. */
export class MemoryWatch {
  readonly #parts: MemoryWatchParts;
  readonly #queue = new SerialQueue();
  #hidden = false;

  constructor(parts: MemoryWatchParts) {
    this.#parts = parts;
  }

  /** Whether nobody has looked at any page for a while. */
  setHidden(hidden: boolean): Promise<void> {
    this.#hidden = hidden;
    return this.look();
  }

  /** To be called when a model may have grown. */
  look(): Promise<void> {
    return this.#queue.run(() => this.#look());
  }

  async #look(): Promise<void> {
    const { closeUnused, inBackground } = this.#parts;
    const hidden = this.#hidden;
    const budget = memoryBudget(this.#parts.facts(), hidden);
    const tasks = [...this.#parts.tasks()];
    if (this.#heldBytes(tasks) > budget) {
      for (const { runtime } of tasks) runtime.beside?.giveUp(hidden);
      closeUnused();
      if (this.#heldBytes(tasks) > budget) await this.#giveUp(tasks, budget);
    } else if (!hidden) {
      for (const { runtime, backend } of tasks) {
        runtime.beside?.comeBack();
        await inBackground(backend.comeBack(runtime.host));
      }
    }
  }

  async #giveUp(tasks: readonly RunningTask[], budget: number): Promise<void> {
    const why = `over the ${Math.round(budget / MEGABYTE)} MB of memory that are left`;
    for (const { runtime, backend } of tasks)
      await this.#parts.inBackground(backend.giveUp(runtime.host, why, this.#hidden));
    this.#parts.closeUnused();
  }

  #heldBytes(tasks: readonly RunningTask[]): number {
    return tasks.reduce((sum, { runtime }) => sum + (runtime.beside?.bytes ?? 0), this.#parts.openBytes());
  }
}
