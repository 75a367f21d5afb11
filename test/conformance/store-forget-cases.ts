import { beforeEach, describe, expect, it } from 'vitest';
import { consolidationKey, damagedCheckpointPrefix, type Store } from '../../src/memory/store.ts';
import { expectCode } from '../support/expect-code.ts';
import {
  catalogueRecord,
  checkpointRecord,
  decisionRecord,
  experienceRecord,
  knowledgeRecord,
  pendingRecord,
  rankingExperience,
  settledItem,
  signalRecord,
} from '../support/records.ts';

const DAY_MS = 86_400_000;
const modelKey = 'list@1';

async function textOfEverything(store: Store): Promise<string> {
  const tables = [
    'decisions',
    'catalogue',
    'signals',
    'pending',
    'experiences',
    'knowledge',
    'reviews',
    'settings',
  ] as const;
  const texts: string[] = [];
  for (const table of tables) for await (const page of store.pages(table)) texts.push(JSON.stringify(page));
  return texts.join('\n');
}

const ranked = (decisionId: string, decidedAtMs: number, candidateKeys: string[], rest: { modelKey?: string } = {}) =>
  decisionRecord({
    decisionId,
    decidedAtMs,
    payload: { kind: 'ranking', context: {}, candidateKeys, propensities: [0.5, 1], scores: [1, 0] },
    ...rest,
  });

/** Three days with one decision each, and what came of them: the item `bad` on the first and the second day. */
async function fill(store: Store): Promise<void> {
  await store.putDecisions(
    [
      ranked('d1', 0, ['h1:bad', 'h2:good']),
      ranked('d2', DAY_MS, ['h2:good', 'h1:bad', 'h3:bad']),
      ranked('d3', 2 * DAY_MS, ['h2:good']),
      ranked('d4', DAY_MS, ['h1:bad'], { modelKey: 'other@1' }),
    ],
    [
      catalogueRecord('h1:bad', { candidateId: 'bad' }),
      catalogueRecord('h3:bad', { candidateId: 'bad' }),
      catalogueRecord('h2:good', { candidateId: 'good' }),
    ],
  );
  await store.putSignals(
    [
      signalRecord('s1', { decisionId: 'd1', item: 'bad', atMs: 1, type: 'click' }),
      signalRecord('s2', { decisionId: 'd2', item: 'good', atMs: DAY_MS + 1, type: 'dwell' }),
      signalRecord('s3', { decisionId: 'd2', item: 'good', instead: 'bad', atMs: 2 * DAY_MS + 1, type: 'correction' }),
      signalRecord('s4', { decisionId: 'd4', item: 'bad', atMs: DAY_MS, modelKey: 'other@1' }),
    ],
    [
      pendingRecord('d1', { dueAtMs: null, settled: { bad: settledItem('e1'), good: settledItem('e2') } }),
      pendingRecord('d2', { dueAtMs: null, settled: { good: settledItem('e3') } }),
    ],
  );
  const at = (decisionId: string, observedAtMs: number) => ({ decisionId, observedAtMs });
  const dwelt = rankingExperience('e3', 'good', at('d2', DAY_MS + 1));
  await store.appendExperiences([
    rankingExperience('e1', 'bad', at('d1', 1)),
    rankingExperience('e2', 'good', at('d1', 1)),
    { ...dwelt, payload: { ...dwelt.payload, signals: { dwell: 3 } } as typeof dwelt.payload },
    // Observed a day after its decision.
    rankingExperience('e4', 'bad', at('d2', 2 * DAY_MS + 1)),
    rankingExperience('e5', 'good', at('d3', 2 * DAY_MS + 2)),
    rankingExperience('e6', 'bad', { ...at('d4', DAY_MS), modelKey: 'other@1' }),
  ]);
  for (const [generation, learnedTo] of [0, 2, 3, 5].entries())
    await store.putCheckpoint(checkpointRecord(generation + 1, { learnedTo }), 4);
  await store.putCheckpoint(checkpointRecord(1, { modelKey: 'other@1', learnedTo: 6 }), 3);
  await store.putKnowledge(
    [
      knowledgeRecord('k1', { key: 'a', sources: { from: 1, to: 4, count: 2, positions: [1, 4] } }),
      knowledgeRecord('k2', { key: 'b', sources: { from: 2, to: 5, count: 2, positions: [2, 5] } }),
      knowledgeRecord('k3', { key: 'c', sources: { from: 2, to: 5, count: 3, positions: [2, 5] } }),
      knowledgeRecord('k4', { key: 'd', sources: { from: 90, to: 90, count: 1, positions: [90] }, value: ['bad'] }),
      knowledgeRecord('k5', { key: 'e', modelKey: 'other@1', sources: { from: 1, to: 9, count: 9, positions: [] } }),
    ],
    { consolidatedTo: 5 },
    modelKey,
  );
  await store.putSetting(`${damagedCheckpointPrefix(modelKey)}7`, 1);
  await store.putSetting('probe', 2);
}

