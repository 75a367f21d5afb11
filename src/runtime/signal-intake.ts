import type { Signal } from '../core/signal.ts';
import type { Clock } from '../core/clock.ts';
import { SerialQueue } from '../core/serial-queue.ts';
import { asTendrilError, type TendrilError } from '../errors.ts';
import { findDecision } from '../feedback/find-decision.ts';
import { join } from '../feedback/join.ts';
import { parseSignals } from '../feedback/parse-signals.ts';
import { keysToSettle, settleJoined } from '../feedback/settle.ts';
import { CLOCK_TOLERANCE_MS } from '../feedback/collect-signals.ts';
import type { DecisionRecord } from '../memory/records.ts';
import type { PendingRecord, SignalRecord, Store } from '../memory/store.ts';
import type { SignalsStored } from '../protocol/messages.ts';
import type { DecisionLog } from './decision-log.ts';
import type { AnyTaskRuntime } from './tasks/create-task-runtime.ts';

/** Decisions settled in one go, and decisions looked at in one go for a signal that names none. */
const PAGE = 50;
/** A signal that names a decision that nobody knows is kept for so long: the decision may only be late. */
const ORPHAN_MS = 60 * 60_000;
/** Timers are set for at most this long: they cannot be set for more than 25 days, and a clock may be set anew. */
const LONGEST_WAIT_MS = 60 * 60_000;

export interface SignalIntakeParts {
  readonly store: Store;
  readonly decisions: DecisionLog;
  readonly clock: Clock;
  readonly delay: (ms: number) => Promise<void>;
  readonly byTask: (taskId: string) => AnyTaskRuntime | undefined;
  readonly byModel: (modelKey: string) => AnyTaskRuntime | undefined;
  /** Models that this tab learns. */
  readonly learned: () => readonly AnyTaskRuntime[];
  /** Tells the tabs that learn. */
  readonly onStored: (modelKeys: readonly string[]) => void;
  readonly onError: (error: TendrilError, taskId: string | null) => void;
}

/**
 * Stores signals, and settles what they say of their decisions. Stored is acknowledged; settling reads what is stored and nothing else, so that a
 * killed worker, a second tab and a late signal all lead to the same experiences. The tab that learns a model settles its decisions.
 */
export class SignalIntake {
  readonly #parts: SignalIntakeParts;
  readonly #queue = new SerialQueue();
  /** The time that the timer is set for. */
  #wakeAtMs = Infinity;

  constructor(parts: SignalIntakeParts) {
    this.#parts = parts;
  }

  /** @throws INVALID_FEEDBACK for what is no list, STORAGE_* */
  async receive(batch: unknown): Promise<SignalsStored> {
    const { store, clock } = this.#parts;
    const { signals, refused } = parseSignals(batch);
    const receivedAtMs = clock.nowMs();
    // A batch is mostly about one decision, which may have to be read.
    const asked = new Map<string, Promise<DecisionRecord | null>>();
    const known = (decisionId: string) => {
      const decision = asked.get(decisionId) ?? this.#parts.decisions.known(decisionId);
      asked.set(decisionId, decision);
      return decision;
    };
    const records = await Promise.all(signals.map((signal) => this.#located(signal, known, receivedAtMs)));
    const { duplicates } = await store.putSignals(records, pendingOf(records, receivedAtMs));
    const modelKeys = [...new Set(records.flatMap(({ modelKey }) => modelKey ?? []))];
    this.#parts.onStored(modelKeys);
    void this.settleSoon();
    return { stored: records.length - duplicates, duplicates, refused };
  }

  /** The signal with the decision that it is about, as far as that is known. */
  async #located(
    signal: Signal,
    known: (decisionId: string) => Promise<DecisionRecord | null>,
    receivedAtMs: number,
  ): Promise<SignalRecord> {
    const modelKey = this.#parts.byTask(signal.taskId ?? '')?.host.modelKey ?? null;
    if (signal.decisionId !== undefined) {
      const decision = await known(signal.decisionId);
      return { ...signal, modelKey: decision?.modelKey ?? modelKey, receivedAtMs };
    }
    const decision = modelKey === null || signal.item === undefined ? null : await this.#find(signal, modelKey);
    return { ...signal, ...(decision && { decisionId: decision.decisionId }), modelKey, receivedAtMs };
  }

  /** The newest decision that the signal can be about. */
  async #find(signal: Signal, modelKey: string): Promise<DecisionRecord | null> {
    const rules = this.#parts.byModel(modelKey)?.rules;
    if (!rules || rules.of(signal.type).operating) return null;
    const oldest = signal.atMs - rules.of(signal.type).windowMs;
    for (let beforeMs = signal.atMs + CLOCK_TOLERANCE_MS; ;) {
      const page = await this.#parts.store.decisionsBefore(modelKey, beforeMs, PAGE);
      const found = findDecision(signal, page, () => rules);
      if (found) return found;
      const last = page.at(-1);
      if (page.length < PAGE || !last || last.decidedAtMs < oldest) return null;
      beforeMs = last.decidedAtMs;
    }
  }

