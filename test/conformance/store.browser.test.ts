import { Dexie } from 'dexie';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Database } from '../../src/memory/database.ts';
import { DexieStore } from '../../src/memory/dexie-store.ts';
import { MemoryOutboxStore } from '../../src/memory/memory-outbox-store.ts';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import { openOutboxStore } from '../../src/memory/outbox-store.ts';
import { expectCode } from '../support/expect-code.ts';
import { inOpaqueWorker } from '../support/opaque-worker.ts';
import {
  auditEntry,
  catalogueRecord,
  checkpointRecord,
  decisionRecord,
  experienceRecord,
  knowledgeRecord,
  outboxRecord,
  pendingRecord,
  rankingExperience,
  reviewRecord,
  settledUpdate,
  signalRecord,
  taskRecord,
  versionRecord,
} from '../support/records.ts';
import { storeCases } from './store-cases.ts';
import { outboxStoreCases } from './store-outbox-cases.ts';

// On localhost Dexie prints every failure, also those that are asked for here.
Dexie.debug = false;

let databases = 0;
const freshNamespace = () => `store-${databases++}`;

storeCases('IndexedDB', () => DexieStore.open(freshNamespace()));
storeCases('memory', () => Promise.resolve(new MemoryStore()));
outboxStoreCases('IndexedDB', () => openOutboxStore(freshNamespace()));
outboxStoreCases('memory', () => Promise.resolve(new MemoryOutboxStore()));

