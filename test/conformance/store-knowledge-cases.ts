import { describe, expect, it } from 'vitest';
import { consolidationKey, KNOWLEDGE_REVISIONS, type Store } from '../../src/memory/store.ts';
import { knowledgeRecord } from '../support/records.ts';

/** What every store does with what was consolidated. @param current the store of the running test */
export function storeKnowledgeCases(current: () => Store): void {
  describe('knowledge', () => {
    it('comes back with the state of the consolidation that made it, for its model alone', async () => {
      const [a, b] = [knowledgeRecord('a', { key: 'x' }), knowledgeRecord('b', { kind: 'context', value: [1, null] })];
      await current().putKnowledge([a, b], { upTo: 7 }, 'list@1');
      await current().putKnowledge([knowledgeRecord('c', { modelKey: 'list@10' })], { upTo: 8 }, 'list@10');
      expect(await current().knowledge('list@1')).toEqual([b, a]);
      expect(await current().setting(consolidationKey('list@1'))).toEqual({ upTo: 7 });
      expect(await current().knowledge('nobody')).toEqual([]);
    });

    it('keeps the last revisions of each kind and key, and marks those that are superseded', async () => {
      const revisions = KNOWLEDGE_REVISIONS + 2;
      for (let revision = 1; revision <= revisions; revision++) {
        const supersedes = revision === 1 ? null : `k${revision - 1}`;
        const record = knowledgeRecord(`k${revision}`, { revision, supersedes, madeAtMs: 100 * revision });
        await current().putKnowledge([record, knowledgeRecord('other', { key: 'y' })], revision, 'list@1');
      }
      const history = await current().knowledgeHistory('list@1', 'preference', 'topic=css');
      expect(history.map(({ knowledgeId, supersededAtMs }) => [knowledgeId, supersededAtMs])).toEqual([
        ['k5', null],
        ['k4', 500],
        ['k3', 400],
      ]);
      expect((await current().knowledge('list@1')).map(({ knowledgeId }) => knowledgeId)).toEqual(['k5', 'other']);
      expect(await current().knowledgeHistory('list@1', 'preference', 'nothing')).toEqual([]);
    });

    it('written again is the same', async () => {
      const [first, second] = [
        knowledgeRecord('k1', { madeAtMs: 1 }),
        knowledgeRecord('k2', { revision: 2, supersedes: 'k1', madeAtMs: 2 }),
      ];
      for (let time = 0; time < 2; time++) await current().putKnowledge([first, second], time, 'list@1');
      expect(await current().knowledgeHistory('list@1', 'preference', 'topic=css')).toEqual([
        second,
        { ...first, supersededAtMs: 2 },
      ]);
    });
  });
}
