import { asTendrilError, type TendrilError } from '../../errors.ts';

/** Lets kernels be called until one of them traps: it may have stopped half way through what it was writing, so that nothing in their memory is to be trusted. */
export class KernelGuard {
  #trap: TendrilError | null = null;

  /** @throws COMPUTE_FAILED where `work` fails, with what it failed with as its cause; and from a trap on always with that */
  run<T>(work: () => T): T {
    if (this.#trap) throw this.#trap;
    try {
      return work();
    } catch (caught) {
      const error = asTendrilError(caught, 'COMPUTE_FAILED', { backend: 'wasm' });
      if (caught instanceof WebAssembly.RuntimeError) this.#trap = error;
      throw error;
    }
  }
}
