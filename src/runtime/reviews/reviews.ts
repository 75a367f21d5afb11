import type { Clock } from '../../core/clock.ts';
import { SerialQueue } from '../../core/serial-queue.ts';
import { asTendrilError } from '../../errors.ts';
import type { JudgedAnswer } from '../../feedback/judged.ts';
import type { ParsedTask } from '../../learners/task-schema.ts';
import type { DecisionRecord } from '../../memory/records.ts';
import type { AuditRecord, ReviewRecord, ReviewState, Store } from '../../memory/store.ts';
import type { ReviewItem, ReviewSettled, SharingStatus } from '../../protocol/messages.ts';
import { actions, entryOf } from '../../review/audit.ts';
import { decisionCaseOf, openedCase, type DecisionCase } from '../../review/review-case.ts';
import { reviewRules, type ReviewRules } from '../../review/review-rules.ts';
import {
  invalid,
  outcomeOf,
  parseSettlement,
  settledReview,
  settlementOf,
  type SettlementRequest,
} from '../../review/settlement.ts';
import type { RemoteReviewQueue } from '../../sync/review-queue.ts';
import type { DecisionLog } from '../decision-log.ts';
import type { Tabs } from '../environment.ts';
import type { AnyTaskRuntime } from '../tasks/create-task-runtime.ts';
import { Promotions, type Approval, type PromotionRequest } from './promotions.ts';
import { RemoteReviews } from './remote-reviews.ts';
import { decisionView, promotionView } from './review-view.ts';
import { TaskReviews } from './task-reviews.ts';

export interface ReviewsParts {
  readonly store: Store;
  readonly decisions: DecisionLog;
  readonly clock: Clock;
  readonly delay: (ms: number) => Promise<void>;
  readonly exclusive: Tabs['exclusive'];
  /** @throws UNKNOWN_TASK */
  readonly task: (taskId: string) => AnyTaskRuntime;
  /** People elsewhere; null where there is no registry. */
  readonly remote: RemoteReviewQueue | null;
  /** Something waits, or no longer does. */
  readonly onChange: (review: ReviewRecord, waiting: number) => void;
  /** The same from another tab. */
  readonly onHeard: (taskId: string, waiting: number) => void;
  /** A version was approved or refused. */
  readonly onPromotion: (modelKey: string) => void;
  readonly onError: (caught: unknown, taskId: string) => void;
}

/** Reviews, and entries of the trail, given out at once. */
const LISTED = 200;
/** Reviews looked at in one go, when old ones are withdrawn. */
const PAGE = 50;

/**
 * The human in the loop: decisions that a person makes, what is learned of that, and versions that wait for approval. A review is written together with its
 * entry in the audit trail, and settled once, whoever tries at the same time.
 */
export class Reviews {
  readonly #parts: ReviewsParts;
  readonly #promotions: Promotions;
  readonly #remote: RemoteReviews | null;
  readonly #opening = new SerialQueue();
  readonly #settling = new SerialQueue();

  constructor(parts: ReviewsParts) {
    this.#parts = parts;
    this.#promotions = new Promotions(parts.store);
    this.#remote = parts.remote && new RemoteReviews(this.#remoteParts(parts.remote));
  }

