import { afterEach, beforeEach, expect, it } from 'vitest';
import { createReviewQueue } from '../../src/sync/review-queue.ts';
import type { ReviewCase } from '../../src/sync/review-wire.ts';
import { startReviewServer, type ReviewServer } from '../support/review-server.ts';
import { expectCode, serveRaw } from './sync-fixture.ts';

const fetch = globalThis.fetch;
const given = (reviewId: string): ReviewCase => ({
  reviewId,
  taskId: 'comments',
  openedAtMs: 1,
  why: 'confidence',
  confidence: 0.5,
  input: { text: 'a', links: 3, tags: ['x'], missing: null },
  candidates: [],
  classes: ['ok', 'spam'],
  proposal: { kind: 'classification', label: 'ok', probability: 0.5 },
});

let server: ReviewServer;
beforeEach(async () => {
  server = await startReviewServer();
});
afterEach(() => server.close());

it('hands a review over whole, and twice is once', async () => {
  const queue = createReviewQueue({ baseUrl: server.url, fetch });
  await queue.submit(given('r/1'));
  await queue.submit(given('r/1'));
  expect([...server.cases.values()]).toEqual([given('r/1')]);
});

it('asks for what was said of its own reviews, a hundred at a time', async () => {
  const ids = Array.from({ length: 250 }, (_, index) => `r${index}`);
  for (const reviewId of ['r7', 'r249', 'of somebody else'])
    server.verdicts.set(reviewId, { reviewId, verdict: 'reject', reviewer: 'Ann', reason: 'no' });
  const said = await createReviewQueue({ baseUrl: server.url, fetch }).verdicts('comments', ids);
  expect(said.map(({ reviewId }) => reviewId)).toEqual(['r7', 'r249']);
  expect(server.requests).toEqual(['POST', 'POST', 'POST']);
});

it('calls back what is there, and what is not', async () => {
  const queue = createReviewQueue({ baseUrl: server.url, fetch });
  await queue.submit(given('r1'));
  await queue.recall('comments', 'r1');
  await queue.recall('comments', 'r1');
  expect(server.cases.size).toBe(0);
  expect(server.recalled).toEqual(['r1', 'r1']);
});

it('says what went wrong', async () => {
  const queue = createReviewQueue({ baseUrl: server.url, fetch });
  server.isUp = false;
  await expectCode(queue.submit(given('r1')), 'REGISTRY_REJECTED', { status: 503, registryCode: 'UNAVAILABLE' });
  await expectCode(queue.recall('comments', 'r1'), 'REGISTRY_REJECTED', { status: 503 });
  const nobody = await serveRaw((_, response) => response.destroy());
  await expectCode(createReviewQueue({ baseUrl: nobody.url, fetch }).submit(given('r1')), 'REGISTRY_UNREACHABLE');
  await nobody.close();
  await expectCode(
    Promise.resolve().then(() => createReviewQueue({ baseUrl: 'nowhere', fetch })),
    'INVALID_CONFIG',
  );
});

it('believes no answer that is not of the declared shape, nor one about what was not asked', async () => {
  const said = { reviewId: 'r1', verdict: 'accept', reviewer: 'Ann' };
  const answers: [body: unknown, code: 'REGISTRY_ANSWER_INVALID' | null][] = [
    [{ verdicts: [{ ...said, verdict: 'maybe' }] }, 'REGISTRY_ANSWER_INVALID'],
    [{ verdicts: 'none' }, 'REGISTRY_ANSWER_INVALID'],
    [{ verdicts: [{ ...said, reviewId: 'r2' }] }, null],
  ];
  for (const [body, code] of answers) {
    const other = await serveRaw((_, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(body));
    });
    const answer = createReviewQueue({ baseUrl: other.url, fetch }).verdicts('comments', ['r1']);
    if (code) await expectCode(answer, code);
    else expect(await answer).toEqual([]);
    await other.close();
  }
});
