import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClassificationTask, RegressionTask, TaskDeclaration } from '../../src/core/task.ts';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import type { LearnerWorker } from '../../src/protocol/messages.ts';
import { MovableClock } from '../support/movable-clock.ts';
import { errorCodes, modelKeyOf, startNodeWorker, valueOf } from '../support/node-worker.ts';
import { startReviewServer, type ReviewServer } from '../support/review-server.ts';

const task: ClassificationTask = {
  id: 'comments',
  kind: 'classification',
  schema: { input: { text: 'text', links: 'numeric' } },
  classes: ['ok', 'spam'],
  review: { remote: true, sample: 0 },
};
const MINUTE = 60_000;

let server: ReviewServer;
let store: MemoryStore;
let clock: MovableClock;
let worker: LearnerWorker;
let online: (() => void)[];

beforeEach(async () => {
  server = await startReviewServer();
  store = new MemoryStore();
  clock = new MovableClock();
  online = [];
});
afterEach(() => server.close());

async function start(declared: TaskDeclaration = task): Promise<void> {
  // The worker before this one is gone.
  online = [];
  const onOnline = (listener: () => void) => void online.push(listener);
  const environment = { clock, delay: clock.delay, onOnline };
  ({ worker } = await startNodeWorker({ store, tasks: [declared], registryUrl: server.url, environment }));
}

const classify = async (decisionId: string) =>
  valueOf(await worker.classify({ taskId: 'comments', decisionId, input: { text: 'buy now', links: 3 } }));
const share = async (agreed = true) => valueOf(await worker.shareReviews('comments', agreed));
const ids = () => [...server.cases.keys()].sort();
const trail = async () => valueOf(await worker.audit('comments', 0)).map(({ actor, action }) => `${actor} ${action}`);
const sent = async () => (await trail()).filter((entry) => entry === 'tendril sent').length;
const opened = (count: number) =>
  expect.poll(async () => valueOf(await worker.reviews('comments', 'open')).length).toBe(count);