  #remoteParts(queue: RemoteReviewQueue): ConstructorParameters<typeof RemoteReviews>[0] {
    return {
      ...this.#parts,
      queue,
      view: (review) => this.#view(review),
      settle: async (verdict) => void (await this.settle(verdict, 'registry')),
    };
  }

  /** What the decisions of a task ask; null where no person looks at them. @throws INVALID_CONFIG */
  forTask(task: ParsedTask): TaskReviews | null {
    const rules = reviewRules(task);
    if (!rules) return null;
    if (rules.regulated && task.versions.promotion !== 'gated')
      throw invalidTask('a regulated task serves what was approved: its versions are gated');
    return new TaskReviews({
      rules,
      seed: task.seed,
      isApproved: (digest) => this.#promotions.isApproved(digest),
      open: (decision, about) => {
        this.#opening
          .run(() => this.#open(rules, decision, about))
          .catch((caught: unknown) => {
            this.#parts.onError(caught, task.id);
          });
      },
    });
  }

  async #open({ queueLimit }: ReviewRules, decision: DecisionRecord, about: DecisionCase): Promise<void> {
    const { store, decisions, clock } = this.#parts;
    // Without its decision nobody could settle it; that it was not stored has been reported.
    if (!(await decisions.known(decision.decisionId))) return;
    const { taskId } = decision;
    const surplus = (await store.countReviews(taskId, 'open')) - queueLimit + 1;
    if (surplus > 0) await this.#withdrawAll(await store.reviews(taskId, 'open', surplus), 'too many wait');
    const review = openedCase(decision, about, clock.nowMs());
    const { why, confidence, digest } = about;
    const details = { why, confidence, digest, ...decision.model };
    const entry = entryOf(review, actions.opened, { atMs: review.openedAtMs, details });
    if (await store.putReview(review, [entry], null)) await this.#changed(review);
  }

  /** Reviews are opened behind the answers: whoever has one is to find it. */
  #allOpened(): Promise<void> {
    return this.#opening.run(() => Promise.resolve());
  }

  async #changed(review: ReviewRecord): Promise<void> {
    this.#parts.onChange(review, await this.waiting(review.taskId));
    this.#remote?.syncSoon(review.taskId);
  }

  waiting(taskId: string): Promise<number> {
    return this.#parts.store.countReviews(taskId, 'open');
  }

  /** @throws UNKNOWN_TASK */
  async list(taskId: string, state: ReviewState): Promise<ReviewItem[]> {
    this.#parts.task(taskId);
    await this.#allOpened();
    if (state === 'open') await this.expire(taskId);
    const reviews = await this.#parts.store.reviews(taskId, state, LISTED);
    const views: ReviewItem[] = [];
    for (const review of reviews) views.push(...((await this.#view(review)) ?? []));
    return views;
  }

  /** null for what can no longer be shown: that is withdrawn. */
  async #view(review: ReviewRecord): Promise<ReviewItem[] | null> {
    if (review.kind === 'promotion') return [promotionView(review)];
    const { store, decisions, task } = this.#parts;
    const decision = await decisions.known(review.decisionId ?? '');
    const { serving } = task(review.taskId).host;
    const view = decision && (await decisionView(store, review, decision, serving.classes));
    if (view) return [view];
    if (review.state === 'open') await this.#withdraw(review, 'its decision is no longer stored');
    return null;
  }

  /** Withdraws what has waited too long. */
  async expire(taskId: string): Promise<void> {
    const { store, clock, task } = this.#parts;
    const rules = task(taskId).reviews?.rules;
    if (!rules) return;
    const before = clock.nowMs() - rules.expireAfterMs;
    for (;;) {
      const page = await store.reviews(taskId, 'open', PAGE);
      const old = page.filter(({ kind, openedAtMs }) => kind === 'decision' && openedAtMs < before);
      await this.#withdrawAll(old, 'nobody settled it in time');
      if (old.length < PAGE) return;
    }
  }

  async #withdrawAll(reviews: readonly ReviewRecord[], why: string): Promise<void> {
    for (const review of reviews) await this.#withdraw(review, why);
  }

  async #withdraw(review: ReviewRecord, why: string): Promise<void> {
    const atMs = this.#parts.clock.nowMs();
    const entry = entryOf(review, actions.withdrawn, { atMs, details: { why } });
    const withdrawn = settledReview(review, 'withdrawn', null, atMs);
    if (await this.#parts.store.putReview(withdrawn, [entry], 'open')) await this.#changed(review);
  }

  /**
   * Takes a reviewer's word: what it teaches is in the log when this resolves, and learned like everything else there.
   * @param via where it was said @throws INVALID_FEEDBACK, UNKNOWN_DECISION, STORAGE_*
   */
  settle(given: unknown, via: 'page' | 'registry' = 'page'): Promise<ReviewSettled> {
    const said = parseSettlement(given);
    // Two who say it at once: what the second one says must not be learned.
    return this.#settling.run(async () => {
      await this.#allOpened();
      return this.#settle(said, via);
    });
  }

  #settle(said: SettlementRequest, via: 'page' | 'registry'): Promise<ReviewSettled> {
    return this.#parts.exclusive(`review:${said.reviewId}`, async () => {
      const review = await this.#parts.store.review(said.reviewId);
      if (!review) throw invalid(`there is no review "${said.reviewId}"`);
      const settled =
        review.kind === 'promotion' ? this.#settlePromotion(review, said) : this.#teach(review, said, via);
      const answer = await settled;
      await this.#changed(review);
      return answer;
    });
  }

  async #settlePromotion(review: ReviewRecord, said: SettlementRequest): Promise<ReviewSettled> {
    const state = await this.#promotions.settle(review, said, this.#parts.clock.nowMs());
    this.#parts.onPromotion(review.modelKey);
    return { state, position: null };
  }

  /** The log first: killed in between, the review is open still, and what is said again is learned once. */
  async #teach(review: ReviewRecord, said: SettlementRequest, via: 'page' | 'registry'): Promise<ReviewSettled> {
    const { store, decisions, clock, task } = this.#parts;
    const about = decisionCaseOf(review);
    if (!about) throw invalid('the review is damaged');
    const runtime = task(review.taskId);
    const outcome = outcomeOf(said, runtime.reviews?.rules ?? { weight: 1 });
    const { source, weight } = outcome;
    const { state, judgements } = settlementOf(about, said);
    const settled = settledReview(review, state, outcome, clock.nowMs());
    const decision = await decisions.find(review.decisionId ?? '');
    const answers = judgements.map((judgement): JudgedAnswer => ({ ...judgement, source, weight }));
    const position = answers.length > 0 ? (await runtime.judged(decision, answers)).position : null;
    const details = { verdict: said.verdict, via, source, weight, experiences: answers.length, position };
    const entry = entryOf(review, state, { actor: said.reviewer, atMs: clock.nowMs(), details });
    if (!(await store.putReview(settled, [entry], 'open'))) throw invalid('somebody else has just settled it');
    return { state, position };
  }

  /** Has a version wait for the word of a second person; asking again changes nothing. */
  async openPromotion(request: PromotionRequest): Promise<void> {
    const review = await this.#promotions.open(request, this.#parts.clock.nowMs());
    if (review) await this.#changed(review);
  }

  /** What was said of a version; null where nobody was asked. */
  approvalOf(digest: string): Promise<Approval | null> {
    return this.#promotions.approvalOf(digest);
  }

  /** @throws UNKNOWN_TASK */
  audit(taskId: string, after: number): Promise<AuditRecord[]> {
    this.#parts.task(taskId);
    return this.#parts.store.audit(taskId, after, LISTED);
  }

  /** Whether the visitor agrees that reviews of this task leave the device. @throws INVALID_CONFIG where the task or the page does not provide for it */
  async share(taskId: string, agreed: boolean): Promise<SharingStatus> {
    const rules = this.#parts.task(taskId).reviews?.rules;
    if (!this.#remote) throw invalidTask('there is no registry to send reviews to');
    if (agreed && !rules?.remote) throw invalidTask(`task "${taskId}" keeps its reviews on the device`);
    return this.#remote.share(taskId, agreed);
  }

  /** Sends what waits to be sent, and takes what was said elsewhere. Reports what fails. */
  syncSoon(taskId: string): void {
    this.#remote?.syncSoon(taskId);
  }

  /** What is due when a worker starts, or has a network again. */
  async tend(taskId: string): Promise<void> {
    await this.expire(taskId);
    this.syncSoon(taskId);
  }

  /** Another tab has opened or settled one. */
  async heard(taskId: string): Promise<void> {
    this.#parts.onHeard(taskId, await this.waiting(taskId));
  }
}

function invalidTask(reason: string) {
  return asTendrilError(new Error(`review: ${reason}`), 'INVALID_CONFIG');
}
