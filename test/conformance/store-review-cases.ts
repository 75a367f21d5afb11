import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/memory/store.ts';
import { auditEntry, decisionRecord, pendingRecord, reviewRecord } from '../support/records.ts';

const DAY_MS = 86_400_000;
const modelKey = 'list@1';

/** How every store keeps reviews and the audit trail. @param current the store of the running test */
export function storeReviewCases(current: () => Store): void {
  const ids = async (state: 'open' | 'accepted' | 'corrected' = 'open', limit = 100) =>
    (await current().reviews('list', state, limit)).map(({ reviewId }) => reviewId);
  const actions = async (after = 0, limit = 100) =>
    (await current().audit('list', after, limit)).map(({ action, sequence }) => `${sequence} ${action}`);
  const open = (reviewId: string, rest: Parameters<typeof reviewRecord>[1] = {}) =>
    current().putReview(reviewRecord(reviewId, rest), [], null);

  describe('reviews', () => {
    it('are written together with what is remembered of it', async () => {
      expect(await current().putReview(reviewRecord('r1'), [auditEntry('opened')], null)).toBe(true);
      expect(await current().review('r1')).toEqual(reviewRecord('r1'));
      expect(await current().review('r2')).toBeUndefined();
      expect(await current().audit('list', 0, 10)).toEqual([{ ...auditEntry('opened'), sequence: 1 }]);
    });

    it('change only from the state that is expected, and leave no trace where they do not', async () => {
      const accepted = reviewRecord('r1', { state: 'accepted', closedAtMs: 5 });
      expect(await current().putReview(accepted, [auditEntry('accepted')], 'open')).toBe(false);
      await open('r1');
      expect(await current().putReview(reviewRecord('r1', { about: 2 }), [auditEntry('opened')], null)).toBe(false);
      expect(await current().putReview(accepted, [auditEntry('accepted')], 'open')).toBe(true);
      expect(await current().putReview(reviewRecord('r1'), [auditEntry('again')], 'open')).toBe(false);
      expect(await current().review('r1')).toEqual(accepted);
      expect(await actions()).toEqual(['1 accepted']);
    });

    it('are settled by one of two who try at once', async () => {
      await open('r1');
      const settled = await Promise.all(
        (['accepted', 'rejected'] as const).map((state) =>
          current().putReview(reviewRecord('r1', { state }), [auditEntry(state)], 'open'),
        ),
      );
      expect(settled.filter((won) => won)).toHaveLength(1);
      expect(await actions()).toHaveLength(1);
    });

    it('come by task and state, the oldest first, up to a limit, and are counted', async () => {
      await open('b', { openedAtMs: 2 });
      await open('a', { openedAtMs: 2 });
      await open('c', { openedAtMs: 1 });
      await open('d', { openedAtMs: 0, taskId: 'list2' });
      await open('e', { openedAtMs: 0, state: 'accepted' });
      expect(await ids()).toEqual(['c', 'a', 'b']);
      expect(await ids('open', 2)).toEqual(['c', 'a']);
      expect(await ids('accepted')).toEqual(['e']);
      expect(await ids('corrected')).toEqual([]);
      expect(await current().countReviews('list', 'open')).toBe(3);
      expect(await current().countReviews('list', 'rejected')).toBe(0);
    });

    it('are copied in and out', async () => {
      const about = { list: [1] };
      await open('r1', { about });
      about.list.push(2);
      const read = await current().review('r1');
      Object.assign(read?.about as object, { list: [] });
      expect(await current().review('r1')).toMatchObject({ about: { list: [1] } });
    });

    it('go with their decisions when those are pruned', async () => {
      await current().putDecisions(
        [1, 2, 3].map((day) => decisionRecord({ decisionId: `d${day}`, decidedAtMs: day * DAY_MS })),
        [],
      );
      await current().putSignals([], [pendingRecord('d2')]);
      for (const day of [1, 2, 3]) await open(`r${day}`, { decisionId: `d${day}` });
      await open('promotion', { kind: 'promotion', decisionId: null });
      await current().prune({ modelKey, beforeMs: 3 * DAY_MS, upTo: 0 });
      expect(await ids()).toEqual(['promotion', 'r2', 'r3']);
    });
  });

  describe('the audit trail', () => {
    it('grows, is read on by task, and is never taken from', async () => {
      await current().appendAudit([auditEntry('a'), auditEntry('b', { taskId: 'other' })]);
      await current().appendAudit([]);
      await current().putReview(reviewRecord('r1'), [auditEntry('c'), auditEntry('d')], null);
      expect(await actions()).toEqual(['1 a', '3 c', '4 d']);
      expect(await actions(1)).toEqual(['3 c', '4 d']);
      expect(await actions(1, 1)).toEqual(['3 c']);
      expect(await actions(4)).toEqual([]);
      await current().forget({ modelKey, fromMs: 0 });
      await current().prune({ modelKey, beforeMs: Infinity, upTo: Infinity });
      expect(await actions()).toEqual(['1 a', '3 c', '4 d']);
    });
  });

  describe('forgetting reviews', () => {
    beforeEach(async () => {
      const ranked = (decisionId: string, decidedAtMs: number, item: string) =>
        decisionRecord({
          decisionId,
          decidedAtMs,
          payload: { kind: 'ranking', context: {}, candidateKeys: [`h:${item}`], propensities: [], scores: [] },
        });
      await current().putDecisions(
        [ranked('d1', 0, 'bad'), ranked('d2', DAY_MS, 'good'), ranked('d3', 2 * DAY_MS, 'bad')],
        [],
      );
      const order = (item: string) => ({ proposal: { kind: 'ranking', order: [{ item, score: 1 }] } });
      await open('r1', { decisionId: 'd1', openedAtMs: 0, about: order('bad') });
      await open('r2', { decisionId: 'd2', openedAtMs: DAY_MS, about: order('good') });
      await open('r3', {
        decisionId: 'd3',
        state: 'corrected',
        openedAtMs: 2 * DAY_MS,
        closedAtMs: 3 * DAY_MS,
        about: order('good'),
        outcome: { item: 'bad' },
      });
      await open('other', { modelKey: 'other@1', decisionId: 'd9', openedAtMs: DAY_MS, about: order('bad') });
      await open('promotion', { kind: 'promotion', decisionId: null, openedAtMs: DAY_MS, about: { note: 'bad' } });
    });
    const left = async () => [...(await ids()), ...(await ids('corrected'))];

    it('an item takes those that name it: what was proposed, and what was said', async () => {
      expect(await current().forget({ modelKey, item: 'bad' })).toMatchObject({ reviews: 2, redacted: 2 });
      expect(await left()).toEqual(['other', 'promotion', 'r2']);
    });

    it('a time takes those that were opened or settled in it, and those of its decisions', async () => {
      await open('late', { decisionId: 'd2', openedAtMs: 5 * DAY_MS });
      expect(await current().forget({ modelKey, fromMs: DAY_MS, toMs: 2 * DAY_MS })).toMatchObject({ reviews: 2 });
      expect(await left()).toEqual(['r1', 'other', 'promotion', 'r3']);
      expect(await current().forget({ modelKey, fromMs: 3 * DAY_MS })).toMatchObject({ reviews: 1, decisions: 0 });
      expect(await left()).toEqual(['r1', 'other', 'promotion']);
    });

    it('an item within a time takes what meets both', async () => {
      expect(await current().forget({ modelKey, item: 'bad', toMs: DAY_MS })).toMatchObject({ reviews: 1 });
      expect(await left()).toEqual(['other', 'promotion', 'r2', 'r3']);
    });

    it('a type of signal takes none', async () => {
      expect(await current().forget({ modelKey, signalType: 'dwell' })).toMatchObject({ reviews: 0 });
      expect(await left()).toHaveLength(5);
    });
  });
}
