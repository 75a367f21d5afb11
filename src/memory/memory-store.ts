import { checkpointsToDrop } from './checkpoint-retention.ts';
import { checkForgetRequest, LISTED, type ForgetReport, type ForgetRequest } from './forget-request.ts';
import { Forgetting } from './forgetting.ts';
import type { KnowledgeRecord } from './knowledge-record.ts';
import { byKindAndKey, changedHistory } from './knowledge-retention.ts';
import { MemoryLog } from './memory-log.ts';
import { MemorySignals } from './memory-signals.ts';
import { MemoryReviews } from './memory-reviews.ts';
import { MemoryVersions } from './memory-versions.ts';
import { withArrival, withUpdate } from './pending-merge.ts';
import { learnedByAll } from './relief.ts';
import type {
  CatalogueRecord,
  CheckpointRecord,
  DecisionRecord,
  ExperienceRecord,
  StoredExperience,
  TaskRecord,
  VersionRecord,
} from './records.ts';
import type { PendingRecord, SettledUpdate, SignalRecord } from './signal-records.ts';
import {
  comparisonKey,
  consolidationKey,
  damagedCheckpointPrefix,
  healthKey,
  type AppendResult,
  type AuditEntry,
  type AuditRecord,
  type ReviewRecord,
  type ReviewState,
  type PruneReport,
  type PruneRequest,
  type Store,
  type TableName,
  type UsageRecord,
  type VersionSummary,
} from './store.ts';

/** The same interface without durability: for Node, and where IndexedDB is closed. Values are copied in and out, as IndexedDB does. */
export class MemoryStore implements Store {
  readonly kind = 'memory';
  readonly #tasks = new Map<string, TaskRecord>();
  readonly #decisions = new Map<string, DecisionRecord>();
  readonly #catalogue = new Map<string, CatalogueRecord>();
  readonly #signals = new MemorySignals();
  readonly #pending = new Map<string, PendingRecord>();
  readonly #log = new MemoryLog();
  /** What the replay buffer of each model refers to. */
  readonly #replayed = new Map<string, readonly number[]>();
  readonly #knowledge = new Map<string, KnowledgeRecord>();
  readonly #checkpoints = new Map<string, CheckpointRecord[]>();
  readonly #epochs = new Map<string, number>();
  readonly #versions = new MemoryVersions();
  readonly #reviews = new MemoryReviews();
  readonly #settings = new Map<string, unknown>();

