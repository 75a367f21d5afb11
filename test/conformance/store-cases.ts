import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DecisionRecord } from '../../src/memory/records.ts';
import { tableNames, type Store, type TableName } from '../../src/memory/store.ts';
import { storeForgetCases } from './store-forget-cases.ts';
import { storeKnowledgeCases } from './store-knowledge-cases.ts';
import { storeRetentionCases } from './store-retention-cases.ts';
import { storeReviewCases } from './store-review-cases.ts';
import { storeSignalCases } from './store-signal-cases.ts';
import { storeVersionCases } from './store-version-cases.ts';
import {
  auditEntry,
  catalogueRecord,
  checkpointRecord,
  decisionRecord,
  experienceRecord,
  knowledgeRecord,
  pendingRecord,
  reviewRecord,
  signalRecord,
  taskRecord,
  versionRecord,
} from '../support/records.ts';

const idsOf = (records: readonly { readonly experienceId: string }[]) =>
  records.map(({ experienceId }) => experienceId);

async function everything(store: Store, table: TableName): Promise<unknown[]> {
  const records: unknown[] = [];
  for await (const page of store.pages(table)) records.push(...page);
  return records;
}

/** What every {@link Store} has to do. @param open gives an empty one */
export function storeCases(name: string, open: () => Promise<Store>): void {
  describe(`store: ${name}`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());
    const generations = async (modelKey = 'list@1') =>
      (await store.checkpoints(modelKey)).map((record) => (record instanceof Error ? record : record.generation));

    storeSignalCases(() => store);
    storeKnowledgeCases(() => store);
    storeRetentionCases(() => store);
    storeForgetCases(() => store);
    storeVersionCases(() => store);
    storeReviewCases(() => store);

    describe('the log', () => {
      it('gives positions that grow, from 1', async () => {
        const first = await store.appendExperiences([experienceRecord('a'), experienceRecord('b')]);
        const second = await store.appendExperiences([experienceRecord('c')]);
        expect(first).toEqual({ positions: [1, 2], duplicates: 0 });
        expect(second).toEqual({ positions: [3], duplicates: 0 });
      });

      it('takes nothing and gives nothing', async () => {
        expect(await store.appendExperiences([])).toEqual({ positions: [], duplicates: 0 });
        expect(await store.experiencesAfter('list@1', 0, 10)).toEqual([]);
        expect(await store.experiencesAt([])).toEqual([]);
        expect(await store.countExperiencesAfter('list@1', 0)).toBe(0);
      });

      it('keeps an experience that comes again as it was, at its position', async () => {
        const original = experienceRecord('a');
        await store.appendExperiences([original, experienceRecord('b')]);
        const again = await store.appendExperiences([
          experienceRecord('b'),
          experienceRecord('c'),
          experienceRecord('a', { observedAtMs: 9, modelKey: 'other@1' }),
        ]);
        expect(again).toEqual({ positions: [2, 3, 1], duplicates: 2 });
        expect(await store.experiencesAt([1])).toEqual([{ ...original, position: 1 }]);
      });

      it('keeps the first of those with one id in one batch', async () => {
        const [first, second] = [
          experienceRecord('a', { observedAtMs: 1 }),
          experienceRecord('a', { observedAtMs: 2 }),
        ];
        const appended = await store.appendExperiences([first, experienceRecord('b'), second]);
        expect(appended).toEqual({ positions: [1, 2, 1], duplicates: 1 });
        expect(await store.experiencesAt([1])).toEqual([{ ...first, position: 1 }]);
        expect(await store.countExperiencesAfter('list@1', 0)).toBe(2);
      });

      it('is read in order, for one model, after a position, up to a limit', async () => {
        const models = ['list@1', 'list@2', 'list', 'list@1', 'list@10', 'list@1', 'list@1'];
        await store.appendExperiences(models.map((modelKey, index) => experienceRecord(`e${index + 1}`, { modelKey })));
        expect(idsOf(await store.experiencesAfter('list@1', 0, 10))).toEqual(['e1', 'e4', 'e6', 'e7']);
        expect(idsOf(await store.experiencesAfter('list@1', 1, 2))).toEqual(['e4', 'e6']);
        expect(idsOf(await store.experiencesAfter('list@1', 5, 10))).toEqual(['e6', 'e7']);
        expect(idsOf(await store.experiencesAfter('list@1', 7, 10))).toEqual([]);
        expect(idsOf(await store.experiencesAfter('list', 0, 10))).toEqual(['e3']);
        expect(await store.countExperiencesAfter('list@1', 1)).toBe(3);
        expect(await store.countExperiencesAfter('nobody', 0)).toBe(0);
      });

      it('gives what is at the positions, in their order, and passes over what is not there', async () => {
        await store.appendExperiences(['a', 'b', 'c'].map((id) => experienceRecord(id)));
        expect(idsOf(await store.experiencesAt([3, 99, 1, 0, 3]))).toEqual(['c', 'a', 'c']);
      });

      it('gives a replay buffer what it refers to, the second time too, and what changed in it', async () => {
        const ids = Array.from({ length: 300 }, (_, index) => `e${index + 1}`);
        await store.appendExperiences(ids.map((id) => experienceRecord(id)));
        const buffers = [
          [5, 150, 299, 7],
          [5, 150, 299, 8],
          Array.from({ length: 100 }, (_, index) => 3 * index + 1),
          [400],
        ];
        for (const buffer of [...buffers, ...buffers]) {
          const expected = buffer.filter((position) => position <= 300).map((position) => `e${position}`);
          expect(idsOf(await store.experiencesAt(buffer, 'list@1'))).toEqual(expected);
        }
        await store.prune({ modelKey: 'list@1', beforeMs: Infinity, upTo: 150, keep: [5] });
        expect(idsOf(await store.experiencesAt(buffers[0] ?? [], 'list@1'))).toEqual(['e5', 'e299']);
      });

      it('keeps values that JSON would lose', async () => {
        const payload = {
          kind: 'classification',
          input: { a: -0, b: Infinity, c: [1, -0] },
          label: '\ud800',
          weight: 1,
        } as const;
        await store.appendExperiences([experienceRecord('a', { payload })]);
        const [read] = await store.experiencesAt([1]);
        expect(read?.payload).toStrictEqual(payload);
      });

      it('comes through many appends at once with every experience once', async () => {
        const ids = Array.from({ length: 40 }, (_, index) => `e${index % 25}`);
        const results = await Promise.all(ids.map((id) => store.appendExperiences([experienceRecord(id)])));
        const positions = new Map(ids.map((id, index) => [id, results[index]?.positions[0]]));
        expect(results.map(({ positions: [position] }) => position)).toEqual(ids.map((id) => positions.get(id)));
        expect(results.reduce((sum, { duplicates }) => sum + duplicates, 0)).toBe(15);
        const stored = await store.experiencesAfter('list@1', 0, 100);
        expect(idsOf(stored).sort()).toEqual([...new Set(ids)].sort());
        expect(stored.every(({ experienceId, position }) => positions.get(experienceId) === position)).toBe(true);
      });
    });

    describe('decisions and catalogue', () => {
      it('come back as they were', async () => {
        const classification = decisionRecord({
          decisionId: 'd2',
          servedBy: 'host',
          model: { modelVersion: null, learnedTo: 0 },
          payload: { kind: 'classification', input: { x: 1e-300 }, probabilities: { a: 0.25, b: 0.75 } },
        });
        await store.putDecisions([decisionRecord(), classification], [catalogueRecord('k1')]);
        expect(await store.decision('d1')).toEqual(decisionRecord());
        expect(await store.decision('d2')).toEqual(classification);
        expect(await store.decision('d3')).toBeUndefined();
      });

      it('overwrite what has the same id', async () => {
        await store.putDecisions([decisionRecord()], [catalogueRecord('k1')]);
        await store.putDecisions(
          [decisionRecord({ servedBy: 'host' })],
          [catalogueRecord('k1', { features: { y: 1 } })],
        );
        expect((await store.decision('d1'))?.servedBy).toBe('host');
        expect(await store.catalogue(['k1'])).toEqual([catalogueRecord('k1', { features: { y: 1 } })]);
      });

      it('are changed where they are stored, and not brought back where they are gone', async () => {
        await store.putDecisions([decisionRecord()], [catalogueRecord('k1')]);
        const byHost = (stored: DecisionRecord): DecisionRecord => ({ ...stored, servedBy: 'host' });
        await store.amendDecision('d1', byHost);
        expect(await store.decision('d1')).toEqual(decisionRecord({ servedBy: 'host' }));
        await store.forget({ modelKey: decisionRecord().modelKey, fromMs: 0 });
        await store.amendDecision('d1', byHost);
        expect(await store.decision('d1')).toBeUndefined();
      });

      it('give entries in the order of the keys, undefined for one that is not there', async () => {
        await store.putDecisions(
          [],
          ['k1', 'k2', 'k3'].map((key) => catalogueRecord(key)),
        );
        const ids = (await store.catalogue(['k3', 'nothing', 'k1', 'k3'])).map((entry) => entry?.candidateKey);
        expect(ids).toEqual(['k3', undefined, 'k1', 'k3']);
        expect(await store.catalogue([])).toEqual([]);
      });
    });

    describe('checkpoints', () => {
      it('come newest first, weights and log position together', async () => {
        for (let generation = 1; generation <= 5; generation++) {
          expect(await store.putCheckpoint(checkpointRecord(generation), 3)).toBe(true);
        }
        const expected = [5, 4, 3, 2, 1].map((generation) => checkpointRecord(generation));
        expect(await store.checkpoints('list@1')).toEqual(expected);
        expect(await store.checkpoints('nobody')).toEqual([]);
      });

      it('keep the newest and a few older ones, the first among them', async () => {
        for (let generation = 1; generation <= 40; generation++) {
          await store.putCheckpoint(checkpointRecord(generation), 3);
        }
        const kept = await generations();
        expect(kept).toHaveLength(8);
        expect(kept.slice(0, 3)).toEqual([40, 39, 38]);
        expect(kept.at(-1)).toBe(1);
      });

      it('are kept for each model on its own', async () => {
        for (const modelKey of ['list@1', 'list@2', 'list']) {
          await store.putCheckpoint(checkpointRecord(1, { modelKey }), 1);
          await store.putCheckpoint(checkpointRecord(2, { modelKey }), 1);
        }
        for (const modelKey of ['list@1', 'list@2', 'list']) expect(await generations(modelKey)).toEqual([2, 1]);
      });

      it('of the same generation replace one another', async () => {
        for (const [index, generation] of [1, 2, 2, 4].entries())
          await store.putCheckpoint(checkpointRecord(generation, { savedAtMs: index }), 3);
        expect(await generations()).toEqual([4, 2, 1]);
        expect(await store.checkpoints('list@1')).toMatchObject([{ savedAtMs: 3 }, { savedAtMs: 2 }, { savedAtMs: 0 }]);
      });
    });

    it('keeps tasks and settings, and overwrites them', async () => {
      expect(await store.task('list')).toBeUndefined();
      await store.putTask(taskRecord());
      await store.putTask(taskRecord({ schemaHash: '89abcdef' }));
      expect(await store.task('list')).toEqual(taskRecord({ schemaHash: '89abcdef' }));
      expect(await store.setting('probe')).toBeUndefined();
      await store.putSetting('probe', { chosen: 'cpu', results: [1, null] });
      await store.putSetting('probe', { chosen: 'wasm', results: [] });
      await store.putSetting('nothing', null);
      expect(await store.setting('probe')).toEqual({ chosen: 'wasm', results: [] });
      expect(await store.setting('nothing')).toBeNull();
    });

    it('counts and gives out everything that it has, table by table', async () => {
      const empty = Object.fromEntries(tableNames.map((table) => [table, 0]));
      expect(await store.count()).toEqual(empty);
      for (const table of tableNames) expect(await everything(store, table)).toEqual([]);
      const experiences = Array.from({ length: 450 }, (_, index) => experienceRecord(`e${index + 1}`));
      await store.appendExperiences(experiences);
      await store.putDecisions([decisionRecord()], [catalogueRecord('k1'), catalogueRecord('k2')]);
      for (const generation of [1, 2, 3])
        await store.putCheckpoint(checkpointRecord(generation), 2, [versionRecord(`v${generation}`)]);
      await store.putReview(reviewRecord('r1'), [auditEntry('opened'), auditEntry('seen')], null);
      await store.putTask(taskRecord());
      await store.putSetting('s', [1]);
      await store.putSignals([signalRecord('a')], [pendingRecord('d1')]);
      await store.putKnowledge([knowledgeRecord('k')], 'state', 'list@1');
      expect(await store.count()).toEqual({
        tasks: 1,
        signals: 1,
        pending: 1,
        knowledge: 1,
        decisions: 1,
        catalogue: 2,
        experiences: 450,
        checkpoints: 3,
        versions: 3,
        reviews: 1,
        audit: 2,
        settings: 2,
      });
      expect(await everything(store, 'experiences')).toEqual(
        experiences.map((record, index) => ({ ...record, position: index + 1 })),
      );
      expect(await everything(store, 'checkpoints')).toHaveLength(3);
      expect(await everything(store, 'versions')).toContainEqual(versionRecord('v2'));
      expect(await everything(store, 'reviews')).toEqual([reviewRecord('r1')]);
      expect(await everything(store, 'audit')).toMatchObject([{ sequence: 1 }, { sequence: 2, action: 'seen' }]);
      expect(await everything(store, 'settings')).toContainEqual({ key: 's', value: [1] });
      expect(await everything(store, 'signals')).toEqual([signalRecord('a')]);
      expect(await everything(store, 'pending')).toEqual([pendingRecord('d1', { arrivals: 1 })]);
      expect(await everything(store, 'knowledge')).toEqual([knowledgeRecord('k')]);
    });

    it('copies what goes in', async () => {
      const bytes = Uint8Array.from([1, 2, 3]);
      const probabilities: Record<string, number> = { a: 1 };
      const setting = { list: [1] };
      await store.putCheckpoint(checkpointRecord(1, { bytes }), 3);
      await store.putDecisions([decisionRecord({ payload: { kind: 'classification', input: {}, probabilities } })], []);
      await store.putSetting('s', setting);
      bytes.fill(0);
      probabilities['a'] = 0;
      setting.list.push(2);
      expect(await store.checkpoints('list@1')).toMatchObject([{ bytes: Uint8Array.from([1, 2, 3]) }]);
      expect(await store.decision('d1')).toMatchObject({ payload: { probabilities: { a: 1 } } });
      expect(await store.setting('s')).toEqual({ list: [1] });
    });

    it('copies what comes out', async () => {
      await store.putCheckpoint(checkpointRecord(1), 3);
      await store.appendExperiences([experienceRecord('a')]);
      const read = async () => [await store.checkpoints('list@1'), await store.experiencesAt([1])] as const;
      const [[checkpoint], [experience]] = await read();
      if (!checkpoint || checkpoint instanceof Error || !experience) throw new Error('nothing was stored');
      checkpoint.bytes.fill(0);
      Object.assign(experience.payload, { weight: 99 });
      expect(await read()).toEqual([[checkpointRecord(1)], [{ ...experienceRecord('a'), position: 1 }]]);
    });
  });
}
