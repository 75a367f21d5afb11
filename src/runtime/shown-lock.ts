import { SerialQueue } from '../core/serial-queue.ts';

/** Tabs that are shown hold a shared lock: unlike a message, it is also given back by a tab that is killed. */
export class ShownLock {
  readonly #locks: LockManager;
  readonly #name: string;
  readonly #queue = new SerialQueue();
  #release: (() => Promise<void>) | null = null;

  constructor(locks: LockManager, name: string) {
    this.#locks = locks;
    this.#name = name;
  }

  show(shown: boolean): Promise<void> {
    return this.#queue.run(async () => {
      if (shown && !this.#release) this.#release = await this.#acquire();
      if (shown) return;
      await this.#release?.();
      this.#release = null;
    });
  }

  /** @returns a function that gives it back */
  #acquire(): Promise<() => Promise<void>> {
    return new Promise((resolve, reject) => {
      let giveBack = (): void => undefined;
      const held = new Promise<void>((release) => (giveBack = release));
      const ended = this.#locks.request(this.#name, { mode: 'shared' }, () => {
        resolve(async () => {
          giveBack();
          await ended;
        });
        return held;
      });
      ended.catch(reject);
    });
  }

  /** In any tab. */
  async isAnyShown(): Promise<boolean> {
    const { held = [] } = await this.#locks.query();
    return held.some(({ name }) => name === this.#name);
  }
}
