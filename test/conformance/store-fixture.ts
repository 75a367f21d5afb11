import { DexieStore } from '../../src/memory/dexie-store.ts';
import { openOutboxStore } from '../../src/memory/outbox-store.ts';
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
  settledItem,
  signalRecord,
  taskRecord,
  versionRecord,
} from '../support/records.ts';

/** One of everything, as the fixture of the newest version was made. */
export async function fillCurrent(name: string): Promise<void> {
  const store = await DexieStore.open(name);
  await store.putTask(taskRecord());
  await store.putDecisions([decisionRecord()], [catalogueRecord('0a:k1')]);
  await store.putSignals([signalRecord('s1')], [pendingRecord('d1')]);
  await store.appendExperiences([
    experienceRecord('a'),
    rankingExperience('b', 'w'),
    experienceRecord('c', { modelKey: 'other@2' }),
    experienceRecord('d', { payload: { kind: 'classification', input: { x: 1 }, label: 'a', weight: 1 } }),
  ]);
  await store.settle(
    [rankingExperience('e', 'y')],
    [{ decisionId: 'd1', modelKey: 'list@1', dueAtMs: null, arrivals: 1, settled: { y: settledItem('e') } }],
  );
  await store.forget({ modelKey: 'list@1', item: 'w' });
  await store.putKnowledge([knowledgeRecord('k1')], { consolidatedTo: 4 }, 'list@1');
  await store.putCheckpoint(checkpointRecord(1, { learnedTo: 4, epoch: 1 }), 3, [versionRecord('0123')]);
  await store.putReview(reviewRecord('r1'), [auditEntry('opened')], null);
  await store.putSetting('probe/list', { chosen: 'cpu' });
  await store.experiencesAt(
    Array.from({ length: 33 }, (_, index) => index + 1),
    'list@1',
  );
  await (await openOutboxStore(name)).add(outboxRecord('o1'));
  store.close();
}
