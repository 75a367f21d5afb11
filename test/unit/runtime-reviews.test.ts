import { beforeEach, describe, expect, it } from 'vitest';
import type { ClassificationTask, RankingTask, RegressionTask, TaskDeclaration } from '../../src/core/task.ts';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import type { LearnerWorker, ReviewItem, ReviewState, WorkerEvent } from '../../src/protocol/messages.ts';
import { MovableClock } from '../support/movable-clock.ts';
import { errorCodes, modelKeyOf, startNodeWorker, valueOf } from '../support/node-worker.ts';

const continuous = { promotion: 'continuous' } as const;
const moderation: ClassificationTask = {
  id: 'comments',
  kind: 'classification',
  schema: { input: { links: 'numeric' } },
  classes: ['ok', 'spam'],
  versions: continuous,
  review: { minConfidence: 0.9, sample: 0 },
};
const replies: RankingTask = {
  id: 'replies',
  kind: 'ranking',
  schema: { candidate: { tone: 'categorical' } },
  comparison: { share: 0 },
  exploration: { policy: 'greedy', floor: 0 },
  versions: continuous,
  review: { minConfidence: 0.9, sample: 0 },
};
const minutes: RegressionTask = {
  id: 'minutes',
  kind: 'regression',
  schema: { input: { words: 'numeric' } },
  versions: continuous,
  review: { maxWidth: 4 },
};
const candidates = ['kind', 'curt', 'odd'].map((tone) => ({ id: tone, features: { tone } }));
const DAY = 86_400_000;

let store: MemoryStore;
let clock: MovableClock;
let worker: LearnerWorker;
let events: readonly WorkerEvent[];

beforeEach(() => {
  store = new MemoryStore();
  clock = new MovableClock();
});

async function start(...tasks: TaskDeclaration[]): Promise<void> {
  ({ worker, events } = await startNodeWorker({ store, tasks, environment: { clock, delay: clock.delay } }));
}

const classify = async (decisionId: string, links: number, taskId = 'comments') =>
  valueOf(await worker.classify({ taskId, decisionId, input: { links } }));
const rank = async (decisionId: string) =>
  valueOf(await worker.rank({ taskId: 'replies', decisionId, context: {}, candidates }));
const settle = async (reviewId: string, rest: object) =>
  valueOf(await worker.settleReview({ reviewId, reviewer: 'Ann', ...rest } as never));
const log = async (task: TaskDeclaration) => {
  valueOf(await worker.checkpoint(task.id));
  return store.experiencesAfter(modelKeyOf(task), 0, 1000);
};
const trail = async (taskId: string) =>
  valueOf(await worker.audit(taskId, 0)).map(({ actor, action, subject }) => `${actor} ${action} ${subject}`);

/** Reviews are opened behind the answer. */
async function opened(reviewId: string): Promise<void> {
  for (let turn = 0; turn < 100 && !(await store.review(reviewId)); turn++)
    await new Promise((resolve) => setImmediate(resolve));
}

async function waiting(taskId: string, count: number, state: ReviewState = 'open'): Promise<readonly ReviewItem[]> {
  await expect.poll(async () => valueOf(await worker.reviews(taskId, state)).length).toBe(count);
  return valueOf(await worker.reviews(taskId, state));
}