describe('reviews by people elsewhere', () => {
  it('are sent where the task allows it and the visitor agrees, and not before', async () => {
    await start();
    await classify('d1');
    await opened(1);
    expect(server.requests).toEqual([]);
    expect(await share()).toEqual({ agreed: true, unsent: 0 });
    expect(server.cases.get('d1')).toMatchObject({
      reviewId: 'd1',
      taskId: 'comments',
      why: 'confidence',
      input: { text: 'buy now', links: 3 },
      classes: ['ok', 'spam'],
      proposal: { kind: 'classification' },
    });
    await classify('d2');
    await expect.poll(ids).toEqual(['d1', 'd2']);
    expect(await trail()).toContain('visitor sharing-agreed');
    await expect.poll(sent).toBe(2);
  });

  it('are refused by a task that does not allow it, whatever the visitor says', async () => {
    await start({ ...task, review: {} });
    expect(await worker.shareReviews('comments', true)).toMatchObject({ error: { code: 'INVALID_CONFIG' } });
    await classify('d1');
    await opened(1);
    expect(server.requests).toEqual([]);
  });

  it('are refused where there is no registry', async () => {
    ({ worker } = await startNodeWorker({ store, tasks: [task], environment: { clock, delay: clock.delay } }));
    expect(await worker.shareReviews('comments', true)).toMatchObject({ error: { code: 'INVALID_CONFIG' } });
  });

  it('come back as what a reviewer says, with weight and provenance', async () => {
    await start();
    await classify('d1');
    await opened(1);
    await share();
    server.verdicts.set('d1', { reviewId: 'd1', verdict: 'correct', reviewer: 'Zoe', label: 'spam', reason: 'an ad' });
    clock.move(MINUTE);
    await opened(0);
    valueOf(await worker.checkpoint('comments'));
    const [experience] = await store.experiencesAfter(modelKeyOf(task), 0, 9);
    expect(experience?.payload).toMatchObject({ label: 'spam', weight: 5, source: 'reviewer:Zoe' });
    const entries = valueOf(await worker.audit('comments', 0));
    expect(entries.at(-1)).toMatchObject({ actor: 'Zoe', details: { via: 'registry' } });
    expect(server.recalled, 'who has said it needs no telling').toEqual([]);
  });

  it('wait for a network, over a restart, and are sent once', async () => {
    server.isUp = false;
    await start();
    await classify('d1');
    await opened(1);
    expect(await share()).toEqual({ agreed: true, unsent: 1 });
    expect(await errorCodes(worker)).toContain('REGISTRY_REJECTED');
    await start();
    await classify('d2');
    await opened(2);
    expect(ids()).toEqual([]);
    server.isUp = true;
    for (const listener of online) listener();
    await expect.poll(ids).toEqual(['d1', 'd2']);
    await expect.poll(sent).toBe(2);
    expect(await share(), 'it is agreed already').toEqual({ agreed: true, unsent: 0 });
    expect((await trail()).filter((entry) => entry === 'visitor sharing-agreed')).toHaveLength(1);
  });

  it('are called back when they are settled here, or forgotten, or the visitor takes it back', async () => {
    await start();
    for (const id of ['d1', 'd2', 'd3']) await classify(id);
    await opened(3);
    await share();
    expect(ids()).toEqual(['d1', 'd2', 'd3']);
    valueOf(await worker.settleReview({ reviewId: 'd1', verdict: 'correct', label: 'ok', reviewer: 'Ann' }));
    await expect.poll(ids).toEqual(['d2', 'd3']);
    clock.move(1000);
    await classify('d4');
    await expect.poll(ids).toEqual(['d2', 'd3', 'd4']);
    valueOf(await worker.forget({ taskId: 'comments', toMs: clock.nowMs() }));
    await expect.poll(ids).toEqual(['d4']);
    expect(await share(false)).toEqual({ agreed: false, unsent: 0 });
    expect(ids()).toEqual([]);
    await classify('d5');
    await opened(2);
    expect(ids()).toEqual([]);
    expect(await trail()).toContain('visitor sharing-withdrawn');
  });

  it('are called back later where the registry cannot be told now', async () => {
    await start();
    await classify('d1');
    await opened(1);
    await share();
    server.isUp = false;
    expect(await share(false)).toEqual({ agreed: false, unsent: 0 });
    expect(ids()).toEqual(['d1']);
    server.isUp = true;
    await start();
    await expect.poll(ids).toEqual([]);
  });

  it('that say nonsense are reported, and asked for no more', async () => {
    await start();
    await classify('d1');
    await opened(1);
    await share();
    server.verdicts.set('d1', { reviewId: 'd1', verdict: 'correct', reviewer: 'Zoe', value: 3 });
    clock.move(MINUTE);
    await expect.poll(() => errorCodes(worker)).toContain('INVALID_FEEDBACK');
    await opened(1);
    const asked = server.requests.length;
    clock.move(10 * MINUTE);
    await opened(1);
    expect(server.requests).toHaveLength(asked);
    server.cases.clear();
    await classify('d2');
    await expect.poll(ids).toEqual(['d2']);
    expect((await errorCodes(worker)).filter((code) => code === 'INVALID_FEEDBACK')).toHaveLength(1);
  });

  it('of a number say where it has no bounds', async () => {
    const number: RegressionTask = {
      id: 'minutes',
      kind: 'regression',
      schema: { input: { words: 'numeric' } },
      review: { maxWidth: 1, remote: true },
    };
    await start(number);
    valueOf(await worker.predict({ taskId: 'minutes', decisionId: 'd1', input: { words: 3 } }));
    await expect.poll(async () => valueOf(await worker.reviews('minutes', 'open')).length).toBe(1);
    valueOf(await worker.shareReviews('minutes', true));
    expect(server.cases.get('d1')?.proposal).toEqual({ kind: 'regression', value: 0, lower: null, upper: null });
  });
});
