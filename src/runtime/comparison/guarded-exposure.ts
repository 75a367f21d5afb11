import type { ParsedRankingTask } from '../../learners/task-schema.ts';
import { AmplificationGuard, type Admission } from '../../monitor/exposure/amplification-guard.ts';
import { ExposureBook, type ExposureSummary } from '../../monitor/exposure/exposure-book.ts';
import { GuardAccount } from '../../monitor/exposure/guard-account.ts';
import type { GuardCandidate } from '../../monitor/exposure/guarded-shares.ts';
import type { PreparedCandidate } from '../candidates.ts';

/** What a ranking shows in its first places, and what keeps it from showing the same again and again. */
export class GuardedExposure {
  readonly account = new GuardAccount();
  readonly #task: ParsedRankingTask;
  readonly #book = new ExposureBook({ items: 1, topics: 1 });
  readonly #guard: AmplificationGuard | null;
  readonly #topics = new Set<string>();

  constructor(task: ParsedRankingTask) {
    this.#task = task;
    const { itemShare, topicShare } = task.guard ?? {};
    const isGuarded = itemShare !== undefined || topicShare !== undefined;
    const caps = { item: itemShare ?? null, topic: topicShare ?? null };
    this.#guard = isGuarded ? new AmplificationGuard({ ...caps, slots: task.exploration.slots }) : null;
  }

  /** Which candidates may take the next place: to be asked by the policy before it draws. Also counts what guarding costs. @param means expected rewards */
  admission(
    candidates: readonly PreparedCandidate[],
    means: Float64Array,
    order: () => readonly number[],
  ): Admission | undefined {
    if (!this.#guard) return undefined;
    const guarded = candidates.map((candidate, index) => this.#candidate(candidate, means[index] ?? 0));
    this.account.update(
      this.#guard.apply(
        order().map((index) => guarded[index]!),
        this.#book,
      ),
    );
    return this.#guard.begin(guarded, this.#book);
  }

  #candidate(candidate: PreparedCandidate, score: number): GuardCandidate {
    return { item: candidate.id, topics: this.#topicsOf(candidate), score };
  }

  #topicsOf({ features }: PreparedCandidate): readonly string[] {
    const { topic } = this.#task.guard ?? {};
    const value = topic === undefined ? null : features[topic];
    if (typeof value === 'string') return [value];
    return Array.isArray(value) ? value.map(String) : [];
  }

  /** @param shown indices in the order that was shown */
  decided(candidates: readonly PreparedCandidate[], shown: readonly number[]): void {
    const { slots } = this.#task.exploration;
    const first = shown.slice(0, slots).flatMap((index) => candidates[index] ?? []);
    for (const candidate of first) for (const topic of this.#topicsOf(candidate)) this.#topics.add(topic);
    this.#book.resize({ items: candidates.length, topics: Math.max(1, this.#topics.size) });
    this.#book.decided({
      shown: first.map((candidate) => ({ item: candidate.id, topics: this.#topicsOf(candidate) })),
      host: candidates.slice(0, slots).map(({ id }) => id),
    });
  }

  summary(): ExposureSummary {
    return this.#book.summary();
  }
}
