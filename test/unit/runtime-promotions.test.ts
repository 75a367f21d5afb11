import { beforeEach, describe, expect, it } from 'vitest';
import type { ClassificationTask } from '../../src/core/task.ts';
import { parseTask } from '../../src/learners/task-schema.ts';
import { MemoryOutboxStore } from '../../src/memory/memory-outbox-store.ts';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import type { WorkerEvent } from '../../src/protocol/messages.ts';
import { nodeEnvironment } from '../../src/runtime/node-environment.ts';
import type { Reviews } from '../../src/runtime/reviews/reviews.ts';
import { Runtime } from '../../src/runtime/runtime.ts';
import { expectCode } from '../support/expect-code.ts';
import { MovableClock } from '../support/movable-clock.ts';
import { modelKeyOf } from '../support/node-worker.ts';

const task: ClassificationTask = {
  id: 'comments',
  kind: 'classification',
  schema: { input: { links: 'numeric' } },
  classes: ['ok', 'spam'],
  regulated: true,
  review: { sample: 0 },
};
const [first, second] = ['a', 'b'].map((letter) => letter.repeat(64)) as [string, string];
const version = { taskId: task.id, modelKey: modelKeyOf(task) };

let store: MemoryStore;
let clock: MovableClock;
let runtime: Runtime;
let reviews: Reviews;
let events: WorkerEvent[];

beforeEach(async () => {
  store = new MemoryStore();
  clock = new MovableClock();
  events = [];
  await start();
});

async function start(): Promise<void> {
  const openStorage = () => Promise.resolve({ store, outbox: new MemoryOutboxStore() });
  const request = {
    protocolVersion: 1,
    tasks: [task],
    namespace: 'test',
    storage: 'memory',
    registryUrl: null,
    registryAlias: 'champion',
    backends: ['cpu'],
  } as const;
  const outlet = {
    emit: (event: WorkerEvent) => events.push(event),
    report: (caught: unknown) => expect.fail(String(caught)),
  };
  const environment = { ...nodeEnvironment({ clock }), delay: clock.delay, openStorage };
  runtime = await Runtime.start(request, environment, outlet);
  reviews = await runtime.reviews();
}

const approve = (digest: string, reviewer: string) =>
  reviews.settle({ reviewId: `promotion:${digest}`, verdict: 'accept', reviewer });
const trail = async () => (await reviews.audit(task.id, 0)).map(({ actor, action }) => `${actor} ${action}`);
const sure = { confidence: 0.99, margin: 0.98 };
const why = (digest: string | null) => reviews.forTask(parseTask(task))?.why('d', sure, { digest, learned: 99 });

/** Ann corrects one decision. */
async function corrected(): Promise<void> {
  await runtime.taskOf('classification', task.id).classify({ taskId: task.id, decisionId: 'd1', input: { links: 1 } });
  await expect.poll(() => store.review('d1')).toBeDefined();
  await reviews.settle({ reviewId: 'd1', verdict: 'correct', label: 'spam', reviewer: 'Ann' });
}

