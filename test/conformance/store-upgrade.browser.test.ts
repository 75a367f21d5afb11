import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DexieStore } from '../../src/memory/dexie-store.ts';
import { openOutboxStore } from '../../src/memory/outbox-store.ts';
import { tableNames, type Store } from '../../src/memory/store.ts';
import version1 from '../fixtures/database-v1.json' with { type: 'json' };
import version2 from '../fixtures/database-v2.json' with { type: 'json' };
import version3 from '../fixtures/database-v3.json' with { type: 'json' };
import { fillCurrent } from './store-fixture.ts';
import { buildDatabase, dumpDatabase } from '../support/raw-database.ts';
import {
  auditEntry,
  catalogueRecord,
  checkpointRecord,
  decisionRecord,
  experienceRecord,
  knowledgeRecord,
  outboxRecord,
  rankingExperience,
  reviewRecord,
  settledItem,
  signalRecord,
  taskRecord,
  versionRecord,
} from '../support/records.ts';

let databases = 0;
let namespace = '';
beforeEach(() => {
  namespace = `upgrade-${databases++}`;
});

const idsOf = (records: readonly { readonly experienceId: string; readonly position: number }[]) =>
  records.map(({ experienceId, position }) => `${experienceId} at ${position}`);

async function everything(store: Store): Promise<Record<string, unknown[]>> {
  const tables: Record<string, unknown[]> = {};
  for (const table of tableNames) {
    const records: unknown[] = [];
    for await (const page of store.pages(table)) records.push(...page);
    tables[table] = records;
  }
  return tables;
}

describe('a database of version 1', () => {
  let store: DexieStore;
  beforeEach(async () => {
    await buildDatabase(namespace, version1);
    store = await DexieStore.open(namespace);
  });
  afterEach(() => {
    store.close();
  });

  it('has its log as it was, at the same positions', async () => {
    expect(idsOf(await store.experiencesAfter('list@1', 0, 10))).toEqual(['a at 1', 'b at 2', 'e at 5', 'f at 6']);
    expect(idsOf(await store.experiencesAfter('other@2', 0, 10))).toEqual(['c at 3', 'd at 4']);
    const stored = version1.stores.find(({ name }) => name === 'experiences')?.records;
    expect(stored).toHaveLength(6);
    expect((await everything(store))['experiences']).toEqual(stored);
    expect(await store.experiencesAt([6, 1])).toEqual([stored?.[5], stored?.[0]]);
    expect(await store.countExperiencesAfter('list@1', 1)).toBe(3);
    expect(await store.usage()).toMatchObject([
      { modelKey: 'list@1', experiences: 4, oldestAtMs: 1_700_000_000_001 },
      { modelKey: 'other@2', experiences: 2 },
    ]);
  });

  it('has everything else as it was', async () => {
    expect(await store.task('list')).toEqual(taskRecord());
    expect(await store.decision('d1')).toEqual(decisionRecord());
    expect((await store.decisionsBefore('list@1', Infinity, 10)).map(({ decisionId }) => decisionId)).toEqual([
      'd2',
      'd1',
    ]);
    expect(await store.catalogue(['0a:k1', '0b:k2'])).toEqual(['0a:k1', '0b:k2'].map((key) => catalogueRecord(key)));
    expect(await store.checkpoints('list@1')).toEqual(
      [4, 3, 2].map((generation) => checkpointRecord(generation, { learnedTo: generation })),
    );
    expect(await store.setting('probe/list')).toEqual({ chosen: 'cpu', results: [1, null] });
    const outbox = await openOutboxStore(namespace);
    expect(await outbox.list()).toEqual([outboxRecord('o1')]);
    expect(await store.count()).toEqual({
      tasks: 1,
      decisions: 2,
      catalogue: 2,
      signals: 0,
      pending: 0,
      experiences: 6,
      knowledge: 0,
      checkpoints: 4,
      versions: 0,
      reviews: 0,
      audit: 0,
      settings: 1,
    });
  });

  it('is gone on with: what is there stays, what is new comes after it', async () => {
    const appended = await store.appendExperiences([experienceRecord('f'), experienceRecord('new')]);
    expect(appended).toEqual({ positions: [6, 7], duplicates: 1 });
    expect(await store.putCheckpoint(checkpointRecord(5, { learnedTo: 7 }), 3)).toBe(true);
    expect(await store.epoch('list@1')).toBe(0);
    store.close();
    store = await DexieStore.open(namespace);
    expect(await store.countExperiencesAfter('list@1', 4)).toBe(3);
    expect(await store.forget({ modelKey: 'list@1', item: 'x' })).toMatchObject({
      experiences: 2,
      checkpoints: 4,
      learnedTo: null,
    });
  });

  it('may have been damaged: what can be read stays, and damage is found when it is read', async () => {
    const own = `${namespace}-damaged`;
    const experiences = version1.stores.find(({ name }) => name === 'experiences')!;
    const records = experiences.records.map((record, index) =>
      index === 1 ? { position: 2, experienceId: 'b', modelKey: 'list@1', payload: 5 } : record,
    );
    records.push({ position: 9, experienceId: 'no model' } as never);
    const stores = version1.stores.map((one) => (one === experiences ? { ...experiences, records } : one));
    await buildDatabase(own, { ...version1, stores });
    const damaged = await DexieStore.open(own);
    expect(idsOf(await damaged.experiencesAt([1, 3]))).toEqual(['a at 1', 'c at 3']);
    await expect(damaged.experiencesAt([2])).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
    expect((await damaged.appendExperiences([experienceRecord('new')])).positions).toEqual([10]);
    expect((await everything(damaged))['experiences']).toHaveLength(8);
    damaged.close();
  });
});

