import { explicitSignals, type Signal } from '../../core/signal.ts';
import type { CaptureOptions } from './capture-options.ts';
import { JournalKeeper } from './journal-keeper.ts';
import type { Timers } from './timers.ts';

/** Waiting and on their way together. */
const CAPACITY = 1000;
const BATCH_AFTER_MS = 1000;
const BATCH_SIZE = 50;
/** What is not acknowledged by then is sent again. */
const ACKNOWLEDGED_WITHIN_MS = 30_000;
const LONGEST_PAUSE_MS = 60_000;
/** What was delivered stays in the journal for as long. */
const TIDY_AFTER_MS = 1000;

const explicit: ReadonlySet<string> = new Set(explicitSignals);

interface QueueParts extends Pick<CaptureOptions, 'deliver' | 'journal'> {
  readonly timers: Timers;
}

/**
 * Gives signals to the worker in batches: after a second, when fifty wait, or in the next task where one is urgent. What fails is sent again after a pause
 * that doubles up to a minute. Above {@link CAPACITY} the oldest that was not said on purpose is lost.
 */
export class DeliveryQueue {
  readonly #deliver: CaptureOptions['deliver'];
  readonly #timers: Timers;
  readonly #journal: JournalKeeper;
  #waiting: Signal[] = [];
  readonly #flying = new Set<readonly Signal[]>();
  /** Ends the wait for the next batch; null where none is due. */
  #cancel: (() => void) | null = null;
  #dueInMs = Infinity;
  #cancelTidy: (() => void) | null = null;
  #failures = 0;
  #leaving = false;
  #stopped = false;
  dropped = 0;

  constructor({ deliver, journal, timers }: QueueParts) {
    this.#deliver = deliver;
    this.#timers = timers;
    this.#journal = new JournalKeeper(journal);
  }

  /** What an earlier page could not deliver comes first. */
  start(): void {
    if (this.#stopped) return;
    const room = CAPACITY - this.#waiting.length;
    if (room > 0) this.#waiting.unshift(...this.#journal.load().slice(-room));
    if (this.#waiting.length > 0) this.#schedule(0);
  }

  add(signal: Signal, urgent: boolean): void {
    if (this.#stopped) return;
    this.#waiting.push(signal);
    this.#makeRoom();
    if (this.#leaving) queueMicrotask(() => this.#keep());
    if (this.#failures > 0) return;
    this.#schedule(urgent || this.#leaving || this.#waiting.length >= BATCH_SIZE ? 0 : BATCH_AFTER_MS);
  }

  /** The page may end now: keeps what is not acknowledged, and sends it. */
  leave(): void {
    if (this.#stopped) return;
    this.#leaving = true;
    this.#keep();
    void this.#send();
  }

  /** The page goes on. */
  resume(): void {
    this.#leaving = false;
  }

  /** Resolves when all that waits now is acknowledged or has failed. */
  async flush(): Promise<void> {
    await this.#send();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
    this.#cancelTidy?.();
    this.#waiting = [];
    this.#flying.clear();
    this.#journal.clear();
  }

  #keep(): void {
    if (this.#stopped) return;
    this.#journal.keep([...[...this.#flying].flat(), ...this.#waiting]);
  }

  #makeRoom(): void {
    const flying = [...this.#flying].reduce((sum, { length }) => sum + length, 0);
    if (flying + this.#waiting.length <= CAPACITY) return;
    const oldest = this.#waiting.findIndex(({ type }) => !explicit.has(type));
    this.#waiting.splice(Math.max(0, oldest), 1);
    this.dropped++;
  }

  /** The earlier of two times stands. */
  #schedule(ms: number): void {
    if (this.#cancel && this.#dueInMs <= ms) return;
    this.#cancel?.();
    this.#dueInMs = ms;
    this.#cancel = this.#timers.after(ms, () => void this.#send());
  }

  async #send(): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
    const sent: Promise<void>[] = [];
    while (this.#waiting.length > 0) sent.push(this.#sendBatch(this.#waiting.splice(0, BATCH_SIZE)));
    await Promise.all(sent);
  }

  async #sendBatch(batch: readonly Signal[]): Promise<void> {
    this.#flying.add(batch);
    const cancel = this.#timers.after(ACKNOWLEDGED_WITHIN_MS, () => this.#failed(batch));
    const delivered = await this.#asked(batch);
    cancel();
    if (this.#stopped) return;
    if (delivered) this.#acknowledged(batch);
    else this.#failed(batch);
  }

  async #asked(batch: readonly Signal[]): Promise<boolean> {
    try {
      return await this.#deliver(batch);
    } catch {
      return false;
    }
  }

  #acknowledged(batch: readonly Signal[]): void {
    this.#failures = 0;
    // One that came after its time waits again by now.
    if (!this.#flying.delete(batch)) {
      const late = new Set(batch);
      this.#waiting = this.#waiting.filter((signal) => !late.has(signal));
    }
    if (!this.#journal.delivered(batch)) return;
    if (this.#leaving) this.#journal.tidy();
    else
      this.#cancelTidy ??= this.#timers.after(TIDY_AFTER_MS, () => {
        this.#cancelTidy = null;
        this.#journal.tidy();
      });
  }

  #failed(batch: readonly Signal[]): void {
    if (!this.#flying.delete(batch)) return;
    this.#waiting.unshift(...batch);
    this.#failures++;
    this.#schedule(Math.min(LONGEST_PAUSE_MS, BATCH_AFTER_MS * 2 ** (this.#failures - 1)));
  }
}