describe('a decision that the model is not sure of', () => {
  it('abstains: the page decides, the log says so, and what the model would have said waits', async () => {
    await start(moderation);
    const answer = await classify('d1', 3);
    expect(answer.abstained).toEqual({ reason: 'confidence', reviewId: 'd1' });
    const [review] = await waiting('comments', 1);
    expect(review).toMatchObject({
      reviewId: 'd1',
      kind: 'decision',
      state: 'open',
      why: 'confidence',
      confidence: 0.5,
      input: { links: 3 },
      classes: ['ok', 'spam'],
      proposal: { kind: 'classification', probability: 0.5 },
      outcome: null,
    });
    expect(await store.decision('d1')).toMatchObject({ servedBy: 'host' });
    expect(events.filter(({ type }) => type === 'review')).toEqual([
      { type: 'review', taskId: 'comments', reviewId: 'd1', waiting: 1 },
    ]);
    expect(await trail('comments')).toEqual(['tendril opened d1']);
  });

  it('does not abstain where the task declares nothing', async () => {
    const { review: _, ...plain } = moderation;
    await start(plain);
    expect((await classify('d1', 3)).abstained).toBeNull();
    expect(await store.decision('d1')).toMatchObject({ servedBy: 'model' });
    expect((await store.count()).reviews).toBe(0);
  });

  it('leaves a ranking in the order of the page, with nothing left to chance', async () => {
    await start(replies);
    expect((await rank('d1')).abstained).toEqual({ reason: 'confidence', reviewId: 'd1' });
    const decision = await store.decision('d1');
    expect(decision).toMatchObject({ servedBy: 'host', payload: { propensities: [], scores: [] } });
    const ids = decision?.payload.kind === 'ranking' ? decision.payload.candidateKeys : [];
    expect(ids.map((key) => key.split(':')[1])).toEqual(['kind', 'curt', 'odd']);
    const [review] = await waiting('replies', 1);
    expect(review?.candidates).toEqual(candidates);
    expect(review?.confidence).toBeCloseTo(1 / 3, 2);
    expect(review?.proposal).toMatchObject({ kind: 'ranking' });
    expect(review?.proposal?.kind === 'ranking' && review.proposal.order.map(({ item }) => item)).toEqual([
      'kind',
      'curt',
      'odd',
    ]);
  });

  it('is one whose interval is too wide', async () => {
    await start(minutes);
    const ask = async (decisionId: string, words: number) =>
      valueOf(await worker.predict({ taskId: 'minutes', decisionId, input: { words } }));
    expect((await ask('d0', 100)).abstained?.reason).toBe('confidence');
    for (let index = 1; index <= 60; index++) {
      await ask(`d${index}`, 10 * index);
      valueOf(await worker.feedback({ decisionId: `d${index}`, value: index }));
    }
    await log(minutes);
    const later = await ask('later', 305);
    expect(later.abstained).toBeNull();
    expect(later.upper - later.lower).toBeLessThanOrEqual(4);
  });

  it('becomes sure by what reviewers say', async () => {
    await start(moderation);
    for (let index = 0; index < 60; index++) {
      const links = index % 2 === 0 ? 0 : 6;
      const { abstained } = await classify(`d${index}`, links);
      if (abstained) {
        await opened(`d${index}`);
        await settle(`d${index}`, { verdict: 'correct', label: links > 3 ? 'spam' : 'ok' });
        await log(moderation);
      }
    }
    const spam = await classify('spam', 6);
    expect(spam).toMatchObject({ abstained: null, label: 'spam' });
    expect(await classify('ok', 0)).toMatchObject({ abstained: null, label: 'ok' });
    const said = valueOf(await worker.reviews('comments', 'corrected')).length;
    const accepted = valueOf(await worker.reviews('comments', 'accepted')).length;
    expect(said + accepted).toBeGreaterThanOrEqual(30);
    expect(said + accepted).toBeLessThan(45);
    expect(await waiting('comments', 0)).toEqual([]);
  });
});