it('many experiences of a version-1 database all move', async () => {
  const count = 2500;
  const stores = version1.stores.map((one) =>
    one.name === 'experiences'
      ? {
          ...one,
          records: Array.from({ length: count }, (_, index) => ({
            ...experienceRecord(`e${index}`),
            position: index + 1,
          })),
        }
      : one,
  );
  await buildDatabase(namespace, { version: version1.version, stores });
  const store = await DexieStore.open(namespace);
  const read = await store.experiencesAfter('list@1', 0, count + 1);
  expect(read.map(({ position }) => position)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
  expect(await store.appendExperiences([experienceRecord('e7')])).toEqual({ positions: [8], duplicates: 1 });
  store.close();
});

describe.each([
  ['2', version2],
  ['3', version3],
])('a database of version %s', (_, stored) => {
  beforeEach(async () => {
    await buildDatabase(namespace, stored);
  });

  it('opens with everything in it', async () => {
    const store = await DexieStore.open(namespace);
    expect(idsOf(await store.experiencesAfter('list@1', 0, 10))).toEqual(['a at 1', 'd at 4', 'e at 5']);
    expect(await store.experiencesAt([5], 'list@1')).toEqual([{ ...rankingExperience('e', 'y'), position: 5 }]);
    expect(await store.signalsOf('d1')).toEqual([signalRecord('s1')]);
    expect((await store.pending('d1'))?.settled).toEqual({ y: settledItem('e') });
    expect(await store.knowledge('list@1')).toEqual([knowledgeRecord('k1')]);
    expect(await store.epoch('list@1')).toBe(1);
    expect(await store.count()).toMatchObject({ tasks: 1, decisions: 1, experiences: 4, checkpoints: 1, settings: 2 });
    store.close();
  });

  it('knows what is in its log', async () => {
    const store = await DexieStore.open(namespace);
    const appended = ['b', 'a', 'c', 'd', 'e'].map((id) => experienceRecord(id));
    expect(await store.appendExperiences(appended)).toEqual({ positions: [6, 1, 3, 4, 5], duplicates: 4 });
    store.close();
  });
});

it('a database of version 3 has versions, reviews and an audit trail, where earlier ones have room for them', async () => {
  await buildDatabase(namespace, version3);
  const store = await DexieStore.open(namespace);
  expect(await store.version('list@1', '0123')).toEqual(versionRecord('0123'));
  expect(await store.reviews('list', 'open', 9)).toEqual([reviewRecord('r1')]);
  expect(await store.audit('list', 0, 9)).toEqual([{ ...auditEntry('opened'), sequence: 1 }]);
  store.close();
  await buildDatabase(`${namespace}-earlier`, version2);
  const earlier = await DexieStore.open(`${namespace}-earlier`);
  expect(await earlier.versions('list@1')).toEqual([]);
  expect(await earlier.putReview(reviewRecord('r1'), [auditEntry('opened')], null)).toBe(true);
  expect(await earlier.putCheckpoint(checkpointRecord(2, { epoch: 1 }), 3, [versionRecord('0123')])).toBe(true);
  expect(await earlier.count()).toMatchObject({ versions: 1, reviews: 1, audit: 1 });
  earlier.close();
});

it('a database of version 3 is what is written today: where this fails, the stored form has changed and needs a version of its own', async () => {
  await fillCurrent(namespace);
  expect(await dumpDatabase(namespace)).toEqual(version3);
});

it('where an experience is rewritten, nothing stays of what version 2 kept to find it by', async () => {
  const segments = version2.stores.find(({ name }) => name === 'segments')!;
  expect(JSON.stringify(segments.records)).toContain('"ids"');
  const stores = version2.stores.map((one) =>
    one === segments ? { ...one, records: [] } : one.name === 'ledger' ? { ...one, records: [] } : one,
  );
  const [a, b] = ['a', 'b'].map((id, index) => ({ ...rankingExperience(id, id), position: index + 1 }));
  const segment = { last: 2, modelKey: 'list@1', size: 2, bytes: 2, fromMs: 1, ids: ['of a', 'of b'] };
  const both = { ...segment, positions: [1, 2], rows: [a, b].map((one) => JSON.stringify(one)) };
  await buildDatabase(namespace, {
    version: version2.version,
    stores: stores.map((one) => (one.name === 'segments' ? { ...one, records: [both] } : one)),
  });
  const store = await DexieStore.open(namespace);
  await store.forget({ modelKey: 'list@1', item: 'a' });
  store.close();
  const left = (await dumpDatabase(namespace)).stores.find(({ name }) => name === 'segments')?.records;
  expect(left).toMatchObject([{ last: 2, size: 1, positions: [2] }]);
  expect(left?.[0]).not.toHaveProperty('ids');
});
