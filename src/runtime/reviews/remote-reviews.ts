import * as v from 'valibot';
import type { Clock } from '../../core/clock.ts';
import { SerialQueue } from '../../core/serial-queue.ts';
import { asTendrilError } from '../../errors.ts';
import type { ReviewRecord, Store } from '../../memory/store.ts';
import type { ReviewItem, SharingStatus } from '../../protocol/messages.ts';
import { actions, entryOf } from '../../review/audit.ts';
import type { RemoteReviewQueue } from '../../sync/review-queue.ts';
import type { ReviewCase, ReviewVerdict } from '../../sync/review-wire.ts';
import type { Tabs } from '../environment.ts';

/** What is kept of the reviews of one task that people elsewhere have, or shall no longer have. */
const sharing = v.object({
  agreed: v.boolean(),
  /** By review: written before it is sent, so that whatever may have arrived can be called back. `void`: what came back says nothing. */
  handed: v.record(v.string(), v.picklist(['sending', 'sent', 'void'])),
  /** To be called back as soon as the registry answers. */
  recall: v.array(v.string()),
});
type Sharing = v.InferOutput<typeof sharing>;

const NOTHING: Sharing = { agreed: false, handed: {}, recall: [] };
/** Open reviews looked at: as many as may wait at most. */
const LISTED = 10_000;
/** While somebody elsewhere has a review, it is asked for this often. */
const ASK_EVERY_MS = 60_000;

export interface RemoteReviewsParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly delay: (ms: number) => Promise<void>;
  readonly exclusive: Tabs['exclusive'];
  readonly queue: RemoteReviewQueue;
  /** What a reviewer is shown; null where that is gone. */
  readonly view: (review: ReviewRecord) => Promise<ReviewItem[] | null>;
  readonly settle: (verdict: ReviewVerdict) => Promise<void>;
  readonly onError: (caught: unknown, taskId: string) => void;
}

/**
 * Hands reviews to people elsewhere, as far as the visitor agrees, and takes their verdicts. What is handed over is written down here and checked against the
 * open reviews each time: what was settled, withdrawn or forgotten meanwhile is called back. Without a network all of it waits, in the store.
 */
export class RemoteReviews {
  readonly #parts: RemoteReviewsParts;
  readonly #queue = new SerialQueue();
  readonly #soon = new Set<string>();
  readonly #waiting = new Set<string>();

  constructor(parts: RemoteReviewsParts) {
    this.#parts = parts;
  }

