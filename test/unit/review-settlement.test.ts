import { describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../src/memory/review-records.ts';
import { decisionCaseOf, openedCase, promotionCaseOf, type DecisionCase } from '../../src/review/review-case.ts';
import { barredFromApproval, isBarred } from '../../src/review/second-person.ts';
import { parseSettlement, settledReview, settlementOf } from '../../src/review/settlement.ts';
import { expectCode } from '../support/expect-code.ts';
import { auditEntry, reviewRecord } from '../support/records.ts';

const about = (proposal: DecisionCase['proposal']): DecisionCase => ({
  why: 'confidence',
  confidence: 0.5,
  margin: 0.1,
  digest: null,
  proposal,
});
const label = about({ kind: 'classification', label: 'ok', probability: 0.5 });
const number = about({ kind: 'regression', value: 7, lower: 1, upper: 9 });
const items = Array.from({ length: 12 }, (_, index) => ({ item: `i${index}`, score: 1 - index / 12 }));
const ranking = about({ kind: 'ranking', order: items });
const said = (rest: object) => parseSettlement({ reviewId: 'r1', reviewer: 'Ann', reason: 'because', ...rest });

describe('what a reviewer says', () => {
  it('is parsed: who says it, and of a rejection why', async () => {
    expect(parseSettlement({ reviewId: 'r', verdict: 'accept', reviewer: '  Ann ' })).toEqual({
      reviewId: 'r',
      verdict: 'accept',
      reviewer: 'Ann',
    });
    const refused = [
      null,
      { reviewId: 'r', verdict: 'accept' },
      { reviewId: 'r', verdict: 'accept', reviewer: '   ' },
      { reviewId: 'r', verdict: 'accept', reviewer: 'x'.repeat(81) },
      { reviewId: 'r', verdict: 'maybe', reviewer: 'Ann' },
      { reviewId: 'r', verdict: 'reject', reviewer: 'Ann' },
      { reviewId: 'r', verdict: 'correct', reviewer: 'Ann', grades: { a: 2 } },
      { reviewId: 'r', verdict: 'correct', reviewer: 'Ann', grades: {} },
      { reviewId: 'r', verdict: 'correct', reviewer: 'Ann', value: NaN },
      { reviewId: 'r', verdict: 'accept', reviewer: 'Ann', other: 1 },
    ];
    for (const given of refused) await expectCode(async () => parseSettlement(given), 'INVALID_FEEDBACK');
  });

  it('of a class teaches that class, and of a rejection nothing', () => {
    expect(settlementOf(label, said({ verdict: 'accept' }))).toEqual({
      state: 'accepted',
      judgements: [{ kind: 'label', label: 'ok' }],
    });
    expect(settlementOf(label, said({ verdict: 'correct', label: 'spam' }))).toEqual({
      state: 'corrected',
      judgements: [{ kind: 'label', label: 'spam' }],
    });
    expect(settlementOf(label, said({ verdict: 'reject' }))).toEqual({ state: 'rejected', judgements: [] });
  });

  it('that is a correction to the same is an acceptance', () => {
    expect(settlementOf(label, said({ verdict: 'correct', label: 'ok' })).state).toBe('accepted');
    expect(settlementOf(ranking, said({ verdict: 'correct', item: 'i0' })).state).toBe('accepted');
    expect(settlementOf(ranking, said({ verdict: 'correct', grades: { i0: 0.5, i3: 0.5 } })).state).toBe('accepted');
  });

  it('of a number teaches only what was measured', () => {
    expect(settlementOf(number, said({ verdict: 'accept' }))).toEqual({ state: 'accepted', judgements: [] });
    expect(settlementOf(number, said({ verdict: 'correct', value: 8 })).judgements).toEqual([
      { kind: 'value', value: 8 },
    ]);
    expect(settlementOf(number, said({ verdict: 'reject' }))).toEqual({ state: 'rejected', judgements: [] });
  });

  it('of a choice speaks against the favourites that were not chosen, and comes last', () => {
    const { state, judgements } = settlementOf(ranking, said({ verdict: 'correct', item: 'i5' }));
    expect(state).toBe('corrected');
    expect(judgements).toEqual([
      ...[0, 1, 2, 3, 4, 6, 7, 8].map((index) => ({ kind: 'item', item: `i${index}`, reward: 0 })),
      { kind: 'item', item: 'i5', reward: 1 },
    ]);
    const accepted = settlementOf(ranking, said({ verdict: 'accept' }));
    expect(accepted.judgements.at(-1)).toEqual({ kind: 'item', item: 'i0', reward: 1 });
    expect(accepted.judgements).toHaveLength(9);
  });

  it('of several grades teaches each, and nothing of the others', () => {
    const { state, judgements } = settlementOf(ranking, said({ verdict: 'correct', grades: { i0: 0.2, i9: 1 } }));
    expect(state).toBe('corrected');
    expect(judgements).toEqual([
      { kind: 'item', item: 'i0', reward: 0.2 },
      { kind: 'item', item: 'i9', reward: 1 },
    ]);
  });

  it('rejects what would have come first', () => {
    expect(settlementOf(ranking, said({ verdict: 'reject' }))).toEqual({
      state: 'rejected',
      judgements: [{ kind: 'item', item: 'i0', reward: 0 }],
    });
  });

  it('has to fit the task', async () => {
    const unfit: [DecisionCase, object][] = [
      [label, { value: 1 }],
      [number, { label: 'ok' }],
      [ranking, { label: 'ok' }],
    ];
    for (const [one, rest] of unfit)
      await expectCode(async () => settlementOf(one, said({ verdict: 'correct', ...rest })), 'INVALID_FEEDBACK');
    const unknown = about({ kind: 'classification', label: null, probability: 0 });
    await expectCode(async () => settlementOf(unknown, said({ verdict: 'accept' })), 'INVALID_FEEDBACK');
  });
});

describe('a review', () => {
  it('of a decision has its id, and reads back what it is about', () => {
    const review = openedCase({ decisionId: 'd1', taskId: 'list', modelKey: 'list@1' }, ranking, 5);
    expect(review).toMatchObject({ reviewId: 'd1', state: 'open', openedAtMs: 5, closedAtMs: null, outcome: null });
    expect(decisionCaseOf(review)).toEqual(ranking);
    expect(promotionCaseOf(review)).toBeNull();
    expect(decisionCaseOf({ ...review, about: { why: 'confidence' } })).toBeNull();
  });

  it('is settled once', async () => {
    const settled = settledReview(reviewRecord('r1'), 'accepted', { by: 'Ann' }, 9);
    expect(settled).toMatchObject({ state: 'accepted', outcome: { by: 'Ann' }, closedAtMs: 9 });
    await expectCode(async () => settledReview(settled, 'rejected', null, 9), 'INVALID_FEEDBACK');
  });
});

describe('a second person', () => {
  const trail = (...steps: [action: string, actor: string][]): AuditRecord[] =>
    steps.map(([action, actor], index) => ({ ...auditEntry(action, { actor }), sequence: index + 1 }));

  it('is neither who asked nor who settled the last review', () => {
    const barred = barredFromApproval(
      trail(['opened', 'tendril'], ['corrected', 'Bob'], ['rejected', 'Ann'], ['promotion-requested', 'Eve']),
      'Eve',
    );
    expect(['Ann', 'Eve', 'Bob', 'Zoë'].map((name) => isBarred(barred, name))).toEqual([true, true, false, false]);
  });

  it('is told by the name, however it is written', () => {
    const barred = barredFromApproval(trail(['accepted', 'Ann  Lee']), 'tendril');
    for (const name of ['ann lee', ' ANN LEE', 'Ann\u00a0Lee']) expect(isBarred(barred, name), name).toBe(true);
    expect(isBarred(barred, 'Ann')).toBe(false);
  });

  it('is anybody else where nobody has reviewed', () => {
    const barred = barredFromApproval([], 'tendril');
    expect(isBarred(barred, 'Ann')).toBe(false);
    expect(isBarred(barred, 'tendril')).toBe(true);
  });
});
