import type { Store } from '../../src/memory/store.ts';

/** How an operation ends that a process dies in: not begun, or done without anyone hearing of it. */
export type Death = 'before' | 'after';

export interface MortalStore {
  readonly store: Store;
  /** Names of the operations that write, in order. */
  readonly writes: readonly string[];
  readonly died: Promise<void>;
  kill(): void;
}

/**
 * The store as a process sees it that can be killed: once it is dead, no operation begins and none answers.
 * @param deathAt the number of the operation, from 1, that the process dies in
 */
export function mortalStore(store: Store, deathAt = new Map<number, Death>()): MortalStore {
  const writes: string[] = [];
  const state = { dead: false, operations: 0 };
  let die: () => void = () => undefined;
  const died = new Promise<void>((resolve) => {
    die = () => {
      state.dead = true;
      resolve();
    };
  });
  const never = new Promise<never>(() => undefined);
  const call = (name: string, operation: () => unknown): unknown => {
    const death = deathAt.get(++state.operations);
    if (death === 'before') die();
    if (state.dead) return never;
    if (/^(put|amend|append|settle|prune|relieve|forget)/.test(name)) writes.push(name);
    const result = Promise.resolve(operation());
    if (death === 'after') die();
    return result.then((value) => (state.dead ? never : value));
  };
  const mortal = new Proxy(store, {
    get(target, name: keyof Store) {
      const member = target[name];
      if (typeof member !== 'function') return member;
      // Not promises: what `pages` gives out is read later, and who dies closes nothing.
      if (name === 'pages' || name === 'close') return member.bind(target);
      return (...given: unknown[]) =>
        call(name, () => (member as (...given: unknown[]) => unknown).apply(target, given));
    },
  });
  return { store: mortal, writes, died, kill: () => die() };
}
