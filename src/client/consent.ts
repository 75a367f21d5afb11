/** `granted`: everything runs. `missing`: nobody has asked yet, or the visitor has not agreed. `withdrawn`: the visitor has taken it back. */
export type ConsentState = 'granted' | 'missing' | 'withdrawn';

/** Whether the visitor agrees. Without that nothing is captured, stored or fetched. */
export class Consent {
  #state: ConsentState;
  readonly #listeners = new Set<(granted: boolean) => void>();

  constructor(state: ConsentState) {
    this.#state = state;
  }

  get state(): ConsentState {
    return this.#state;
  }

  get granted(): boolean {
    return this.#state === 'granted';
  }

  set(state: ConsentState): void {
    const before = this.granted;
    this.#state = state;
    if (this.granted === before) return;
    for (const listener of this.#listeners) listener(this.granted);
  }

  /** Calls at once where consent is there, and at every change. @returns a function that stops it */
  watch(listener: (granted: boolean) => void): () => void {
    this.#listeners.add(listener);
    if (this.granted) listener(true);
    return () => this.#listeners.delete(listener);
  }
}

/** Global Privacy Control (https://w3c.github.io/gpc/): the visitor's general no, which only an explicit yes to this page overrides. */
export function globalPrivacyControl(): boolean {
  return (navigator as { globalPrivacyControl?: unknown }).globalPrivacyControl === true;
}