describe('a reviewer', () => {
  it('corrects: a label with weight and provenance, learned once', async () => {
    await start({ ...moderation, review: { minConfidence: 0.9, weight: 7 } });
    await classify('d1', 3);
    const [review] = await waiting('comments', 1);
    const other = review?.proposal?.kind === 'classification' && review.proposal.label === 'ok' ? 'spam' : 'ok';
    const settled = await settle('d1', { verdict: 'correct', label: other, reason: 'seen before' });
    expect(settled).toEqual({ state: 'corrected', position: 1 });
    const [experience, ...more] = await log(moderation);
    expect(more).toEqual([]);
    expect(experience).toMatchObject({
      decisionId: 'd1',
      payload: { kind: 'classification', input: { links: 3 }, label: other, weight: 7, source: 'reviewer:Ann' },
    });
    const [closed] = await waiting('comments', 1, 'corrected');
    expect(closed).toMatchObject({ state: 'corrected', closedAtMs: clock.nowMs() });
    expect(closed?.outcome).toMatchObject({ reviewer: 'Ann', reason: 'seen before', label: other, weight: 7 });
    const [, entry] = valueOf(await worker.audit('comments', 0));
    expect(entry).toMatchObject({
      actor: 'Ann',
      action: 'corrected',
      subject: 'd1',
      details: { via: 'page', source: 'reviewer:Ann', weight: 7, experiences: 1, position: 1 },
    });
    expect(valueOf(await worker.audit('comments', 1)), 'it is read on from there').toEqual([entry]);
  });

  it('finds a review as soon as there is the answer', async () => {
    await start(moderation);
    for (const id of ['d1', 'd2']) await classify(id, 3);
    expect(await settle('d2', { verdict: 'correct', label: 'ok' })).toMatchObject({ position: 1 });
    await classify('d3', 3);
    expect(valueOf(await worker.reviews('comments', 'open')).map(({ reviewId }) => reviewId)).toEqual(['d1', 'd3']);
  });

  it('accepts, and of a choice teaches the others too', async () => {
    await start(replies);
    await rank('d1');
    await waiting('replies', 1);
    await settle('d1', { verdict: 'accept' });
    const payloads = (await log(replies)).map(({ payload }) =>
      payload.kind === 'ranking' ? [payload.candidateId, payload.reward, payload.source, payload.slot] : null,
    );
    expect(payloads).toEqual([
      ['curt', 0, 'reviewer:Ann', 1],
      ['odd', 0, 'reviewer:Ann', 2],
      ['kind', 1, 'reviewer:Ann', 0],
    ]);
    expect(await trail('replies')).toEqual(['tendril opened d1', 'Ann accepted d1']);
  });

  it('grades without saying anything of what is above', async () => {
    await start(replies);
    await rank('d1');
    await waiting('replies', 1);
    await settle('d1', { verdict: 'correct', grades: { odd: 1, curt: 0.5 }, text: 'Sorry about that!' });
    const payloads = (await log(replies)).map(({ payload }) =>
      payload.kind === 'ranking' ? [payload.candidateId, payload.reward] : null,
    );
    expect(payloads).toEqual([
      ['odd', 1],
      ['curt', 0.5],
    ]);
    const [closed] = await waiting('replies', 1, 'corrected');
    expect(closed?.outcome?.text).toBe('Sorry about that!');
  });

  it('rejects with a reason', async () => {
    await start(moderation);
    await classify('d1', 3);
    await waiting('comments', 1);
    const without = await worker.settleReview({ reviewId: 'd1', verdict: 'reject', reviewer: 'Ann' });
    expect(without).toMatchObject({ ok: false, error: { code: 'INVALID_FEEDBACK' } });
    expect(await settle('d1', { verdict: 'reject', reason: 'not a comment' })).toEqual({
      state: 'rejected',
      position: null,
    });
    expect(await log(moderation)).toEqual([]);
  });

  it('settles what nobody else has: of two at once one is heard', async () => {
    await start(moderation);
    await classify('d1', 3);
    await waiting('comments', 1);
    const said = await Promise.all(
      ['ok', 'spam'].map((label, index) =>
        worker.settleReview({ reviewId: 'd1', verdict: 'correct', reviewer: `reviewer ${index}`, label }),
      ),
    );
    expect(said.map(({ ok }) => ok)).toEqual([true, false]);
    expect(await log(moderation)).toHaveLength(1);
    expect(await trail('comments')).toHaveLength(2);
  });

  it('is refused what there is not', async () => {
    await start(moderation, replies);
    await rank('d1');
    await waiting('replies', 1);
    const refused: [object, string][] = [
      [{ reviewId: 'unknown', verdict: 'accept' }, 'INVALID_FEEDBACK'],
      [{ reviewId: 'd1', verdict: 'correct', item: 'no candidate' }, 'INVALID_FEEDBACK'],
      [{ reviewId: 'd1', verdict: 'correct', label: 'ok' }, 'INVALID_FEEDBACK'],
      [{ reviewId: 'd1', verdict: 'accept', reviewer: '' }, 'INVALID_FEEDBACK'],
    ];
    for (const [request, code] of refused)
      expect(await worker.settleReview({ reviewer: 'Ann', ...request } as never)).toMatchObject({ error: { code } });
    expect(await worker.reviews('nothing', 'open')).toMatchObject({ error: { code: 'UNKNOWN_TASK' } });
    expect(await worker.audit('nothing', 0)).toMatchObject({ error: { code: 'UNKNOWN_TASK' } });
    expect(await log(replies)).toEqual([]);
    expect(valueOf(await worker.reviews('replies', 'open'))).toHaveLength(1);
  });

  it('finds what waits after a restart, and what was said stays said', async () => {
    await start(moderation);
    await classify('d1', 3);
    await classify('d2', 3);
    await waiting('comments', 2);
    await settle('d1', { verdict: 'correct', label: 'spam' });
    await start(moderation);
    expect((await waiting('comments', 1)).map(({ reviewId }) => reviewId)).toEqual(['d2']);
    expect(await worker.settleReview({ reviewId: 'd1', verdict: 'accept', reviewer: 'Bob' })).toMatchObject({
      error: { code: 'INVALID_FEEDBACK' },
    });
  });
});

