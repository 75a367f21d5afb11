import { describe, expect, it } from 'vitest';
import { examples } from '../../demo/review/examples/all.ts';
import { isRight, type Example, type ExampleCase } from '../../demo/review/examples/example.ts';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import type { LearnerWorker } from '../../src/protocol/messages.ts';
import { startNodeWorker, valueOf } from '../support/node-worker.ts';

const CASES = 240;
/** Cases at the beginning and at the end that are compared. */
const [FIRST, LAST] = [30, 60];

interface Answered {
  readonly abstained: boolean;
  /** Of what the model served. */
  readonly right: boolean;
  readonly reviewed: boolean;
}

interface Ran {
  readonly answers: readonly Answered[];
  readonly worker: LearnerWorker;
  readonly store: MemoryStore;
}

async function run(example: Example, cases = CASES): Promise<Ran> {
  const store = new MemoryStore();
  const { worker } = await startNodeWorker({ store, tasks: [example.task] });
  return { answers: await go(example, worker, store, 0, cases), worker, store };
}

/** The model answers, and a reviewer settles whatever waits, at once. */
async function go(
  example: Example,
  worker: LearnerWorker,
  store: MemoryStore,
  from: number,
  to: number,
): Promise<Answered[]> {
  const answers: Answered[] = [];
  for (let index = from; index < to; index++) {
    const given = example.caseAt(index);
    const decisionId = `case ${index}`;
    const answer = await ask(worker, example, decisionId, given);
    // Opened behind the answer, if it is.
    for (let turn = 0; turn < 20 && !(await store.review(decisionId)); turn++)
      await new Promise((resolve) => setImmediate(resolve));
    const reviewed = (await store.review(decisionId)) !== undefined;
    if (reviewed) valueOf(await worker.settleReview({ ...judged(example, given), reviewId: decisionId }));
    valueOf(await worker.checkpoint(example.task.id));
    answers.push({ ...answer, reviewed });
  }
  return answers;
}

async function ask(
  worker: LearnerWorker,
  { task }: Example,
  decisionId: string,
  given: ExampleCase,
): Promise<Omit<Answered, 'reviewed'>> {
  if (given.kind === 'classification') {
    const { abstained, label } = valueOf(await worker.classify({ taskId: task.id, decisionId, input: given.input }));
    return { abstained: abstained !== null, right: isRight(given, label) };
  }
  const { context, candidates } = given;
  const { abstained, order } = valueOf(await worker.rank({ taskId: task.id, decisionId, context, candidates }));
  return { abstained: abstained !== null, right: isRight(given, order[0]?.id ?? null) };
}

/** What the reviewer who made the case up says. */
function judged({ grades }: Example, given: ExampleCase) {
  const said = { verdict: 'correct', reviewer: 'Ann' } as const;
  if (given.kind === 'classification') return { ...said, label: given.truth };
  if (grades.length > 0) return { ...said, grades: given.worth };
  const [item = ''] = Object.keys(given.worth).filter((id) => given.worth[id] === 1);
  return { ...said, item };
}

const shareOf = (answers: readonly Answered[], is: (answer: Answered) => boolean) =>
  answers.filter(is).length / answers.length;

interface Expected {
  /** Share of the first and the last cases that people decide. */
  readonly abstained: readonly [first: number, last: number];
  /** Share of what the model served that was right. */
  readonly right: number;
}

/** Bounds, not results: each leaves room for a model that learns a little differently. */
const expected: Readonly<Record<string, Expected>> = {
  'support-replies': { abstained: [0.4, 0.15], right: 0.97 },
  moderation: { abstained: [0.5, 0.1], right: 0.97 },
  'search-judging': { abstained: [0.2, 0.18], right: 0.93 },
  'summary-preference': { abstained: [0.35, 0.15], right: 0.97 },
};

describe.each(examples.map((example) => [example.id, example] as const))('%s', (id, example) => {
  it('is left to people at first, learned from what they say, and then served', async () => {
    const { answers, worker } = await run(example);
    const { abstained, right } = expected[id]!;
    const [first, last] = [answers.slice(0, FIRST), answers.slice(-LAST)];
    const served = answers.filter((answer) => !answer.abstained);
    const figures = {
      first: shareOf(first, (answer) => answer.abstained),
      last: shareOf(last, (answer) => answer.abstained),
      right: shareOf(served, (answer) => answer.right),
      served: served.length,
    };
    expect(first.slice(0, 4).every((answer) => answer.abstained)).toBe(true);
    expect(figures.first, 'at first').toBeGreaterThan(abstained[0]);
    expect(figures.last, 'at last').toBeLessThan(abstained[1]);
    expect(figures.right, 'of what was served').toBeGreaterThan(right);
    expect(answers.every((answer) => !answer.abstained || answer.reviewed)).toBe(true);
    expect(valueOf(await worker.reviews(example.task.id, 'open'))).toEqual([]);
  }, 30_000);
});

describe('a regulated moderation', () => {
  const [, moderation] = examples;
  const regulated: Example = { ...moderation!, task: { ...moderation!.task, regulated: true } };
  const waiting = async (worker: LearnerWorker) => valueOf(await worker.reviews(regulated.task.id, 'open'));

  it('is left to people, whatever the model knows, until a second person approves a version', async () => {
    const { answers, worker, store } = await run(regulated, 60);
    expect(answers.every(({ abstained, reviewed }) => abstained && reviewed)).toBe(true);
    const [version, ...others] = await waiting(worker);
    expect(version).toMatchObject({ kind: 'promotion', why: 'promotion' });
    expect(others).toEqual([]);
    const approval = { reviewId: version!.reviewId, verdict: 'accept' } as const;
    const own = await worker.settleReview({ ...approval, reviewer: 'Ann' });
    expect(own, 'who has taught it').toMatchObject({ ok: false, error: { code: 'INVALID_FEEDBACK' } });
    expect(valueOf(await worker.settleReview({ ...approval, reviewer: 'Bob' })).state).toBe('accepted');
    // The first one that is better than nothing has learned little; what learns meanwhile has to be approved again.
    await go(regulated, worker, store, 60, 180);
    for (const { reviewId, kind } of await waiting(worker))
      if (kind === 'promotion') valueOf(await worker.settleReview({ reviewId, verdict: 'accept', reviewer: 'Bob' }));
    const later = await go(regulated, worker, store, 180, 220);
    const served = later.filter(({ abstained }) => !abstained);
    expect(served.length).toBeGreaterThan(30);
    expect(shareOf(served, ({ right }) => right)).toBeGreaterThan(0.97);
    const trail = [0, 200, 400].map((after) => worker.audit(regulated.task.id, after));
    const ofBob = (await Promise.all(trail)).flatMap((page) => valueOf(page)).filter(({ actor }) => actor === 'Bob');
    expect(ofBob.map(({ action }) => action)).toEqual(['promotion-approved', 'promotion-approved']);
  }, 30_000);
});
