import { sha256Hex } from '../../src/core/hashing.ts';
import { Rng } from '../../src/core/rng.ts';
import type { ClassificationTask } from '../../src/core/task.ts';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import type { Figure, FigureSection } from '../sections/section.ts';
import { defects, type Defect } from './corruption-defects.ts';
import { copyOf, liveWorker, modelKeyOf, valueOf } from './poison-worker.ts';
import type { Lineage } from '../../src/versions/lineage.ts';

const TRIALS = 1_000;
const VISITS = 60;
const NAME = 'live';
const probe = { a: 0.3, b: -0.2, colour: 'red' };

function taskOf(hiddenSize: number): ClassificationTask {
  return {
    id: NAME,
    kind: 'classification',
    // What came last would be part of every answer.
    labels: 'delayed',
    schema: { input: { a: 'numeric', b: 'numeric', colour: 'categorical' } },
    learner: { hiddenSize, replayCapacity: 20 },
  };
}

/** A page that has learned, and what each of its versions said, by the log position that it had learned up to. */
interface Learned {
  readonly task: ClassificationTask;
  readonly store: MemoryStore;
  readonly answers: ReadonlyMap<number, string>;
}

async function learned(hiddenSize: number): Promise<Learned> {
  const [store, task] = [new MemoryStore(), taskOf(hiddenSize)];
  const { worker } = await liveWorker(task, store);
  const [rng, answers] = [Rng.fromSeed(1), new Map<number, string>()];
  for (let index = 0; index < VISITS; index++) {
    const { model, probabilities } = valueOf(
      await worker.classify({ taskId: NAME, decisionId: `probe ${String(index)}`, input: probe }),
    );
    answers.set(model.learnedTo, JSON.stringify(probabilities));
    const input = { a: rng.nextGaussian(), b: rng.nextGaussian(), colour: ['red', 'blue'][rng.nextInt(2)]! };
    const decisionId = `visit ${String(index)}`;
    const label = input.a + input.b > 0 === rng.nextFloat() < 0.95 ? 'above' : 'below';
    valueOf(
      await worker.stream(NAME, [
        { type: 'predict', decisionId, input },
        { type: 'learn', decisionId, label },
      ]),
    );
    if (index % 10 === 9) valueOf(await worker.checkpoint(NAME));
  }
  const { model, probabilities } = valueOf(await worker.classify({ taskId: NAME, decisionId: 'last', input: probe }));
  answers.set(model.learnedTo, JSON.stringify(probabilities));
  return { task, store, answers };
}

const targets = ['the version that serves', 'the newest checkpoint', 'both', 'all that is stored'] as const;

/** Spoils what is stored; the names of what can still be read are made to fit, so that nothing gives it away but what is in it. */
async function spoil(store: MemoryStore, task: ClassificationTask, defect: Defect, target: string, rng: Rng) {
  const modelKey = modelKeyOf(task);
  const [newest] = await store.checkpoints(modelKey);
  if (!newest) throw new Error('no checkpoint is stored');
  const { champion, guards } = newest.lineage as Lineage;
  const all = target === 'all that is stored';
  let lineage = newest.lineage as Lineage;
  if (target !== 'the newest checkpoint') {
    for (const version of [champion, ...(all ? guards : [])]) {
      const record = version && (await store.version(modelKey, version.digest));
      if (!record) continue;
      const bytes = defect.spoil(record.bytes, rng);
      const digest = defect.renames ? await sha256Hex(bytes) : record.digest;
      await store.putCheckpoint(newest, Infinity, [{ ...record, digest, bytes }]);
      const renamed = { ...version, digest };
      lineage =
        version === champion
          ? { ...lineage, champion: renamed }
          : { ...lineage, guards: lineage.guards.map((guard) => (guard === version ? renamed : guard)) };
    }
  }
  for (const record of await store.checkpoints(modelKey)) {
    if (record.generation !== newest.generation && !all) continue;
    const spoilt = target === 'the version that serves' ? record.bytes : defect.spoil(record.bytes, rng);
    const digest = defect.renames ? await sha256Hex(spoilt) : record.digest;
    await store.putCheckpoint({ ...record, bytes: spoilt, digest, lineage }, Infinity);
  }
}

type Outcome = 'bad' | 'silent' | 'fresh' | 'earlier';

async function outcome({ task, store, answers }: Learned, defect: Defect, target: string, rng: Rng): Promise<Outcome> {
  const copy = await copyOf(store, task);
  await spoil(copy, task, defect, target, rng);
  const { worker, started } = await liveWorker(task, copy);
  if (!started.ok || NAME in started.value.refused) return 'silent';
  const answer = await worker.classify({ taskId: NAME, decisionId: 'after', input: probe });
  if (!answer.ok) return 'silent';
  const { model, probabilities } = answer.value;
  const isKnown = model.learnedTo === 0 || answers.get(model.learnedTo) === JSON.stringify(probabilities);
  if (!isKnown) return 'bad';
  return model.learnedTo === 0 ? 'fresh' : 'earlier';
}

async function measure(): Promise<readonly Figure[]> {
  const pages = [await learned(0), await learned(8)];
  const outcomes: { readonly defect: Defect; readonly outcome: Outcome }[] = [];
  for (let trial = 0; trial < TRIALS; trial++) {
    const rng = Rng.fromSeed(trial);
    const defect = defects[trial % defects.length]!;
    const [page, target] = [pages[rng.nextInt(pages.length)]!, targets[rng.nextInt(targets.length)]!];
    outcomes.push({ defect, outcome: await outcome(page, defect, target, rng) });
  }
  const count = (wanted: Outcome, name?: string) =>
    outcomes.filter(({ defect, outcome }) => outcome === wanted && (name === undefined || defect.name === name)).length;
  const unit = `of ${String(TRIALS)} starts`;
  return [
    { what: 'a spoilt version answered', value: count('bad'), unit, goal: { atMost: 0 } },
    { what: 'nothing answered', value: count('silent'), unit, goal: { atMost: 0 } },
    { what: 'a version that has learned answered', value: count('earlier'), unit },
    { what: 'a model that has learned nothing answered', value: count('fresh'), unit },
    ...defects.map(({ name }): Figure => ({
      what: `${name}: a spoilt version answered`,
      value: count('bad', name),
      unit: 'starts',
      goal: { atMost: 0 },
      note: `of ${String(outcomes.filter(({ defect }) => defect.name === name).length)}; ${String(count('silent', name))} did not answer`,
    })),
  ];
}

export const corruption: FigureSection = {
  key: 'corruption',
  title: 'What is spoilt does not serve',
  protocol: `A page that has learned ${String(VISITS)} experiences is stored, then the version that serves, the newest checkpoint, both or everything is spoilt, and the worker starts anew: ${String(TRIALS)} times, with and without a network. Where a defect would be seen by the name of the file alone, as a SHA-256, the name is made to fit. What answers must say to the bit what the version that it claims to be said before.`,
  measure,
};
