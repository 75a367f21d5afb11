import type { Clock } from '../../src/core/clock.ts';
import type { Signal } from '../../src/core/signal.ts';
import type { SignalJournal, TabStorage } from '../../src/signals/capture/capture-options.ts';
import type { Timers } from '../../src/signals/capture/timers.ts';

/** Both clocks and all timers, moved by hand. */
export class HandTime implements Clock, Timers {
  monotonic = 1000;
  wall = 1_700_000_000_000;
  readonly #due = new Set<{ readonly atMs: number; readonly run: () => void }>();

  nowMs(): number {
    return this.wall;
  }

  monotonicMs(): number {
    return this.monotonic;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { atMs: this.monotonic + ms, run };
    this.#due.add(timer);
    return () => this.#due.delete(timer);
  }

  /** Lets time pass; what is due runs at its time. */
  pass(ms: number): void {
    const untilMs = this.monotonic + ms;
    for (;;) {
      const [next] = [...this.#due].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
      if (!next) break;
      this.#due.delete(next);
      this.#moveTo(Math.max(this.monotonic, next.atMs));
      next.run();
    }
    this.#moveTo(untilMs);
  }

  /** The same in small steps: what was promised in one of them has happened before the next. */
  async elapse(ms: number): Promise<void> {
    const untilMs = this.monotonic + ms;
    while (this.monotonic < untilMs) {
      this.pass(Math.min(100, untilMs - this.monotonic));
      await settled();
    }
  }

  #moveTo(monotonic: number): void {
    this.wall += monotonic - this.monotonic;
    this.monotonic = monotonic;
  }
}

/** A journal in memory, as one origin has it. */
export class MemoryJournal implements SignalJournal {
  entries: readonly Signal[] = [];
  load(): Signal[] {
    return [...this.entries];
  }
  save(signals: readonly Signal[]): void {
    this.entries = [...signals];
  }
}

export class MemoryTab implements TabStorage {
  readonly kept = new Map<string, string>();
  getItem(key: string): string | null {
    return this.kept.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.kept.set(key, value);
  }
  removeItem(key: string): void {
    this.kept.delete(key);
  }
}

let made = 0;

export function signal(rest: Partial<Signal> = {}): Signal {
  return { signalId: `made:${made++}`, type: 'hover', atMs: 0, value: 1, ...rest };
}

/** What was promised by then has happened. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
