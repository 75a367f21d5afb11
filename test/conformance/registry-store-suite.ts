import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RegistryError, type RegistryErrorCode } from '../../server/registry-error.ts';
import type { AliasChange, NewModelVersion, RegistryStore } from '../../server/stores/registry-store.ts';

/** A place for one registry: `open` can be called again after `close`, and finds what was stored. */
export interface RegistryPlace {
  open(): Promise<RegistryStore>;
  remove(): Promise<void>;
}

const digestOf = (content: number): string => `sha256:${content.toString(16).padStart(64, '0')}`;

const newVersion = (content: number, rest: Partial<NewModelVersion> = {}): NewModelVersion => ({
  model: 'reader',
  digest: digestOf(content),
  sizeBytes: 100 + content,
  metadata: { 'tendril.format': 'test', content: String(content) },
  idempotencyKey: null,
  nowMs: 1_700_000_000_000 + content,
  ...rest,
});

const change = (rest: Partial<AliasChange> = {}): AliasChange => ({
  model: 'reader',
  alias: 'champion',
  movedBy: null,
  nowMs: 1_800_000_000_000,
  precondition: () => true,
  ...rest,
});

async function expectCode(promise: Promise<unknown>, code: RegistryErrorCode): Promise<void> {
  const error: unknown = await promise.then(
    () => null,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(RegistryError);
  expect((error as RegistryError).code).toBe(code);
}

/** What every RegistryStore has to do. */
export function describeRegistryStore(name: string, createPlace: () => Promise<RegistryPlace>): void {
  describe(`registry store: ${name}`, () => {
    let place: RegistryPlace;
    let store: RegistryStore;

    beforeEach(async () => {
      place = await createPlace();
      store = await place.open();
    });
    afterEach(async () => {
      await store.close();
      await place.remove();
    });

    describe('publish', () => {
      it('numbers the versions of each model from 1', async () => {
        const first = await store.publish(newVersion(7));
        const second = await store.publish(newVersion(8));
        const other = await store.publish(newVersion(7, { model: 'other' }));
        expect(first).toEqual({
          created: true,
          version: {
            model: 'reader',
            modelVersion: 1,
            digest: digestOf(7),
            sizeBytes: 107,
            createdAtMs: 1_700_000_000_007,
            metadata: { 'tendril.format': 'test', content: '7' },
          },
        });
        expect(second.version.modelVersion).toBe(2);
        expect(other.version).toMatchObject({ model: 'other', modelVersion: 1 });
      });

      it('gives the version that has these bytes already', async () => {
        const { version } = await store.publish(newVersion(7));
        await store.publish(newVersion(8));
        expect(await store.publish(newVersion(7, { nowMs: 5 }))).toEqual({ version, created: false });
      });

      it('gives the version of a key that was used before', async () => {
        const { version } = await store.publish(newVersion(7, { idempotencyKey: 'key' }));
        expect(await store.publish(newVersion(7, { idempotencyKey: 'key' }))).toEqual({ version, created: false });
      });

      it('refuses a key that was used for other bytes, also one that came with known bytes', async () => {
        await store.publish(newVersion(7));
        await store.publish(newVersion(7, { idempotencyKey: 'key' }));
        await expectCode(store.publish(newVersion(8, { idempotencyKey: 'key' })), 'IDEMPOTENCY_KEY_REUSED');
        expect(await store.model('reader')).toMatchObject({ latestModelVersion: 1 });
        expect((await store.publish(newVersion(8, { model: 'other', idempotencyKey: 'key' }))).created).toBe(true);
      });

      it('leaves no gap and gives no number twice when many publish at once', async () => {
        const results = await Promise.all(Array.from({ length: 20 }, (_, i) => store.publish(newVersion(i + 1))));
        const numbers = results.map(({ version }) => version.modelVersion).sort((a, b) => a - b);
        expect(numbers).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
      });

      it('gives one version when the same is published many times at once', async () => {
        const results = await Promise.all(
          Array.from({ length: 10 }, () => store.publish(newVersion(7, { idempotencyKey: 'key' }))),
        );
        expect(new Set(results.map(({ version }) => version.modelVersion))).toEqual(new Set([1]));
        expect(results.filter(({ created }) => created)).toHaveLength(1);
      });

      it('keeps texts as they are', async () => {
        const metadata = { quote: `'; drop table models; --`, emoji: '\u{1F331}', empty: '', zero: 'a\u0000b' };
        await store.publish(newVersion(7, { metadata }));
        expect((await store.version('reader', 1))?.metadata).toEqual(metadata);
      });
    });

    describe('reading', () => {
      it('gives null or nothing for what is not there', async () => {
        expect(await store.models(10, null)).toEqual([]);
        expect(await store.model('reader')).toBeNull();
        expect(await store.versions('reader', { limit: 10, before: null })).toEqual([]);
        expect(await store.version('reader', 1)).toBeNull();
        expect(await store.alias('reader', 'champion')).toBeNull();
        expect(await store.aliases('reader')).toEqual([]);
        expect(await store.aliasHistory('reader', 'champion')).toEqual([]);
      });

      it('lists models by name, a page at a time', async () => {
        for (const model of ['c', 'a', 'b']) await store.publish(newVersion(7, { model }));
        await store.publish(newVersion(8, { model: 'b' }));
        const page = await store.models(2, null);
        expect(page).toEqual([
          { model: 'a', createdAtMs: 1_700_000_000_007, latestModelVersion: 1 },
          { model: 'b', createdAtMs: 1_700_000_000_007, latestModelVersion: 2 },
        ]);
        expect((await store.models(2, 'b')).map(({ model }) => model)).toEqual(['c']);
      });

      it('lists versions from the newest, a page at a time', async () => {
        for (let content = 1; content <= 12; content++) await store.publish(newVersion(content));
        const numbers = async (before: number | null) =>
          (await store.versions('reader', { limit: 5, before })).map(({ modelVersion }) => modelVersion);
        expect(await numbers(null)).toEqual([12, 11, 10, 9, 8]);
        expect(await numbers(8)).toEqual([7, 6, 5, 4, 3]);
        expect(await numbers(3)).toEqual([2, 1]);
      });
    });

    describe('aliases', () => {
      beforeEach(async () => {
        await store.publish(newVersion(7));
        await store.publish(newVersion(8));
      });

      it('points to a version and remembers every move', async () => {
        await store.setAlias(change({ movedBy: 'ann' }), 1);
        const moved = await store.setAlias(change({ nowMs: 1_800_000_000_009 }), 2);
        expect(moved).toEqual({
          model: 'reader',
          alias: 'champion',
          modelVersion: 2,
          digest: digestOf(8),
          revision: 2,
          updatedAtMs: 1_800_000_000_009,
        });
        expect(await store.alias('reader', 'champion')).toEqual(moved);
        expect(await store.aliasHistory('reader', 'champion')).toEqual([
          { revision: 2, fromModelVersion: 1, toModelVersion: 2, movedAtMs: 1_800_000_000_009, movedBy: null },
          { revision: 1, fromModelVersion: null, toModelVersion: 1, movedAtMs: 1_800_000_000_000, movedBy: 'ann' },
        ]);
      });

      it('changes nothing when it points there already', async () => {
        const first = await store.setAlias(change(), 1);
        expect(await store.setAlias(change({ nowMs: 9 }), 1)).toEqual(first);
        expect(await store.aliasHistory('reader', 'champion')).toHaveLength(1);
      });

      it('lists the aliases of one model by name', async () => {
        await store.publish(newVersion(7, { model: 'other' }));
        await store.setAlias(change({ alias: 'challenger' }), 2);
        await store.setAlias(change(), 1);
        await store.setAlias(change({ model: 'other' }), 1);
        expect((await store.aliases('reader')).map(({ alias, modelVersion }) => [alias, modelVersion])).toEqual([
          ['challenger', 2],
          ['champion', 1],
        ]);
      });

      it('moves only if the state it starts from is accepted', async () => {
        const seen: unknown[] = [];
        const precondition: AliasChange['precondition'] = (current) => {
          seen.push(current);
          return current === null;
        };
        const first = await store.setAlias(change({ precondition }), 1);
        await expectCode(store.setAlias(change({ precondition }), 2), 'PRECONDITION_FAILED');
        expect(seen).toEqual([null, first]);
        expect(await store.alias('reader', 'champion')).toEqual(first);
      });

      it('lets one of many win when they start from the same state', async () => {
        const { revision } = await store.setAlias(change(), 1);
        const precondition: AliasChange['precondition'] = (current) => current?.revision === revision;
        const moves = Array.from({ length: 8 }, () => store.setAlias(change({ precondition }), 2));
        const outcomes = await Promise.allSettled(moves);
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        expect(await store.aliasHistory('reader', 'champion')).toHaveLength(2);
      });

      it('is deleted with its history kept, and never has a revision twice', async () => {
        await store.setAlias(change(), 2);
        await expectCode(store.deleteAlias(change({ precondition: () => false })), 'PRECONDITION_FAILED');
        await store.deleteAlias(change({ nowMs: 1_800_000_000_001 }));
        expect(await store.alias('reader', 'champion')).toBeNull();
        expect((await store.aliasHistory('reader', 'champion'))[0]).toEqual({
          revision: 2,
          fromModelVersion: 2,
          toModelVersion: null,
          movedAtMs: 1_800_000_000_001,
          movedBy: null,
        });
        expect((await store.setAlias(change(), 2)).revision).toBe(3);
      });

      it('refuses what does not exist, and changes nothing then', async () => {
        await expectCode(store.setAlias(change({ model: 'nobody' }), 1), 'UNKNOWN_MODEL');
        await expectCode(store.setAlias(change(), 3), 'UNKNOWN_MODEL_VERSION');
        await expectCode(store.deleteAlias(change({ model: 'nobody' })), 'UNKNOWN_MODEL');
        await expectCode(store.deleteAlias(change()), 'UNKNOWN_ALIAS');
        expect(await store.aliasHistory('reader', 'champion')).toEqual([]);
        expect(await store.model('nobody')).toBeNull();
      });
    });

    it('keeps everything when it is closed and opened again', async () => {
      await store.publish(newVersion(7, { idempotencyKey: 'key' }));
      const champion = await store.setAlias(change({ movedBy: 'ann' }), 1);
      const [versions, history] = [
        await store.versions('reader', { limit: 9, before: null }),
        await store.aliasHistory('reader', 'champion'),
      ];
      await store.close();
      store = await place.open();
      expect(await store.versions('reader', { limit: 9, before: null })).toEqual(versions);
      expect(await store.alias('reader', 'champion')).toEqual(champion);
      expect(await store.aliasHistory('reader', 'champion')).toEqual(history);
      expect((await store.publish(newVersion(7, { idempotencyKey: 'key' }))).created).toBe(false);
      expect((await store.publish(newVersion(8))).version.modelVersion).toBe(2);
    });
  });
}