describe('a database in IndexedDB', () => {
  let namespace = '';
  let store: DexieStore;
  let database: Database;
  beforeEach(async () => {
    namespace = freshNamespace();
    store = await DexieStore.open(namespace);
    database = new Database(namespace);
    await database.open();
  });
  afterEach(() => {
    store.close();
    database.close();
  });

  it('keeps everything for who opens it later', async () => {
    await store.appendExperiences([experienceRecord('a')]);
    await store.putCheckpoint(checkpointRecord(1), 3);
    await store.putDecisions([decisionRecord()], [catalogueRecord('k1')]);
    await store.putTask(taskRecord());
    store.close();
    store = await DexieStore.open(namespace);
    expect(await store.experiencesAfter('list@1', 0, 10)).toEqual([{ ...experienceRecord('a'), position: 1 }]);
    expect(await store.checkpoints('list@1')).toEqual([checkpointRecord(1)]);
    expect(await store.decision('d1')).toEqual(decisionRecord());
    expect(await store.catalogue(['k1'])).toEqual([catalogueRecord('k1')]);
    expect(await store.task('list')).toEqual(taskRecord());
    expect(await store.appendExperiences([experienceRecord('b')])).toEqual({ positions: [2], duplicates: 0 });
  });

  it('loses and doubles nothing that two of its users append at once', async () => {
    const other = await DexieStore.open(namespace);
    const batches = Array.from({ length: 20 }, (_, batch) =>
      Array.from({ length: 10 }, (_, index) => experienceRecord(`e${(batch * 5 + index) % 100}`)),
    );
    const results = await Promise.all(
      batches.flatMap((batch) => [store.appendExperiences(batch), other.appendExperiences(batch)]),
    );
    other.close();
    const positions = new Map<string, Set<number>>();
    for (const [index, batch] of batches.entries()) {
      for (const result of [results[2 * index]!, results[2 * index + 1]!]) {
        batch.forEach(({ experienceId }, place) => {
          positions.set(experienceId, (positions.get(experienceId) ?? new Set()).add(result.positions[place]!));
        });
      }
    }
    expect(
      [...positions.values()].every((given) => given.size === 1),
      'one id, one position',
    ).toBe(true);
    const stored = await store.experiencesAfter('list@1', 0, 1000);
    expect(stored).toHaveLength(100);
    expect(stored.every(({ experienceId, position }) => positions.get(experienceId)?.has(position))).toBe(true);
    expect(results.reduce((sum, { duplicates }) => sum + duplicates, 0)).toBe(40 * 10 - 100);
  });

  it('shows at once what another one has written', async () => {
    const other = await DexieStore.open(namespace);
    expect(await other.checkpoints('list@1')).toEqual([]);
    await store.putCheckpoint(checkpointRecord(1), 3);
    await store.appendExperiences([experienceRecord('a')]);
    expect(await other.checkpoints('list@1')).toEqual([checkpointRecord(1)]);
    expect(await other.countExperiencesAfter('list@1', 0)).toBe(1);
    other.close();
  });

  it('gives what was damaged the code STORAGE_FAILED', async () => {
    await database.tasks.put({ taskId: 'list', schemaHash: 5 });
    await database.decisions.put({ ...decisionRecord(), payload: { kind: 'unknown' } });
    await database.decisions.put({ ...decisionRecord({ decisionId: 'd2' }), seed: NaN });
    await database.catalogue.put({ candidateKey: 'k1', candidateId: 'x', features: { a: { b: 1 } } });
    await store.appendExperiences([experienceRecord('a')]);
    await database.segments.update(1, { rows: ['{"experienceId":"a","modelKey":"list@1"}'] });
    await database.signals.put({ ...signalRecord('a'), value: '1' });
    await database.pending.put({ ...pendingRecord('d1'), arrivals: null });
    await database.knowledge.put({ ...knowledgeRecord('k'), sources: null });
    await expectCode(() => store.task('list'), 'STORAGE_FAILED');
    await expectCode(() => store.decision('d1'), 'STORAGE_FAILED');
    await expectCode(() => store.decision('d2'), 'STORAGE_FAILED');
    await expectCode(() => store.catalogue(['k1']), 'STORAGE_FAILED');
    await expectCode(() => store.experiencesAt([1]), 'STORAGE_FAILED');
    const error = await expectCode(() => store.experiencesAfter('list@1', 0, 10), 'STORAGE_FAILED');
    expect(error.message).toContain('table experiences');
    await expectCode(() => store.signalsOf('d1'), 'STORAGE_FAILED');
    await expectCode(() => store.pending('d1'), 'STORAGE_FAILED');
    await expectCode(() => store.pendingUntil('list@1', Infinity, 1), 'STORAGE_FAILED');
    await expectCode(() => store.knowledge('list@1'), 'STORAGE_FAILED');
    await database.reviews.put({ ...reviewRecord('r1'), closedAtMs: 'later' });
    await expectCode(() => store.review('r1'), 'STORAGE_FAILED');
    await expectCode(() => store.reviews('list', 'open', 1), 'STORAGE_FAILED');
    await database.audit.put({ ...auditEntry('a'), actor: null });
    await expectCode(() => store.audit('list', 0, 1), 'STORAGE_FAILED');
    await database.versions.put({ ...versionRecord('v'), bytes: [1] });
    await expectCode(() => store.version('list@1', 'v'), 'STORAGE_FAILED');
    expect(await store.versions('list@1'), 'the others can still be listed').toEqual([]);
  });

  it('finds damage in every row of the log that it gives out, and in what holds the rows', async () => {
    const damages: [what: string, damage: object][] = [
      ['no JSON', { rows: ['{', '{'] }],
      ['no experience', { rows: [1, null] }],
      ['fewer rows than positions', { rows: [] }],
      ['no size', { size: 'two' }],
      ['a position that is none', { positions: [1, NaN] }],
    ];
    for (const [what, damage] of damages) {
      await database.segments.clear();
      await database.ledger.clear();
      await store.appendExperiences([experienceRecord('a'), experienceRecord('b')]);
      await database.segments.update(2, damage);
      await expectCode(() => store.experiencesAt([1]), 'STORAGE_FAILED');
      await expectCode(() => store.experiencesAfter('list@1', 0, 10), 'STORAGE_FAILED');
      const pages: unknown[] = [];
      for await (const page of store.pages('experiences')) pages.push(...page);
      expect(pages.length, `in the copy all the same: ${what}`).toBeGreaterThan(0);
      await store.forget({ modelKey: 'list@1', fromMs: 0 });
      expect(await store.experiencesAfter('list@1', 0, 10), 'and goes with the first forgetting').toEqual([]);
    }
  });

  it('counts the log anew where its ledger is lost or damaged', async () => {
    await store.appendExperiences(Array.from({ length: 100 }, (_, index) => experienceRecord(`e${index}`)));
    await store.forget({ modelKey: 'list@1', item: 'nothing' });
    await store.putCheckpoint(checkpointRecord(1, { epoch: 1 }), 3);
    const usage = await store.usage();
    const damages = [
      null,
      { key: 'ledger', next: 'x', models: new Map() },
      { key: 'ledger', next: 5, models: new Map([['a', 1]]) },
    ];
    for (const [index, damage] of damages.entries()) {
      await database.ledger.clear();
      if (damage) await database.ledger.put(damage);
      expect(await store.usage()).toMatchObject(index === 0 ? usage : [{ experiences: 100 + index }]);
      expect(await store.epoch('list@1')).toBe(1);
      const appended = await store.appendExperiences([experienceRecord(`new ${index}`)]);
      expect(appended).toEqual({ positions: [101 + index], duplicates: 0 });
    }
  });

  it('puts what a replay buffer refers to on a shelf, and nothing that is forgotten stays there', async () => {
    await store.appendExperiences(
      Array.from({ length: 200 }, (_, index) => rankingExperience(`e${index}`, index === 7 ? 'bad' : 'good')),
    );
    const positions = Array.from({ length: 100 }, (_, index) => index + 1);
    await store.experiencesAt(positions, 'list@1');
    expect(JSON.stringify(await database.shelves.toArray())).toContain('bad');
    await database.segments.clear();
    expect(await store.experiencesAt(positions, 'list@1'), 'read from the shelf alone').toHaveLength(100);
    await store.forget({ modelKey: 'list@1', item: 'good' });
    expect(await database.shelves.count(), 'nothing of it was in the log').toBe(1);
    await database.delete({ disableAutoOpen: false });
    store.close();
    store = await DexieStore.open(namespace);
    await database.open();
    await store.appendExperiences([rankingExperience('a', 'bad'), rankingExperience('b', 'good')]);
    await store.experiencesAt(positions, 'list@1');
    await store.forget({ modelKey: 'list@1', item: 'bad' });
    expect(await database.shelves.count()).toBe(0);
    expect((await store.experiencesAt(positions, 'list@1')).map(({ experienceId }) => experienceId)).toEqual(['b']);
  });

  it('gives a damaged checkpoint as the error, so that the one before can be tried', async () => {
    await store.putCheckpoint(checkpointRecord(1), 3);
    await database.checkpoints.put({ ...checkpointRecord(2), bytes: [1, 2, 3] });
    await store.putCheckpoint(checkpointRecord(3), 3);
    const [newest, damaged, oldest] = await store.checkpoints('list@1');
    expect([newest, oldest]).toEqual([checkpointRecord(3), checkpointRecord(1)]);
    expect(damaged).toMatchObject({ name: 'TendrilError', code: 'STORAGE_FAILED' });
    await store.putCheckpoint(checkpointRecord(2), 3);
    expect(await store.checkpoints('list@1')).toEqual([3, 2, 1].map((generation) => checkpointRecord(generation)));
  });

  it('passes over an entry of the outbox that was damaged', async () => {
    const outbox = await openOutboxStore(namespace);
    await outbox.add(outboxRecord('a'));
    await database.outbox.put({ ...outboxRecord('b'), bytes: 'not bytes' });
    expect((await outbox.list()).map(({ id }) => id)).toEqual(['a']);
  });

  it('refuses a setting that is no data', async () => {
    await expectCode(() => store.putSetting('function', () => 1), 'STORAGE_FAILED');
  });

  it('that was closed answers everything with STORAGE_FAILED', async () => {
    store.close();
    const calls: (() => Promise<unknown>)[] = [
      () => store.task('list'),
      () => store.putTask(taskRecord()),
      () => store.putDecisions([decisionRecord()], []),
      () => store.decision('d1'),
      () => store.catalogue(['k1']),
      () => store.appendExperiences([experienceRecord('a')]),
      () => store.experiencesAfter('list@1', 0, 1),
      () => store.experiencesAt([1]),
      () => store.countExperiencesAfter('list@1', 0),
      () => store.putCheckpoint(checkpointRecord(1), 3),
      () => store.checkpoints('list@1'),
      () => store.setting('s'),
      () => store.putSetting('s', 1),
      () => store.putSignals([signalRecord('a')], [pendingRecord('d1')]),
      () => store.signalsOf('d1'),
      () => store.pending('d1'),
      () => store.pendingUntil('list@1', 1, 1),
      () => store.nextDueAtMs('list@1'),
      () => store.settle([], [settledUpdate('d1')]),
      () => store.decisionsBefore('list@1', 1, 1),
      () => store.epoch('list@1'),
      () => store.knowledge('list@1'),
      () => store.knowledgeHistory('list@1', 'preference', 'a'),
      () => store.putKnowledge([knowledgeRecord('k')], null, 'list@1'),
      () => store.overrule(checkpointRecord(1), true),
      () => store.version('list@1', 'a'),
      () => store.versions('list@1'),
      () => store.pruneVersions('list@1', [], 0),
      () => store.putReview(reviewRecord('r1'), [], null),
      () => store.review('r1'),
      () => store.reviews('list', 'open', 1),
      () => store.countReviews('list', 'open'),
      () => store.appendAudit([auditEntry('a')]),
      () => store.audit('list', 0, 1),
      () => store.usage(),
      () => store.prune({ modelKey: 'list@1', beforeMs: 1, upTo: 1 }),
      () => store.relieve(0.5),
      () => store.forget({ modelKey: 'list@1', item: 'x' }),
      () => store.count(),
    ];
    for (const call of calls) await expectCode(call, 'STORAGE_FAILED');
  });

  it('gives way to who deletes it or brings a newer version, and does not go on with what is there then', async () => {
    await settled(indexedDB.deleteDatabase(namespace));
    await expectCode(() => store.appendExperiences([experienceRecord('a')]), 'STORAGE_FAILED');
    store = await DexieStore.open(namespace);
    (await settled(indexedDB.open(namespace, 1_000_000))).close();
    await expectCode(() => store.appendExperiences([experienceRecord('a')]), 'STORAGE_FAILED');
  });
});

