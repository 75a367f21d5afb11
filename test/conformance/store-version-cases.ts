import { describe, expect, it } from 'vitest';
import type { Store } from '../../src/memory/store.ts';
import { checkpointRecord, rankingExperience, versionRecord } from '../support/records.ts';

const modelKey = 'list@1';

/** How every store keeps versions, and what overrules a learner. @param current the store of the running test */
export function storeVersionCases(current: () => Store): void {
  const digests = async (key = modelKey) => (await current().versions(key)).map(({ digest }) => digest);
  const put = (digest: string, createdAtMs: number, rest: Parameters<typeof versionRecord>[1] = {}) =>
    current().putCheckpoint(checkpointRecord(createdAtMs, { learnedTo: createdAtMs }), 3, [
      versionRecord(digest, { createdAtMs, ...rest }),
    ]);

  describe('versions', () => {
    it('come with the checkpoint that names them first, whole by their digest and as a list without bytes', async () => {
      await put('b', 2, { bytes: Uint8Array.from([1, 2]) });
      await put('a', 1, { about: null });
      const { bytes, ...about } = versionRecord('b', { createdAtMs: 2, bytes: Uint8Array.from([1, 2]) });
      expect(await current().version(modelKey, 'b')).toEqual({ ...about, bytes });
      const [oldest, newest] = await current().versions(modelKey);
      expect(oldest).toMatchObject({ digest: 'a', about: null, sizeBytes: 4 });
      expect(newest).toEqual({ ...about, sizeBytes: 2 });
      expect(await current().version(modelKey, 'c')).toBeUndefined();
      expect(await current().version('other@1', 'b')).toBeUndefined();
      expect(await current().versions('other@1')).toEqual([]);
    });

    it('of one time come by what they have learned', async () => {
      for (const [digest, trainedTo] of [
        ['c', 9],
        ['a', 5],
        ['b', 7],
      ] as const)
        await put(digest, 1, { trainedTo });
      expect(await digests()).toEqual(['a', 'b', 'c']);
    });

    it('are not stored where the checkpoint is refused', async () => {
      await current().forget({ modelKey, item: 'nothing' });
      expect(await put('a', 1)).toBe(false);
      expect(await digests()).toEqual([]);
      expect(await current().putCheckpoint(checkpointRecord(1, { epoch: 1 }), 3, [versionRecord('a')])).toBe(true);
      expect(await digests()).toEqual(['a']);
    });

    it('stay as they were when they are named again', async () => {
      await put('a', 1);
      await put('a', 1);
      expect(await current().versions(modelKey)).toHaveLength(1);
    });

    it('are copied in and out', async () => {
      const bytes = Uint8Array.from([7, 7]);
      await current().putCheckpoint(checkpointRecord(1), 3, [versionRecord('a', { bytes })]);
      bytes.fill(0);
      (await current().version(modelKey, 'a'))?.bytes.fill(1);
      expect((await current().version(modelKey, 'a'))?.bytes).toEqual(Uint8Array.from([7, 7]));
    });

    it('go from the oldest on until the rest fits, but for those to keep', async () => {
      for (const [index, digest] of ['a', 'b', 'c', 'd'].entries())
        await put(digest, index + 1, { bytes: new Uint8Array(100) });
      await current().putCheckpoint(checkpointRecord(1, { modelKey: 'other@1' }), 3, [
        versionRecord('a', { modelKey: 'other@1', bytes: new Uint8Array(1000) }),
      ]);
      expect(await current().pruneVersions(modelKey, ['a'], 400)).toBe(0);
      expect(await current().pruneVersions(modelKey, ['a'], 399)).toBe(1);
      expect(await digests()).toEqual(['a', 'c', 'd']);
      expect(await current().pruneVersions(modelKey, ['a', 'd'], 0)).toBe(1);
      expect(await digests()).toEqual(['a', 'd']);
      expect(await digests('other@1')).toEqual(['a']);
    });

    it('that have learned what is forgotten go with it, and no others', async () => {
      await current().appendExperiences(['x', 'y', 'x'].map((item, index) => rankingExperience(`e${index}`, item)));
      for (const [digest, trainedTo] of [
        ['zero', 0],
        ['one', 1],
        ['two', 2],
      ] as const)
        await put(digest, trainedTo + 1, { trainedTo });
      expect(await current().forget({ modelKey, item: 'y' })).toMatchObject({ versions: 1, removed: { first: 2 } });
      expect(await digests()).toEqual(['zero', 'one']);
      expect(await current().forget({ modelKey, item: 'nothing' })).toMatchObject({ versions: 0 });
      expect(await current().forget({ modelKey, item: 'x' })).toMatchObject({ versions: 1 });
      expect(await digests()).toEqual(['zero']);
    });
  });

  describe('overruling', () => {
    const { generation: _, ...restored } = checkpointRecord(0, { learnedTo: 1, bytes: Uint8Array.from([9]) });

    it('makes a checkpoint the newest one, and a learner that has not heard of it cannot store over it', async () => {
      for (const generation of [1, 2]) await current().putCheckpoint(checkpointRecord(generation), 3);
      await current().overrule(restored, false);
      const [newest, ...others] = await current().checkpoints(modelKey);
      expect(newest).toEqual({ ...restored, generation: 3, epoch: 1 });
      expect(others).toEqual([checkpointRecord(2), checkpointRecord(1)]);
      expect(await current().epoch(modelKey)).toBe(1);
      expect(await current().putCheckpoint(checkpointRecord(4), 3)).toBe(false);
      expect(await current().checkpoints(modelKey)).toHaveLength(3);
      expect(await current().putCheckpoint(checkpointRecord(4, { epoch: 1 }), 3)).toBe(true);
    });

    it('may drop every other checkpoint of the model', async () => {
      for (const generation of [1, 2]) await current().putCheckpoint(checkpointRecord(generation), 3);
      await current().putCheckpoint(checkpointRecord(1, { modelKey: 'other@1' }), 3);
      await current().overrule(restored, true);
      expect(await current().checkpoints(modelKey)).toEqual([{ ...restored, generation: 3, epoch: 1 }]);
      expect(await current().checkpoints('other@1')).toHaveLength(1);
      expect(await current().epoch('other@1')).toBe(0);
    });

    it('is the first checkpoint where there is none', async () => {
      await current().overrule(restored, false);
      expect(await current().checkpoints(modelKey)).toEqual([{ ...restored, generation: 1, epoch: 1 }]);
    });
  });
}