/** What every store forgets. @param current the store of the running test */
export function storeForgetCases(current: () => Store): void {
  describe('forgetting', () => {
    beforeEach(() => fill(current()));
    const ids = async () => (await current().experiencesAfter(modelKey, 0, 99)).map(({ experienceId }) => experienceId);
    const knowledgeIds = async () => (await current().knowledge(modelKey)).map(({ knowledgeId }) => knowledgeId);

    it('an item strikes it out of everything, and goes back to a checkpoint that never saw it', async () => {
      expect(await current().forget({ modelKey, item: 'bad' })).toEqual({
        experiences: 2,
        signals: 2,
        pending: 0,
        decisions: 0,
        redacted: 2,
        catalogue: 2,
        knowledge: 3,
        checkpoints: 3,
        versions: 0,
        reviews: 0,
        removed: { first: 1, count: 2, positions: [1, 4] },
        learnedTo: 0,
        epoch: 1,
      });
      expect(await ids()).toEqual(['e2', 'e3', 'e5']);
      const struckOut = await current().decision('d2');
      expect(struckOut?.payload).toMatchObject({
        candidateKeys: ['h2:good', 'forgotten:#1', 'forgotten:#2'],
        propensities: [0.5, 1],
      });
      expect((await current().pending('d1'))?.settled).toEqual({ good: settledItem('e2') });
      expect(await knowledgeIds()).toEqual(['k2']);
      expect(await current().catalogue(['h1:bad', 'h2:good', 'h3:bad'])).toMatchObject([
        undefined,
        { candidateId: 'good' },
        undefined,
      ]);
      await current().forget({ modelKey: 'other@1', item: 'bad' });
      expect(await textOfEverything(current()), 'nothing names it').not.toContain('bad');
    });

    it('leaves other models as they are', async () => {
      await current().forget({ modelKey, item: 'bad' });
      expect(await current().signalsOf('d4')).toHaveLength(1);
      expect((await current().decision('d4'))?.payload).toMatchObject({ candidateKeys: ['h1:bad'] });
      expect(await current().countExperiencesAfter('other@1', 0)).toBe(1);
      expect(await current().knowledge('other@1')).toHaveLength(1);
      expect(await current().checkpoints('other@1')).toHaveLength(1);
      expect(await current().epoch('other@1')).toBe(0);
      expect(await current().setting('probe')).toBe(2);
    });

    it('drops what was made of the log and cannot be told apart', async () => {
      await current().forget({ modelKey, item: 'bad' });
      expect(await current().setting(consolidationKey(modelKey))).toBeUndefined();
      expect(await current().setting(`${damagedCheckpointPrefix(modelKey)}7`)).toBeUndefined();
    });

    it('a day takes what was observed in it, and what came of decisions of that day', async () => {
      const report = await current().forget({ modelKey, fromMs: DAY_MS, toMs: 2 * DAY_MS });
      expect(report).toMatchObject({
        experiences: 2,
        signals: 2,
        pending: 1,
        decisions: 1,
        redacted: 0,
        catalogue: 0,
        checkpoints: 2,
        removed: { first: 3, count: 2, positions: [3, 4] },
        learnedTo: 2,
      });
      expect(await ids()).toEqual(['e1', 'e2', 'e5']);
      expect(await current().decision('d2')).toBeUndefined();
      expect(await current().pending('d2')).toBeUndefined();
      expect(await current().decision('d1')).toBeDefined();
      expect((await current().checkpoints(modelKey)).map((one) => 'learnedTo' in one && one.learnedTo)).toEqual([2, 0]);
    });

    it('a time that is open at one end', async () => {
      expect(await current().forget({ modelKey, toMs: DAY_MS })).toMatchObject({ experiences: 2, decisions: 1 });
      expect(await current().forget({ modelKey, fromMs: 2 * DAY_MS })).toMatchObject({ experiences: 2, decisions: 1 });
      expect(await ids()).toEqual(['e3']);
    });

    it('a type of signal takes the experiences that were made of it', async () => {
      const report = await current().forget({ modelKey, signalType: 'dwell' });
      expect(report).toMatchObject({ experiences: 1, signals: 1, decisions: 0, redacted: 0, catalogue: 0 });
      expect(report.removed).toEqual({ first: 3, count: 1, positions: [3] });
      expect((await current().pending('d2'))?.settled).toEqual({});
      expect((await current().decision('d2'))?.payload).toMatchObject({
        candidateKeys: ['h2:good', 'h1:bad', 'h3:bad'],
      });
    });

    it('all that is named has to be met', async () => {
      const report = await current().forget({ modelKey, item: 'bad', fromMs: 0, toMs: DAY_MS });
      expect(report).toMatchObject({ experiences: 1, signals: 1, decisions: 0, redacted: 1, catalogue: 0 });
      expect(await ids()).toEqual(['e2', 'e3', 'e4', 'e5']);
    });

    it('what was never there raises the epoch alone', async () => {
      const report = await current().forget({ modelKey, item: 'nothing' });
      expect(report).toMatchObject({ experiences: 0, checkpoints: 0, learnedTo: 5, epoch: 1 });
      expect(report.removed).toEqual({ first: null, count: 0, positions: [] });
      expect(await current().setting(consolidationKey(modelKey))).toEqual({ consolidatedTo: 5 });
      expect((await current().forget({ modelKey, item: 'nothing' })).epoch).toBe(2);
      expect(await current().epoch(modelKey)).toBe(2);
    });

    it('refuses a checkpoint of a learner that has not heard of it', async () => {
      await current().forget({ modelKey, item: 'bad' });
      expect(await current().putCheckpoint(checkpointRecord(9, { learnedTo: 5 }), 3)).toBe(false);
      expect(await current().checkpoints(modelKey)).toHaveLength(1);
      expect(await current().putCheckpoint(checkpointRecord(9, { learnedTo: 5, epoch: 1 }), 3)).toBe(true);
      expect(await current().checkpoints(modelKey)).toHaveLength(2);
    });

    it('an item of a retrieval, in every kind of event', async () => {
      const events = [
        { kind: 'added', item: { id: 'x' } },
        { kind: 'removed', itemId: 'x' },
        { kind: 'corrected', rejectedId: 'x', accepted: { itemId: 'y' } },
        { kind: 'corrected', rejectedId: null, accepted: { itemId: 'x' } },
        { kind: 'corrected', rejectedId: null, accepted: { item: { id: 'x' } } },
        { kind: 'up', itemId: 'y' },
      ];
      await current().appendExperiences(
        events.map((event, index) =>
          experienceRecord(`r${index}`, { modelKey: 'find@1', payload: { kind: 'retrieval', event } }),
        ),
      );
      const found = [
        { id: 'y', score: 2 },
        { id: 'x', score: 1 },
      ];
      const payload = { kind: 'retrieval' as const, query: { text: 'q' }, found };
      await current().putDecisions([decisionRecord({ decisionId: 'r', modelKey: 'find@1', payload })], []);
      expect(await current().forget({ modelKey: 'find@1', item: 'x' })).toMatchObject({ experiences: 5, redacted: 1 });
      expect((await current().decision('r'))?.payload).toMatchObject({
        found: [
          { id: 'y', score: 2 },
          { id: 'forgotten:#1', score: 1 },
        ],
      });
    });

    it('says no to a request that names nothing', async () => {
      await expectCode(() => current().forget({ modelKey }), 'INVALID_DATA');
      await expectCode(() => current().forget({ modelKey, fromMs: NaN }), 'INVALID_DATA');
      expect(await ids()).toHaveLength(5);
      expect(await current().epoch(modelKey)).toBe(0);
    });
  });
}