describe('the queue', () => {
  it('has spot checks of decisions that were made', async () => {
    await start({ ...moderation, review: { minConfidence: 0, minLearned: 0, sample: 1 } });
    expect((await classify('d1', 3)).abstained).toBeNull();
    expect(await store.decision('d1')).toMatchObject({ servedBy: 'model' });
    expect(await waiting('comments', 1)).toMatchObject([{ why: 'spot-check' }]);
  });

  it('withdraws the oldest where too many wait', async () => {
    await start({ ...moderation, review: { minConfidence: 0.9, queueLimit: 2 } });
    for (const id of ['d1', 'd2', 'd3']) {
      clock.move(1);
      await classify(id, 3);
    }
    await waiting('comments', 1, 'withdrawn');
    expect((await waiting('comments', 2)).map(({ reviewId }) => reviewId)).toEqual(['d2', 'd3']);
    expect(await trail('comments')).toContain('tendril withdrawn d1');
  });

  it('withdraws what nobody has settled in time', async () => {
    await start({ ...moderation, review: { minConfidence: 0.9, expireAfterDays: 2 } });
    await classify('d1', 3);
    await waiting('comments', 1);
    clock.move(DAY);
    await classify('d2', 3);
    await waiting('comments', 2);
    clock.move(1.5 * DAY);
    expect((await waiting('comments', 1)).map(({ reviewId }) => reviewId)).toEqual(['d2']);
    expect((await waiting('comments', 1, 'withdrawn'))[0]?.reviewId).toBe('d1');
    expect(await worker.settleReview({ reviewId: 'd1', verdict: 'accept', reviewer: 'Ann' })).toMatchObject({
      error: { code: 'INVALID_FEEDBACK' },
    });
  });

  it('forgets with the item: in the review, in the decision, and the trail never knew it', async () => {
    await start(replies);
    await rank('d1');
    await rank('d2');
    await waiting('replies', 2);
    await settle('d1', { verdict: 'correct', item: 'odd', reason: 'odd is best' });
    valueOf(await worker.forget({ taskId: 'replies', item: 'odd' }));
    expect(await waiting('replies', 0)).toEqual([]);
    expect((await log(replies)).map(({ payload }) => payload.kind === 'ranking' && payload.candidateId)).not.toContain(
      'odd',
    );
    for (const table of ['reviews', 'audit', 'experiences', 'catalogue'] as const)
      for await (const page of store.pages(table)) expect(JSON.stringify(page), table).not.toContain('odd');
    expect(await trail('replies')).toEqual(['tendril opened d1', 'tendril opened d2', 'Ann corrected d1']);
  });
});

describe('a regulated task', () => {
  const regulated: ClassificationTask = { ...moderation, versions: {}, regulated: true };

  it('leaves every decision to people until a version is approved', async () => {
    await start(regulated);
    expect((await classify('d1', 3)).abstained).toEqual({ reason: 'regulated', reviewId: 'd1' });
    expect(await waiting('comments', 1)).toMatchObject([{ why: 'regulated' }]);
  });

  it('cannot be one whose answers nobody could give, or that serves what was just learned', async () => {
    const { started } = await startNodeWorker({
      store,
      tasks: [
        { ...regulated, id: 'continuous', versions: continuous },
        { id: 'visits', kind: 'forecasting', horizon: 3, regulated: true },
        { id: 'help', kind: 'retrieval', review: {} },
        { ...moderation, id: 'odd', review: { minConfidence: 2 } },
      ],
    });
    const { refused } = valueOf(started);
    expect(Object.entries(refused).map(([id, { code }]) => `${id} ${code}`)).toEqual([
      'continuous INVALID_CONFIG',
      'visits INVALID_CONFIG',
      'help INVALID_CONFIG',
      'odd INVALID_CONFIG',
    ]);
    expect(await errorCodes(worker)).toEqual([]);
  });
});
