import type { OpenBackend } from '../compute/compute.ts';
import type { Clock } from '../core/clock.ts';
import type { LocalTime } from '../core/local-time.ts';
import type { OutboxStore } from '../sync/outbox.ts';
import type { Store } from '../memory/store.ts';

/** Storage of one namespace: the store, and the outbox beside it. */
export interface OpenedStorage {
  readonly store: Store;
  readonly outbox: OutboxStore;
}

/** Whether this tab learns a model, for as long as its worker lives. */
export interface Election {
  /** At once. */
  readonly elected: boolean;
  /** Stands back, elected or waiting to be: where the task could not be started, another tab may learn its model. */
  release(): void;
}

/** One learner a model in a namespace of an origin: the lock that says who, and the word between tabs. */
export interface Tabs {
  /** Elects this tab at once when nobody else learns this model; otherwise `onElected` is called when the others are gone. */
  elect(modelKey: string, onElected: () => void): Promise<Election>;
  /** Runs the job while no other tab of this namespace runs one of this name. */
  exclusive<T>(name: string, job: () => Promise<T>): Promise<T>;
  /** Whether this tab's page can be seen; not known to the others before it is said. */
  show(shown: boolean): Promise<void>;
  /** Whether the page of any tab can be seen. */
  isAnyShown(): Promise<boolean>;
  post(message: TabMessage): void;
  onMessage(listener: (message: TabMessage) => void): void;
}

/** `appended`: experiences are in the log. `signals`: signals are stored. `checkpoint`: a model is. `forgotten`: the log and the models have changed.
 * `reviews`: something waits for a person, or no longer does. `comparison`: the model stands back, or no longer does. `shown`: a page is to be seen, or no longer. `busy`, `calm`: so are the device's processors; these
 * three are of no model. */
export interface TabMessage {
  readonly type:
    'appended' | 'signals' | 'checkpoint' | 'forgotten' | 'reviews' | 'comparison' | 'shown' | 'busy' | 'calm';
  readonly modelKey: string;
}

/** What the device is; null for what it does not say. */
export interface DeviceFacts {
  readonly cores: number | null;
  readonly memoryGb: number | null;
  readonly saveData: boolean | null;
}

/** Everything that the runtime takes from outside, so that it runs in a worker, in Node and in a test alike. */
export interface Environment {
  readonly clock: Clock;
  /** A time of the clock as the visitor's own clock shows it. */
  localTime(ms: number): LocalTime;
  openStorage(kind: 'indexeddb' | 'memory', namespace: string): Promise<OpenedStorage>;
  openTabs(namespace: string): Tabs;
  readonly openBackend: OpenBackend;
  readonly fetch: typeof globalThis.fetch;
  /** Calls `listener` whenever the device has a network again. */
  onOnline(listener: () => void): void;
  /** Calls `listener` when the device becomes busy and when it no longer is, where that is measured. */
  onPressure(listener: (busy: boolean) => void): void;
  deviceFacts(): DeviceFacts;
  /** @returns name of a lock that is held as long as this worker lives: who asks for it hears of its end. null where there are no locks, or there is no worker */
  holdLife(): Promise<string | null>;
  /** Ends this worker, where there is one whose end is heard of. */
  end(): boolean;
  /** Lets waiting messages in; a macrotask, because microtasks would starve them. */
  yieldToEvents(): Promise<void>;
  /** Resolves after `ms`. */
  delay(ms: number): Promise<void>;
  /** What this origin uses of its storage, in bytes; null where nobody says. */
  storageUse(): Promise<{ readonly usedBytes: number; readonly quotaBytes: number | null } | null>;
}