it('a full storage says STORAGE_QUOTA and keeps what it has', async () => {
  const store = await openWithin(500_000);
  await store.putCheckpoint(checkpointRecord(1), 3);
  const bytes = noise(4_000_000);
  await expectCode(() => store.putCheckpoint(checkpointRecord(2, { bytes }), 3), 'STORAGE_QUOTA');
  await expectCode(() => store.putSetting('large', bytes), 'STORAGE_QUOTA');
  expect(await store.checkpoints('list@1')).toEqual([checkpointRecord(1)]);
  store.close();
});

/** A store in a storage bucket of its own (WICG Storage Buckets), which the browser lets have no more than `quota` bytes. */
async function openWithin(quota: number): Promise<DexieStore> {
  const { storageBuckets } = navigator as unknown as {
    storageBuckets: { open(name: string, options: { quota: number }): Promise<{ indexedDB: IDBFactory }> };
  };
  const { indexedDB: own } = Dexie.dependencies;
  Dexie.dependencies.indexedDB = (await storageBuckets.open(freshNamespace(), { quota })).indexedDB;
  try {
    return await DexieStore.open(freshNamespace());
  } finally {
    Dexie.dependencies.indexedDB = own;
  }
}

/** Random bytes: nothing that a storage engine could make smaller. */
function noise(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let start = 0; start < length; start += 65_536) crypto.getRandomValues(bytes.subarray(start, start + 65_536));
  return bytes;
}

it('where IndexedDB is forbidden the answer is STORAGE_UNAVAILABLE', async () => {
  const codeOf = (call: string) => `
    try { await ${call}; return 'it opened'; } catch (caught) { return [self.origin, caught.name, caught.code]; }`;
  const forbidden = ['null', 'TendrilError', 'STORAGE_UNAVAILABLE'];
  const [store, outbox] = ['/src/memory/dexie-store.ts', '/src/memory/outbox-store.ts'];
  expect(await inOpaqueWorker(store, codeOf(`imported.DexieStore.open('forbidden')`))).toEqual(forbidden);
  expect(await inOpaqueWorker(outbox, codeOf(`imported.openOutboxStore('forbidden')`))).toEqual(forbidden);
});

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('the request failed'));
  });
}
