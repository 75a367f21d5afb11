import { describe, expect, it } from 'vitest';
import type { Store } from '../../src/memory/store.ts';
import {
  catalogueRecord,
  checkpointRecord,
  decisionRecord,
  experienceRecord,
  pendingRecord,
  signalRecord,
} from '../support/records.ts';

/** What every store keeps and lets go. @param current the store of the running test */
export function storeRetentionCases(current: () => Store): void {
  /** `e1` … `e<count>`, observed at 1, 2 … ms. */
  const fill = (count: number, modelKey = 'list@1', name = 'e') =>
    current().appendExperiences(
      Array.from({ length: count }, (_, index) =>
        experienceRecord(`${name}${index + 1}`, { modelKey, observedAtMs: index + 1 }),
      ),
    );
  const left = async (modelKey = 'list@1') =>
    (await current().experiencesAfter(modelKey, 0, 10_000)).map(({ position }) => position);
  const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

  describe('usage', () => {
    it('is counted for each model, with what is appended and what goes', async () => {
      expect(await current().usage()).toEqual([]);
      await fill(100);
      await fill(3, 'list@0', 'other');
      const [other, usage] = await current().usage();
      expect(other).toMatchObject({ modelKey: 'list@0', experiences: 3, oldestAtMs: 1 });
      expect(usage).toMatchObject({ modelKey: 'list@1', experiences: 100, oldestAtMs: 1 });
      const each = (usage?.bytes ?? 0) / 100;
      expect(each).toBeGreaterThan(50);
      expect(each).toBeLessThan(1000);
      const { experiences, bytes } = await current().prune({ modelKey: 'list@1', beforeMs: 51, upTo: 100 });
      expect(experiences).toBe(50);
      const [, after] = await current().usage();
      expect(after).toEqual({
        modelKey: 'list@1',
        experiences: 50,
        bytes: (usage?.bytes ?? 0) - bytes,
        oldestAtMs: 51,
      });
      await current().prune({ modelKey: 'list@1', beforeMs: Infinity, upTo: Infinity });
      expect((await current().usage()).map(({ modelKey }) => modelKey)).toEqual(['list@0']);
    });

    it('is that of what was stored once, however often it came', async () => {
      await fill(10);
      const [before] = await current().usage();
      await fill(10);
      expect(await current().usage()).toEqual([before]);
    });
  });

  describe('pruning', () => {
    it('by age drops what is older, at positions that were learned, but for what is kept', async () => {
      await fill(300);
      const report = await current().prune({ modelKey: 'list@1', beforeMs: 201, upTo: 180, keep: [5, 64, 100, 150] });
      expect(report).toMatchObject({ experiences: 176 });
      expect(await left()).toEqual([5, 64, 100, 150, ...range(181, 300)]);
      expect((await current().experiencesAt([4, 5, 64, 65])).map(({ experienceId }) => experienceId)).toEqual([
        'e5',
        'e64',
      ]);
      expect(await current().countExperiencesAfter('list@1', 0)).toBe(124);
      expect(await current().countExperiencesAfter('list@1', 64)).toBe(122);
    });

    it('by age finds what is old wherever it lies', async () => {
      const times = [9, 1, 9, 2, 9];
      for (const [index, observedAtMs] of times.entries())
        await current().appendExperiences([experienceRecord(`e${index}`, { observedAtMs })]);
      await current().prune({ modelKey: 'list@1', beforeMs: 5, upTo: 10 });
      expect(await left()).toEqual([1, 3, 5]);
    });

    it('by size drops the oldest until the rest fits', async () => {
      await fill(400);
      const [usage] = await current().usage();
      const maxBytes = (usage?.bytes ?? 0) / 4;
      await current().prune({ modelKey: 'list@1', maxBytes, upTo: 400, keep: [10] });
      const positions = await left();
      expect(positions[0]).toBe(10);
      expect(positions.slice(1)).toEqual(range(positions[1] ?? 0, 400));
      const [after] = await current().usage();
      expect(after?.bytes).toBeLessThanOrEqual(maxBytes);
      expect(after?.bytes).toBeGreaterThan(0.95 * maxBytes);
      expect(await current().prune({ modelKey: 'list@1', maxBytes, upTo: 400 })).toMatchObject({ experiences: 0 });
    });

    it('by size drops nothing that is not learned', async () => {
      await fill(100);
      await current().prune({ modelKey: 'list@1', maxBytes: 0, upTo: 70 });
      expect(await left()).toEqual(range(71, 100));
    });

    it('leaves other models alone, and positions are never given again', async () => {
      await fill(3);
      await fill(3, 'list@10', 'other');
      await current().prune({ modelKey: 'list@1', beforeMs: Infinity, upTo: Infinity });
      await current().prune({ modelKey: 'list@10', beforeMs: Infinity, upTo: Infinity });
      expect([await left(), await left('list@10')]).toEqual([[], []]);
      expect(await current().appendExperiences([experienceRecord('e1')])).toEqual({ positions: [7], duplicates: 0 });
    });

    it('drops decisions and signals of the time that nothing is due for', async () => {
      const decision = (decisionId: string, decidedAtMs: number, modelKey = 'list@1') =>
        decisionRecord({ decisionId, decidedAtMs, modelKey });
      await current().putDecisions(
        [decision('old', 1), decision('due', 2), decision('young', 9), decision('other', 1, 'list@10')],
        [catalogueRecord('k1')],
      );
      await current().putSignals(
        [
          signalRecord('s1', { decisionId: 'old', atMs: 1 }),
          signalRecord('s2', { decisionId: 'due', atMs: 2 }),
          signalRecord('s3', { decisionId: 'young', atMs: 9 }),
          signalRecord('s4', { decisionId: 'other', atMs: 1, modelKey: 'list@10' }),
          signalRecord('s5', { decisionId: 'nobody', atMs: 1, modelKey: null }),
        ],
        [pendingRecord('old', { dueAtMs: null }), pendingRecord('due', { dueAtMs: 99 })],
      );
      const report = await current().prune({ modelKey: 'list@1', beforeMs: 5, upTo: 0 });
      expect(report).toEqual({ experiences: 0, bytes: 0, decisions: 1, signals: 2 });
      const there = await Promise.all(['old', 'due', 'young', 'other'].map((id) => current().decision(id)));
      expect(there.map((one) => one !== undefined)).toEqual([false, true, true, true]);
      expect(await current().pending('old')).toBeUndefined();
      expect((await current().pending('due'))?.dueAtMs).toBe(99);
      expect((await current().count()).signals).toBe(3);
      expect(await current().signalsOf('due')).toHaveLength(1);
    });

    it('of many is complete', async () => {
      for (let batch = 0; batch < 15; batch++) {
        const experiences = Array.from({ length: 400 }, (_, index) =>
          experienceRecord(`e${batch * 400 + index + 1}`, { observedAtMs: batch * 400 + index + 1 }),
        );
        await current().appendExperiences(experiences);
      }
      const keep = range(1, 6000).filter((position) => position % 40 === 0);
      const report = await current().prune({ modelKey: 'list@1', beforeMs: 5001, upTo: 6000, keep });
      expect(report.experiences).toBe(5000 - 125);
      expect(await left()).toEqual([...keep.filter((position) => position <= 5000), ...range(5001, 6000)]);
    });
  });

  describe('making room', () => {
    it('takes the oldest share of what every model has learned', async () => {
      await fill(100);
      await fill(50, 'list@2', 'other');
      await current().putCheckpoint(checkpointRecord(1, { learnedTo: 90 }), 3);
      await current().putCheckpoint(checkpointRecord(2, { learnedTo: 100 }), 3);
      const { experiences } = await current().relieve(0.5);
      // Half of the bytes: the first ids are shorter.
      expect(experiences).toBeGreaterThanOrEqual(50);
      expect(experiences).toBeLessThanOrEqual(52);
      expect(await left()).toEqual(range(experiences + 1, 100));
      expect(await left('list@2'), 'nothing of it is learned').toHaveLength(50);
    });

    it('takes nothing that a checkpoint which may be fallen back on has not learned, nor after a position that is given', async () => {
      await fill(100);
      await current().putCheckpoint(checkpointRecord(1, { learnedTo: 20 }), 3);
      await current().putCheckpoint(checkpointRecord(2, { learnedTo: 100 }), 3);
      await current().relieve(0.5);
      expect(await left()).toEqual(range(21, 100));
      await current().relieve(1, { 'list@1': 30 });
      expect(await left()).toEqual(range(31, 100));
    });

    it('takes the decisions and signals of the time along, also where nothing came of them', async () => {
      const decisions = range(1, 10).map((at) => decisionRecord({ decisionId: `d${at}`, decidedAtMs: at }));
      await current().putDecisions(decisions, []);
      const signals = range(1, 10).map((at) => signalRecord(`s${at}`, { decisionId: `d${at}`, atMs: at }));
      await current().putSignals(signals, [pendingRecord('d2', { dueAtMs: 99 })]);
      expect(await current().relieve(0.4)).toMatchObject({ decisions: 3, signals: 3 });
      const ids = (await current().decisionsBefore('list@1', 99, 99)).map(({ decisionId }) => decisionId);
      expect(ids.reverse()).toEqual(['d2', 'd5', 'd6', 'd7', 'd8', 'd9', 'd10']);
    });
  });
}
