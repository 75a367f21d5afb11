/** Something that is loaded when it is first asked for, and once. What failed, because a visitor was offline, say, is tried again the next time. */
export class LoadedOnce<T> {
  readonly #load: () => Promise<T>;
  #loading: Promise<T> | null = null;

  constructor(load: () => Promise<T>) {
    this.#load = load;
  }

  async get(): Promise<T> {
    const loading = (this.#loading ??= this.#load());
    try {
      return await loading;
    } catch (caught) {
      if (this.#loading === loading) this.#loading = null;
      throw caught;
    }
  }
}
