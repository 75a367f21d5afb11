import { beforeEach, describe, expect, it } from 'vitest';
import type { OutboxStore } from '../../src/sync/outbox.ts';
import { outboxRecord } from '../support/records.ts';

/** What every {@link OutboxStore} has to do. @param open gives an empty one */
export function outboxStoreCases(name: string, open: () => Promise<OutboxStore>): void {
  describe(`outbox store: ${name}`, () => {
    let store: OutboxStore;
    beforeEach(async () => {
      store = await open();
    });
    const ids = async () => (await store.list()).map(({ id }) => id);

    it('gives entries back as they were, with and without an alias', async () => {
      const { alias, ...withoutAlias } = outboxRecord('b', { createdAtMs: 2 });
      await store.add(outboxRecord('a', { createdAtMs: 1 }));
      await store.add(withoutAlias);
      expect(await store.list()).toEqual([outboxRecord('a', { createdAtMs: 1 }), withoutAlias]);
      expect(alias).toBe('champion');
    });

    it('lists the oldest first, whatever its id and whenever it was updated', async () => {
      await store.add(outboxRecord('a', { createdAtMs: 3 }));
      await store.add(outboxRecord('b', { createdAtMs: 1 }));
      await store.add(outboxRecord('c', { createdAtMs: 2 }));
      await store.update(outboxRecord('b', { createdAtMs: 1, attempts: 1 }));
      expect(await ids()).toEqual(['b', 'c', 'a']);
    });

    it('replaces an entry that is added again or updated', async () => {
      await store.add(outboxRecord('a'));
      await store.add(outboxRecord('a', { attempts: 1 }));
      const lastError = { code: 'REGISTRY_UNREACHABLE', message: 'no network' };
      await store.update(outboxRecord('a', { attempts: 2, lastError, parked: true }));
      expect(await store.list()).toEqual([outboxRecord('a', { attempts: 2, lastError, parked: true })]);
    });

    it('removes an entry, also one that is gone', async () => {
      await store.add(outboxRecord('a'));
      await store.add(outboxRecord('b'));
      await store.remove('a');
      await store.remove('a');
      expect(await ids()).toEqual(['b']);
    });

    it('does not bring back an entry that is updated when it is gone', async () => {
      await store.add(outboxRecord('a'));
      await store.remove('a');
      await store.update(outboxRecord('a', { attempts: 1 }));
      expect(await ids()).toEqual([]);
    });

    it('copies entries in and out', async () => {
      const bytes = Uint8Array.from([1, 2, 3]);
      await store.add(outboxRecord('a', { bytes }));
      bytes.fill(0);
      const [read] = await store.list();
      read?.bytes.fill(9);
      expect((await store.list())[0]?.bytes).toEqual(Uint8Array.from([1, 2, 3]));
    });
  });
}