  /** Settles what is due, and wakes up for what will be. Reports what fails. */
  async settleSoon(): Promise<void> {
    try {
      await this.settle();
    } catch (caught) {
      this.#parts.onError(asTendrilError(caught), null);
    }
  }

  /** Settles every decision that is due, of the models that this tab learns. */
  settle(): Promise<void> {
    return this.#queue.run(async () => {
      for (const task of this.#parts.learned()) await this.#settleModel(task);
      await this.#wakeLater();
    });
  }

  async #settleModel(task: AnyTaskRuntime): Promise<void> {
    const { store, clock } = this.#parts;
    const { modelKey } = task.host;
    for (;;) {
      const due = await store.pendingUntil(modelKey, clock.nowMs(), PAGE);
      let appended = 0;
      for (const pending of due) appended += await this.#settleOne(task, pending);
      if (appended > 0) task.learnSoon();
      if (due.length < PAGE) return;
    }
  }

  /** @returns experiences that are new in the log */
  async #settleOne(task: AnyTaskRuntime, pending: PendingRecord): Promise<number> {
    const { store, decisions, clock } = this.#parts;
    const { decisionId, modelKey, arrivals } = pending;
    const nowMs = clock.nowMs();
    const decision = await decisions.known(decisionId);
    if (!decision) {
      const dueAtMs = nowMs - pending.sinceMs < ORPHAN_MS ? nowMs + ORPHAN_MS / 10 : null;
      await store.settle([], [{ decisionId, modelKey, settled: {}, dueAtMs, arrivals }]);
      return 0;
    }
    const joined = join(decision, await store.signalsOf(decisionId), task.rules);
    const keys = keysToSettle(decision, joined, pending.settled);
    const entries = await store.catalogue(keys);
    const catalogue = new Map(keys.map((key, index) => [key, entries[index]]));
    const lookup = (key: string) => catalogue.get(key);
    const settlement = settleJoined(decision, joined, pending.settled, lookup, task.rules, nowMs);
    const { experiences, settled, nextDueAtMs: dueAtMs } = settlement;
    const { duplicates } = await store.settle(experiences, [{ decisionId, modelKey, settled, dueAtMs, arrivals }]);
    return experiences.length - duplicates;
  }

  async #wakeLater(): Promise<void> {
    const { store, clock, delay, learned } = this.#parts;
    const dues = await Promise.all(learned().map(({ host }) => store.nextDueAtMs(host.modelKey)));
    const nextMs = Math.min(...dues.map((due) => due ?? Infinity));
    if (nextMs >= this.#wakeAtMs || nextMs === Infinity) return;
    this.#wakeAtMs = nextMs;
    void delay(Math.min(LONGEST_WAIT_MS, Math.max(0, nextMs - clock.nowMs()))).then(() => {
      if (this.#wakeAtMs !== nextMs) return;
      this.#wakeAtMs = Infinity;
      void this.settleSoon();
    });
  }
}

/** One row a decision: it is due now. */
function pendingOf(records: readonly SignalRecord[], nowMs: number): PendingRecord[] {
  const rows = new Map<string, PendingRecord>();
  for (const { decisionId, modelKey } of records) {
    if (decisionId === undefined || modelKey === null) continue;
    rows.set(decisionId, { decisionId, modelKey, sinceMs: nowMs, dueAtMs: nowMs, arrivals: 0, settled: {} });
  }
  return [...rows.values()];
}
