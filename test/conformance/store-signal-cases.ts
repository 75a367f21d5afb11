import { describe, expect, it } from 'vitest';
import type { Store } from '../../src/memory/store.ts';
import {
  decisionRecord,
  experienceRecord,
  pendingRecord,
  settledItem,
  settledUpdate,
  signalRecord,
} from '../support/records.ts';

/** What every store does with signals, with decisions that wait for them, and with what is settled. @param current the store of the running test */
export function storeSignalCases(current: () => Store): void {
  describe('signals', () => {
    it('come back by time, then by id, for their decision alone', async () => {
      const signals = [
        signalRecord('c', { atMs: 2 }),
        signalRecord('b', { atMs: 2, censored: true, suspicion: 'rate' }),
        signalRecord('a', { atMs: 3, instead: 'y' }),
        signalRecord('d', { atMs: 1, modelKey: null }),
        signalRecord('e', { atMs: 0, decisionId: 'd2' }),
      ];
      expect(await current().putSignals(signals, [])).toEqual({ duplicates: 0 });
      const read = await current().signalsOf('d1');
      expect(read).toEqual([signals[3], signals[1], signals[0], signals[2]]);
      expect(await current().signalsOf('d3')).toEqual([]);
    });

    it('that are there already stay as they were, within a batch too', async () => {
      await current().putSignals([signalRecord('a', { value: 1 })], []);
      const again = [signalRecord('a', { value: 2 }), signalRecord('b', { value: 3 }), signalRecord('b', { value: 4 })];
      expect(await current().putSignals(again, [])).toEqual({ duplicates: 2 });
      expect((await current().signalsOf('d1')).map(({ value }) => value)).toEqual([1, 3]);
    });

    it('may be about no decision', async () => {
      const { decisionId: _, ...lcp } = signalRecord('a', { type: 'lcp', modelKey: null });
      await current().putSignals([lcp], []);
      expect((await current().count()).signals).toBe(1);
    });
  });

  describe('a decision that waits', () => {
    it('has one record, which counts arrivals and is due at the earliest time that was said', async () => {
      const settled = { x: settledItem('e1') };
      await current().putSignals([], [pendingRecord('d1', { dueAtMs: 20, settled, sinceMs: 1 })]);
      expect(await current().pending('d1')).toEqual(
        pendingRecord('d1', { dueAtMs: 20, settled, sinceMs: 1, arrivals: 1 }),
      );
      await current().putSignals([signalRecord('a')], [pendingRecord('d1', { dueAtMs: 30, sinceMs: 9 })]);
      await current().putSignals([], [pendingRecord('d1', { dueAtMs: 10 }), pendingRecord('d1', { dueAtMs: 15 })]);
      const expected = pendingRecord('d1', { dueAtMs: 10, settled, sinceMs: 1, arrivals: 4 });
      expect(await current().pending('d1')).toEqual(expected);
      expect(await current().pending('d2')).toBeUndefined();
    });

    it('is found when it is due, the earliest first, for its model alone', async () => {
      const dues = { a: 5, b: 3, c: null, d: 7, e: 3 };
      const records = Object.entries(dues).map(([id, dueAtMs]) => pendingRecord(id, { dueAtMs }));
      await current().putSignals([], [...records, pendingRecord('f', { dueAtMs: 1, modelKey: 'list@10' })]);
      const idsUntil = async (atMs: number, limit: number) =>
        (await current().pendingUntil('list@1', atMs, limit)).map(({ decisionId }) => decisionId);
      expect(await idsUntil(5, 10)).toEqual(['b', 'e', 'a']);
      expect(await idsUntil(Infinity, 2)).toEqual(['b', 'e']);
      expect(await idsUntil(2, 10)).toEqual([]);
      expect(await current().nextDueAtMs('list@1')).toBe(3);
      expect(await current().nextDueAtMs('list@10')).toBe(1);
      expect(await current().nextDueAtMs('nobody')).toBeNull();
    });
  });

  describe('settling', () => {
    it('appends and merges by item in one go', async () => {
      await current().putSignals([], [pendingRecord('d1', { dueAtMs: 20, settled: { x: settledItem('e1') } })]);
      const update = settledUpdate('d1', { arrivals: 1, dueAtMs: 40, settled: { y: settledItem('e2') } });
      const appended = await current().settle([experienceRecord('e2')], [update]);
      expect(appended).toEqual({ positions: [1], duplicates: 0 });
      expect(await current().pending('d1')).toMatchObject({
        dueAtMs: 40,
        arrivals: 1,
        settled: { x: settledItem('e1'), y: settledItem('e2') },
      });
      expect(await current().settle([experienceRecord('e2')], [update])).toEqual({ positions: [1], duplicates: 1 });
    });

    it('ends the waiting only where all arrivals were seen', async () => {
      await current().putSignals([], [pendingRecord('d1', { dueAtMs: 20 })]);
      await current().putSignals([], [pendingRecord('d1', { dueAtMs: 30 })]);
      await current().settle([], [settledUpdate('d1', { arrivals: 1, dueAtMs: null })]);
      expect((await current().pending('d1'))?.dueAtMs).toBe(20);
      await current().settle([], [settledUpdate('d1', { arrivals: 1, dueAtMs: 10 })]);
      expect((await current().pending('d1'))?.dueAtMs).toBe(10);
      await current().settle([], [settledUpdate('d1', { arrivals: 2, dueAtMs: null })]);
      expect((await current().pending('d1'))?.dueAtMs).toBeNull();
      expect(await current().nextDueAtMs('list@1')).toBeNull();
      await current().settle([], [settledUpdate('d1', { arrivals: null, dueAtMs: 50 })]);
      expect((await current().pending('d1'))?.dueAtMs).toBe(50);
    });

    it('makes a record for a decision that has none', async () => {
      const update = settledUpdate('d1', { dueAtMs: 9, settled: { x: settledItem('e1') } });
      await current().settle([experienceRecord('e1', { observedAtMs: 7 })], [update]);
      expect(await current().pending('d1')).toEqual(
        pendingRecord('d1', { sinceMs: 7, dueAtMs: 9, arrivals: 0, settled: { x: settledItem('e1') } }),
      );
    });

    it('writes nothing of what comes again, and everything else', async () => {
      await current().appendExperiences([experienceRecord('a'), experienceRecord('b')]);
      const appended = await current().settle([experienceRecord('b'), experienceRecord('c')], [settledUpdate('d1')]);
      expect(appended).toEqual({ positions: [2, 3], duplicates: 1 });
      expect(await current().countExperiencesAfter('list@1', 0)).toBe(3);
    });
  });

  it('gives decisions of one model before a time, newest first', async () => {
    const at = (decisionId: string, decidedAtMs: number, modelKey = 'list@1') =>
      decisionRecord({ decisionId, decidedAtMs, modelKey });
    await current().putDecisions([at('a', 1), at('b', 5), at('c', 3), at('d', 3), at('e', 4, 'list@10')], []);
    const idsBefore = async (atMs: number, limit: number) =>
      (await current().decisionsBefore('list@1', atMs, limit)).map(({ decisionId }) => decisionId);
    expect(await idsBefore(5, 10)).toEqual(['d', 'c', 'a']);
    expect(await idsBefore(Infinity, 2)).toEqual(['b', 'd']);
    expect(await idsBefore(1, 10)).toEqual([]);
  });

  it('gives decisions of one model between two times, oldest first, those of one time together', async () => {
    const at = (decisionId: string, decidedAtMs: number, modelKey = 'list@1') =>
      decisionRecord({ decisionId, decidedAtMs, modelKey });
    const decisions = [at('a', 1), at('b', 5), at('d', 3), at('c', 3), at('e', 3), at('f', 4, 'list@10'), at('g', 4)];
    await current().putDecisions(decisions, []);
    const idsBetween = async (afterMs: number, beforeMs: number, limit: number) =>
      (await current().decisionsBetween('list@1', afterMs, beforeMs, limit)).map(({ decisionId }) => decisionId);
    expect(await idsBetween(-Infinity, 6, 10)).toEqual(['a', 'c', 'd', 'e', 'g', 'b']);
    expect(await idsBetween(1, 5, 10)).toEqual(['c', 'd', 'e', 'g']);
    expect(await idsBetween(-Infinity, 6, 2)).toEqual(['a', 'c', 'd', 'e']);
    expect(await idsBetween(3, 6, 1)).toEqual(['g']);
    expect(await idsBetween(5, 6, 1)).toEqual([]);
  });
}