  async share(taskId: string, agreed: boolean): Promise<SharingStatus> {
    await this.#exclusive(taskId, async (state) => {
      if (state.agreed === agreed) return state;
      const { store, clock } = this.#parts;
      const action = agreed ? actions.agreed : actions.disagreed;
      const entry = entryOf({ taskId, reviewId: taskId }, action, { actor: 'visitor', atMs: clock.nowMs() });
      await this.#write(taskId, { ...state, agreed });
      await store.appendAudit([entry]);
      return { ...state, agreed };
    });
    // It is agreed or taken back, whether or not the registry can be told now.
    await this.sync(taskId).catch((caught: unknown) => {
      this.#parts.onError(caught, taskId);
    });
    return this.#status(taskId);
  }

  async #status(taskId: string): Promise<SharingStatus> {
    const { agreed, handed } = await this.#read(taskId);
    const open = agreed ? await this.#open(taskId) : [];
    return { agreed, unsent: open.filter(({ reviewId }) => !['sent', 'void'].includes(handed[reviewId] ?? '')).length };
  }

  /** Once behind whatever is under way. Reports what fails. */
  syncSoon(taskId: string): void {
    if (this.#soon.has(taskId)) return;
    this.#soon.add(taskId);
    void Promise.resolve()
      .then(() => this.sync(taskId))
      .catch((caught: unknown) => {
        this.#parts.onError(caught, taskId);
      });
  }

  /** @throws REGISTRY_*: what was done by then stays done */
  sync(taskId: string): Promise<void> {
    return this.#exclusive(taskId, async (before) => {
      this.#soon.delete(taskId);
      if (!before.agreed && Object.keys(before.handed).length === 0 && before.recall.length === 0) return before;
      const open = new Map((await this.#open(taskId)).map((review) => [review.reviewId, review]));
      let state = withRecalls(before, open);
      await this.#write(taskId, state);
      state = await this.#recall(taskId, state);
      if (!state.agreed) return state;
      state = await this.#submit(taskId, state, open);
      return this.#ask(taskId, state);
    });
  }

  async #open(taskId: string): Promise<ReviewRecord[]> {
    const open = await this.#parts.store.reviews(taskId, 'open', LISTED);
    return open.filter(({ kind }) => kind === 'decision');
  }

  async #recall(taskId: string, before: Sharing): Promise<Sharing> {
    let state = before;
    for (const reviewId of before.recall) {
      await this.#parts.queue.recall(taskId, reviewId);
      state = { ...state, recall: state.recall.filter((id) => id !== reviewId) };
      await this.#write(taskId, state);
    }
    return state;
  }

  async #submit(taskId: string, before: Sharing, open: ReadonlyMap<string, ReviewRecord>): Promise<Sharing> {
    let state = before;
    for (const review of open.values()) {
      const { reviewId } = review;
      const how = state.handed[reviewId];
      if (how !== undefined && how !== 'sending') continue;
      const [item] = (await this.#parts.view(review)) ?? [];
      const given = item && caseOf(item);
      if (!given) continue;
      await this.#write(taskId, (state = withHanded(state, reviewId, 'sending')));
      await this.#parts.queue.submit(given);
      await this.#write(taskId, (state = withHanded(state, reviewId, 'sent')));
      const atMs = this.#parts.clock.nowMs();
      await this.#parts.store.appendAudit([entryOf(review, actions.sent, { atMs })]);
    }
    return state;
  }

  async #ask(taskId: string, before: Sharing): Promise<Sharing> {
    let state = before;
    const asked = sentOf(before);
    if (asked.length === 0) return state;
    for (const verdict of await this.#parts.queue.verdicts(taskId, asked)) {
      const said = await this.#take(taskId, verdict);
      // What cannot be taken now may be later; what says nothing never will.
      if (said === 'later') continue;
      state = said === 'nothing' ? withHanded(state, verdict.reviewId, 'void') : withoutHanded(state, verdict.reviewId);
      await this.#write(taskId, state);
    }
    if (sentOf(state).length > 0) this.#askLater(taskId);
    return state;
  }

  async #take(taskId: string, verdict: ReviewVerdict): Promise<'taken' | 'nothing' | 'later'> {
    try {
      await this.#parts.settle(verdict);
      return 'taken';
    } catch (caught) {
      this.#parts.onError(caught, taskId);
      return asTendrilError(caught).code === 'INVALID_FEEDBACK' ? 'nothing' : 'later';
    }
  }

  #askLater(taskId: string): void {
    if (this.#waiting.has(taskId)) return;
    this.#waiting.add(taskId);
    void this.#parts.delay(ASK_EVERY_MS).then(() => {
      this.#waiting.delete(taskId);
      this.syncSoon(taskId);
    });
  }

  /** One tab at a time. */
  #exclusive(taskId: string, job: (state: Sharing) => Promise<Sharing>): Promise<void> {
    const { exclusive } = this.#parts;
    return this.#queue.run(() =>
      exclusive(`reviews:${taskId}`, async () => void (await job(await this.#read(taskId)))),
    );
  }

  async #read(taskId: string): Promise<Sharing> {
    const result = v.safeParse(sharing, await this.#parts.store.setting(settingKey(taskId)));
    return result.success ? result.output : NOTHING;
  }

  #write(taskId: string, state: Sharing): Promise<void> {
    return this.#parts.store.putSetting(settingKey(taskId), state);
  }
}

const settingKey = (taskId: string): string => `shared-reviews/${taskId}`;

/** What is no longer open, or no longer agreed, is to be called back. */
function withRecalls(state: Sharing, open: ReadonlyMap<string, unknown>): Sharing {
  const stays = (reviewId: string) => state.agreed && open.has(reviewId);
  const recalled = Object.keys(state.handed).filter((id) => !stays(id));
  const handed = Object.fromEntries(Object.entries(state.handed).filter(([id]) => stays(id)));
  return { ...state, handed, recall: [...new Set([...state.recall, ...recalled])] };
}

function withHanded(state: Sharing, reviewId: string, how: Sharing['handed'][string]): Sharing {
  return { ...state, handed: { ...state.handed, [reviewId]: how } };
}

function withoutHanded({ handed, ...state }: Sharing, reviewId: string): Sharing {
  const { [reviewId]: _, ...others } = handed;
  return { ...state, handed: others };
}

function sentOf({ handed }: Sharing): string[] {
  return Object.keys(handed).filter((reviewId) => handed[reviewId] === 'sent');
}

/** null for a version: that is approved on the device. */
function caseOf({
  reviewId,
  taskId,
  openedAtMs,
  why,
  confidence,
  input,
  candidates,
  classes,
  proposal,
}: ReviewItem): ReviewCase | null {
  if (why === 'promotion' || confidence === null || !proposal) return null;
  const known = candidates.map(({ id, features }) => ({ id, features: withoutUndefined(features) }));
  const given = { reviewId, taskId, openedAtMs, why, confidence, input: withoutUndefined(input), candidates: known };
  if (proposal.kind !== 'regression') return { ...given, classes, proposal };
  const [lower, upper] = [proposal.lower, proposal.upper].map((bound) => (Number.isFinite(bound) ? bound : null));
  return { ...given, classes, proposal: { ...proposal, lower: lower ?? null, upper: upper ?? null } };
}

function withoutUndefined(features: ReviewItem['input']): ReviewCase['input'] {
  return Object.fromEntries(Object.entries(features).map(([name, value]) => [name, value ?? null]));
}