  task(taskId: string): Promise<TaskRecord | undefined> {
    return copied(this.#tasks.get(taskId));
  }

  putTask(record: TaskRecord): Promise<void> {
    this.#tasks.set(record.taskId, structuredClone(record));
    return Promise.resolve();
  }

  putDecisions(decisions: readonly DecisionRecord[], catalogue: readonly CatalogueRecord[]): Promise<void> {
    for (const entry of catalogue) this.#catalogue.set(entry.candidateKey, structuredClone(entry));
    for (const decision of decisions) this.#decisions.set(decision.decisionId, structuredClone(decision));
    return Promise.resolve();
  }

  decision(decisionId: string): Promise<DecisionRecord | undefined> {
    return copied(this.#decisions.get(decisionId));
  }

  amendDecision(decisionId: string, amend: (stored: DecisionRecord) => DecisionRecord): Promise<void> {
    const stored = this.#decisions.get(decisionId);
    if (stored) this.#decisions.set(decisionId, structuredClone(amend(structuredClone(stored))));
    return Promise.resolve();
  }

  decisionsBefore(modelKey: string, atMs: number, limit: number): Promise<DecisionRecord[]> {
    const before = of(this.#decisions, modelKey).filter(({ decidedAtMs }) => decidedAtMs < atMs);
    before.sort((a, b) => b.decidedAtMs - a.decidedAtMs || descending(a.decisionId, b.decisionId));
    return copied(before.slice(0, limit));
  }

  decisionsBetween(modelKey: string, afterMs: number, beforeMs: number, limit: number): Promise<DecisionRecord[]> {
    const between = of(this.#decisions, modelKey).filter(
      ({ decidedAtMs }) => decidedAtMs > afterMs && decidedAtMs < beforeMs,
    );
    between.sort((a, b) => a.decidedAtMs - b.decidedAtMs || descending(b.decisionId, a.decisionId));
    const lastMs = between[limit - 1]?.decidedAtMs ?? Infinity;
    return copied(between.filter(({ decidedAtMs }) => decidedAtMs <= lastMs));
  }

  catalogue(candidateKeys: readonly string[]): Promise<(CatalogueRecord | undefined)[]> {
    return copied(candidateKeys.map((key) => this.#catalogue.get(key)));
  }

  putSignals(
    signals: readonly SignalRecord[],
    pending: readonly PendingRecord[],
  ): Promise<{ readonly duplicates: number }> {
    const duplicates = this.#signals.add(signals);
    for (const given of pending) {
      this.#pending.set(given.decisionId, structuredClone(withArrival(this.#pending.get(given.decisionId), given)));
    }
    return Promise.resolve({ duplicates });
  }

  signalsOf(decisionId: string): Promise<SignalRecord[]> {
    return copied(this.#signals.ofDecision(decisionId));
  }

  pending(decisionId: string): Promise<PendingRecord | undefined> {
    return copied(this.#pending.get(decisionId));
  }

  pendingUntil(modelKey: string, atMs: number, limit: number): Promise<PendingRecord[]> {
    return copied(
      this.#due(modelKey)
        .filter(({ dueAtMs }) => (dueAtMs ?? Infinity) <= atMs)
        .slice(0, limit),
    );
  }

  nextDueAtMs(modelKey: string): Promise<number | null> {
    return Promise.resolve(this.#due(modelKey)[0]?.dueAtMs ?? null);
  }

  #due(modelKey: string): PendingRecord[] {
    const due = of(this.#pending, modelKey).filter(({ dueAtMs }) => dueAtMs !== null);
    return due.sort((a, b) => (a.dueAtMs ?? 0) - (b.dueAtMs ?? 0) || -descending(a.decisionId, b.decisionId));
  }

  settle(experiences: readonly ExperienceRecord[], updates: readonly SettledUpdate[]): Promise<AppendResult> {
    for (const update of updates) {
      const stored = this.#pending.get(update.decisionId);
      const record = withUpdate(stored, update, experiences[0]?.observedAtMs ?? update.dueAtMs ?? 0);
      this.#pending.set(update.decisionId, structuredClone(record));
    }
    return this.appendExperiences(experiences);
  }

  appendExperiences(experiences: readonly ExperienceRecord[]): Promise<AppendResult> {
    return Promise.resolve(this.#log.append(experiences));
  }

  experiencesAfter(modelKey: string, position: number, limit: number): Promise<StoredExperience[]> {
    return copied(this.#log.after(modelKey, position, limit));
  }

  experiencesAt(positions: readonly number[], replayOf?: string): Promise<StoredExperience[]> {
    if (replayOf !== undefined) this.#replayed.set(replayOf, [...positions]);
    return copied(positions.flatMap((position) => this.#log.at(position) ?? []));
  }

  countExperiencesAfter(modelKey: string, position: number): Promise<number> {
    return Promise.resolve(this.#log.countAfter(modelKey, position));
  }

  putCheckpoint(checkpoint: CheckpointRecord, keep: number, added: readonly VersionRecord[] = []): Promise<boolean> {
    const { modelKey, generation, epoch = 0 } = checkpoint;
    if (epoch < (this.#epochs.get(modelKey) ?? 0)) return Promise.resolve(false);
    const others = (this.#checkpoints.get(modelKey) ?? []).filter((other) => other.generation !== generation);
    const all = [structuredClone(checkpoint), ...others].sort((a, b) => b.generation - a.generation);
    const dropped = new Set(checkpointsToDrop(all, keep));
    const kept = all.filter((one) => !dropped.has(one.generation));
    this.#checkpoints.set(modelKey, kept);
    this.#versions.add(added);
    return Promise.resolve(true);
  }

  checkpoints(modelKey: string, skip = 0, limit = Infinity): Promise<CheckpointRecord[]> {
    return copied((this.#checkpoints.get(modelKey) ?? []).slice(skip, skip + limit));
  }

  epoch(modelKey: string): Promise<number> {
    return Promise.resolve(this.#epochs.get(modelKey) ?? 0);
  }

  overrule(checkpoint: Omit<CheckpointRecord, 'generation' | 'epoch'>, only: boolean): Promise<void> {
    const { modelKey } = checkpoint;
    const epoch = (this.#epochs.get(modelKey) ?? 0) + 1;
    this.#epochs.set(modelKey, epoch);
    const others = this.#checkpoints.get(modelKey) ?? [];
    const generation = (others[0]?.generation ?? 0) + 1;
    const newest = structuredClone({ ...checkpoint, generation, epoch });
    this.#checkpoints.set(modelKey, only ? [newest] : [newest, ...others]);
    return Promise.resolve();
  }

  version(modelKey: string, digest: string): Promise<VersionRecord | undefined> {
    return copied(this.#versions.get(modelKey, digest));
  }

  versions(modelKey: string): Promise<VersionSummary[]> {
    return copied(this.#versions.of(modelKey));
  }

  pruneVersions(modelKey: string, keep: readonly string[], maxBytes: number): Promise<number> {
    return Promise.resolve(this.#versions.prune(modelKey, keep, maxBytes));
  }

  putReview(review: ReviewRecord, audit: readonly AuditEntry[], expected: ReviewState | null): Promise<boolean> {
    return Promise.resolve(this.#reviews.put(review, audit, expected));
  }

  review(reviewId: string): Promise<ReviewRecord | undefined> {
    return copied(this.#reviews.reviews.get(reviewId));
  }

  reviews(taskId: string, state: ReviewState, limit: number): Promise<ReviewRecord[]> {
    return copied(this.#reviews.of(taskId, state, limit));
  }

  countReviews(taskId: string, state: ReviewState): Promise<number> {
    return Promise.resolve(this.#reviews.of(taskId, state, Infinity).length);
  }

  appendAudit(entries: readonly AuditEntry[]): Promise<void> {
    this.#reviews.append(entries);
    return Promise.resolve();
  }

  audit(taskId: string, after: number, limit: number): Promise<AuditRecord[]> {
    return copied(this.#reviews.after(taskId, after, limit));
  }

  knowledge(modelKey: string): Promise<KnowledgeRecord[]> {
    const current = of(this.#knowledge, modelKey).filter(({ supersededAtMs }) => supersededAtMs === null);
    return copied(current.sort((a, b) => -descending(a.kind, b.kind) || -descending(a.key, b.key)));
  }

  knowledgeHistory(modelKey: string, kind: string, key: string): Promise<KnowledgeRecord[]> {
    return copied(this.#history(modelKey, kind, key).sort((a, b) => b.revision - a.revision));
  }

  #history(modelKey: string, kind: string, key: string): KnowledgeRecord[] {
    return of(this.#knowledge, modelKey).filter((record) => record.kind === kind && record.key === key);
  }

  putKnowledge(records: readonly KnowledgeRecord[], state: unknown, modelKey: string): Promise<void> {
    for (const added of byKindAndKey(records)) {
      const [{ kind, key }] = added as [KnowledgeRecord];
      const { put, dropped } = changedHistory(this.#history(modelKey, kind, key), added);
      for (const record of put) this.#knowledge.set(record.knowledgeId, structuredClone(record));
      for (const id of dropped) this.#knowledge.delete(id);
    }
    return this.putSetting(consolidationKey(modelKey), state);
  }

  setting(key: string): Promise<unknown> {
    return copied(this.#settings.get(key));
  }

  putSetting(key: string, value: unknown): Promise<void> {
    this.#settings.set(key, structuredClone(value));
    return Promise.resolve();
  }

  usage(): Promise<readonly UsageRecord[]> {
    return Promise.resolve(this.#log.usage());
  }

  prune(request: PruneRequest): Promise<PruneReport> {
    const { modelKey, beforeMs = -Infinity } = request;
    const decisions = of(this.#decisions, modelKey).filter(
      ({ decidedAtMs, decisionId }) => decidedAtMs < beforeMs && !this.#isDue(decisionId),
    );
    const signals = this.#signals
      .ofModel(modelKey)
      .filter(({ atMs, decisionId }) => atMs < beforeMs && !this.#isDue(decisionId));
    for (const { decisionId } of decisions) {
      this.#decisions.delete(decisionId);
      this.#pending.delete(decisionId);
    }
    const gone = new Set(decisions.map(({ decisionId }) => decisionId));
    this.#reviews.remove(({ decisionId }) => decisionId !== null && gone.has(decisionId));
    this.#signals.remove(signals);
    return Promise.resolve({
      ...this.#log.prune(request),
      decisions: decisions.length,
      signals: signals.length,
    });
  }

  #isDue(decisionId: string | undefined): boolean {
    return (this.#pending.get(decisionId ?? '')?.dueAtMs ?? null) !== null;
  }

  async relieve(share: number, upTo: Readonly<Record<string, number>> = {}): Promise<PruneReport> {
    const total = { experiences: 0, bytes: 0, decisions: 0, signals: 0 };
    const usage = new Map(this.#log.usage().map(({ modelKey, bytes }) => [modelKey, bytes]));
    const decided = [...this.#decisions.values()].map(({ modelKey }) => modelKey);
    for (const modelKey of new Set([...usage.keys(), ...decided])) {
      const last = upTo[modelKey] ?? learnedByAll(this.#checkpoints.get(modelKey) ?? []);
      const maxBytes = (usage.get(modelKey) ?? 0) * (1 - share);
      const { experiences, bytes } = this.#log.prune({
        modelKey,
        maxBytes,
        upTo: last,
        keep: this.#replayed.get(modelKey) ?? [],
      });
      const { decisions, signals } = await this.prune({
        modelKey,
        beforeMs: this.#decidedAtShare(modelKey, share),
        upTo: 0,
      });
      total.experiences += experiences;
      total.bytes += bytes;
      total.decisions += decisions;
      total.signals += signals;
    }
    return total;
  }

  /** The time before which this share of the model's decisions was made. */
  #decidedAtShare(modelKey: string, share: number): number {
    const times = of(this.#decisions, modelKey).map(({ decidedAtMs }) => decidedAtMs);
    if (times.length === 0) return -Infinity;
    return times.sort((a, b) => a - b)[Math.floor(share * times.length)] ?? Infinity;
  }

  async forget(request: ForgetRequest): Promise<ForgetReport> {
    checkForgetRequest(request);
    const { modelKey, item } = request;
    const forgetting = new Forgetting(request);
    const decisions = of(this.#decisions, modelKey);
    const decided = new Set(decisions.filter((one) => forgetting.inTime(one.decidedAtMs)).map((one) => one.decisionId));
    const experiences = this.#log
      .ofModel(modelKey)
      .filter((one) => forgetting.experience(one, decided.has(one.decisionId)));
    const positions = experiences.map(({ position }) => position);
    const [first = null] = positions;
    this.#log.remove(modelKey, experiences);
    const dropped = forgetting.dropsDecisions ? decisions.filter(({ decisionId }) => decided.has(decisionId)) : [];
    const struckOut = decisions.flatMap((decision) => forgetting.struckOut(decision) ?? []);
    for (const decision of struckOut) this.#decisions.set(decision.decisionId, decision);
    const signals = this.#signals
      .ofModel(modelKey)
      .filter((one) => forgetting.signal(one, decided.has(one.decisionId ?? '')));
    const catalogue = forgetting.dropsItem
      ? [...this.#catalogue.values()].filter(({ candidateId }) => candidateId === item)
      : [];
    const removed = new Set(positions);
    const knowledge = of(this.#knowledge, modelKey).filter((record) => forgetting.knowledge(record, removed));
    this.#unsettle(forgetting, modelKey, new Set(experiences.map(({ experienceId }) => experienceId)));
    const [kept, lost] = split(
      this.#checkpoints.get(modelKey) ?? [],
      ({ learnedTo }) => learnedTo < (first ?? Infinity),
    );
    this.#checkpoints.set(modelKey, kept);
    const versions = this.#versions.forget(modelKey, first);
    const reviews = this.#reviews.remove(
      (review) => review.modelKey === modelKey && forgetting.review(review, decided),
    );
    if (first !== null) this.#dropDerived(modelKey);
    // Of decisions as well.
    this.#settings.delete(healthKey(modelKey));
    const epoch = (this.#epochs.get(modelKey) ?? 0) + 1;
    this.#epochs.set(modelKey, epoch);
    return copied({
      experiences: experiences.length,
      signals: this.#signals.remove(signals),
      pending: removeAll(this.#pending, dropped, ({ decisionId }) => decisionId),
      decisions: removeAll(this.#decisions, dropped, ({ decisionId }) => decisionId),
      redacted: struckOut.length,
      catalogue: removeAll(this.#catalogue, catalogue, ({ candidateKey }) => candidateKey),
      knowledge: removeAll(this.#knowledge, knowledge, ({ knowledgeId }) => knowledgeId),
      checkpoints: lost.length,
      versions,
      reviews,
      removed: { first, count: positions.length, positions: positions.slice(0, LISTED) },
      learnedTo: kept[0]?.learnedTo ?? null,
      epoch,
    });
  }

  #unsettle(forgetting: Forgetting, modelKey: string, removedIds: ReadonlySet<string>): void {
    for (const pending of of(this.#pending, modelKey)) {
      const left = forgetting.unsettled(pending, removedIds);
      if (left) this.#pending.set(left.decisionId, left);
    }
  }

  /** What was made of the log beside checkpoints, and cannot be told apart. */
  #dropDerived(modelKey: string): void {
    for (const key of [consolidationKey(modelKey), comparisonKey(modelKey)]) this.#settings.delete(key);
    const prefix = damagedCheckpointPrefix(modelKey);
    for (const key of this.#settings.keys()) if (key.startsWith(prefix)) this.#settings.delete(key);
  }

  count(): Promise<Readonly<Record<TableName, number>>> {
    const counts = Object.entries(this.#tables()).map(([table, rows]) => [table, rows.length] as const);
    return Promise.resolve(Object.fromEntries(counts) as Record<TableName, number>);
  }

  async *pages(table: TableName): AsyncIterable<readonly unknown[]> {
    const rows = this.#tables()[table];
    if (rows.length > 0) yield await copied(rows);
  }

  #tables(): Readonly<Record<TableName, readonly unknown[]>> {
    return {
      tasks: [...this.#tasks.values()],
      decisions: [...this.#decisions.values()],
      catalogue: [...this.#catalogue.values()],
      signals: this.#signals.all(),
      pending: [...this.#pending.values()],
      experiences: this.#log.all(),
      knowledge: [...this.#knowledge.values()],
      checkpoints: [...this.#checkpoints.values()].flat(),
      versions: this.#versions.all(),
      reviews: [...this.#reviews.reviews.values()],
      audit: this.#reviews.trail,
      settings: [...this.#settings].map(([key, value]) => ({ key, value })),
    };
  }

  close(): void {
    // Nothing is held open.
  }
}

function of<T extends { readonly modelKey: string | null }>(table: ReadonlyMap<string, T>, modelKey: string): T[] {
  return [...table.values()].filter((record) => record.modelKey === modelKey);
}

function split<T>(list: readonly T[], keeps: (entry: T) => boolean): [T[], T[]] {
  return [list.filter(keeps), list.filter((entry) => !keeps(entry))];
}

/** @returns how many were there */
function removeAll<T>(table: Map<string, unknown>, gone: readonly T[], keyOf: (record: T) => string): number {
  return gone.filter((record) => table.delete(keyOf(record))).length;
}

function descending(a: string, b: string): number {
  if (a === b) return 0;
  return a > b ? -1 : 1;
}

function copied<T>(value: T): Promise<T> {
  return Promise.resolve(structuredClone(value));
}