describe('a version of a regulated task', () => {
  it('answers when a person has approved it, and not before', async () => {
    expect(await why(null)).toBe('regulated');
    expect(await reviews.approvalOf(first)).toBeNull();
    await reviews.openPromotion({ ...version, digest: first, about: { accuracy: 0.93 } });
    expect(await why(first)).toBe('regulated');
    expect(await reviews.approvalOf(first)).toEqual({ state: 'open', by: null, atMs: clock.nowMs(), reason: null });
    const [waiting] = await reviews.list(task.id, 'open');
    expect(waiting).toMatchObject({ kind: 'promotion', why: 'promotion', digest: first, about: { accuracy: 0.93 } });
    clock.move(5);
    expect(await approve(first, 'Bob')).toEqual({ state: 'accepted', position: null });
    expect(await reviews.approvalOf(first)).toMatchObject({ state: 'accepted', by: 'Bob', atMs: clock.nowMs() });
    expect(await why(first)).toBeNull();
    expect(await why(second)).toBe('regulated');
    expect(await trail()).toEqual(['tendril promotion-requested', 'Bob promotion-approved']);
    expect(events.filter(({ type }) => type === 'review')).toMatchObject([{ waiting: 1 }, { waiting: 0 }]);
  });

  it('stays approved after a restart', async () => {
    await reviews.openPromotion({ ...version, digest: first });
    await approve(first, 'Bob');
    await start();
    expect(await why(first)).toBeNull();
  });

  it('is refused with a reason, and for good', async () => {
    await reviews.openPromotion({ ...version, digest: first });
    const refusal = { reviewId: `promotion:${first}`, verdict: 'reject', reviewer: 'Bob' };
    await expectCode(() => reviews.settle(refusal), 'INVALID_FEEDBACK');
    expect(await reviews.settle({ ...refusal, reason: 'too strict' })).toMatchObject({ state: 'rejected' });
    await expectCode(() => approve(first, 'Eve'), 'INVALID_FEEDBACK');
    await reviews.openPromotion({ ...version, digest: first });
    expect(await reviews.approvalOf(first)).toMatchObject({ state: 'rejected', by: 'Bob', reason: 'too strict' });
    const [, refused] = await reviews.audit(task.id, 0);
    expect(refused).toMatchObject({ action: 'promotion-refused', details: { digest: first, reason: 'too strict' } });
    expect(await why(first)).toBe('regulated');
  });

  it('is approved by a second person: not by who settled the last review, nor by who asked', async () => {
    await corrected();
    await reviews.openPromotion({ ...version, digest: first, requestedBy: 'Eve' });
    for (const name of ['Ann', ' ann ', 'Eve']) {
      const error = await expectCode(() => approve(first, name), 'INVALID_FEEDBACK');
      expect(error.message).toContain('second person');
    }
    expect(await approve(first, 'Bob')).toMatchObject({ state: 'accepted' });
    expect(await trail()).toEqual([
      'tendril opened',
      'Ann corrected',
      'Eve promotion-requested',
      'Bob promotion-approved',
    ]);
  });

  it('may be refused by anybody', async () => {
    await corrected();
    await reviews.openPromotion({ ...version, digest: first });
    const refusal = { reviewId: `promotion:${first}`, verdict: 'reject', reviewer: 'Ann', reason: 'I was wrong' };
    expect(await reviews.settle(refusal)).toMatchObject({ state: 'rejected' });
  });

  it('waits alone: a newer one withdraws it, and decisions that wait stay', async () => {
    await runtime
      .taskOf('classification', task.id)
      .classify({ taskId: task.id, decisionId: 'd1', input: { links: 1 } });
    await expect.poll(() => store.review('d1')).toBeDefined();
    await reviews.openPromotion({ ...version, digest: first });
    await reviews.openPromotion({ ...version, digest: first });
    clock.move(1);
    await reviews.openPromotion({ ...version, digest: second });
    const open = (await reviews.list(task.id, 'open')).map(({ reviewId }) => reviewId);
    expect(open).toEqual(['d1', `promotion:${second}`]);
    expect(await reviews.approvalOf(first)).toMatchObject({ state: 'withdrawn', by: null });
    await expectCode(() => approve(first, 'Bob'), 'INVALID_FEEDBACK');
    expect(await trail()).toEqual([
      'tendril opened',
      'tendril promotion-requested',
      'tendril promotion-requested',
      'tendril withdrawn',
    ]);
  });

  it('is not corrected', async () => {
    await reviews.openPromotion({ ...version, digest: first });
    const request = { reviewId: `promotion:${first}`, verdict: 'correct', label: 'ok', reviewer: 'Bob' };
    await expectCode(() => reviews.settle(request), 'INVALID_FEEDBACK');
  });
});
