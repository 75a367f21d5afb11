import { Rng } from '../../src/core/rng.ts';
import { DexieStore } from '../../src/memory/dexie-store.ts';
import { answerCalls } from '../lib/answer-calls.ts';
import { rankingExperience } from './experiences.ts';

const MODEL = 'articles@0123abcd';
let store: DexieStore | null = null;
let written = 0;

function opened(): DexieStore {
  if (!store) throw new Error('no store is open');
  return store;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

/** Milliseconds of each batch, from the call to the acknowledgement. */
async function append(count: number, batch: number): Promise<readonly number[]> {
  const times: number[] = [];
  for (const end = written + count; written < end;) {
    const size = Math.min(batch, end - written);
    const experiences = Array.from({ length: size }, (_, index) => rankingExperience(MODEL, written + index));
    times.push(await timed(() => opened().appendExperiences(experiences)));
    written += size;
  }
  return times;
}

/** Milliseconds of each reading of `size` experiences. @param replay the buffer of one model, read again and again; otherwise other places each time */
async function readSamples(size: number, repeats: number, seed: number, replay: boolean): Promise<readonly number[]> {
  const rng = Rng.fromSeed(seed);
  const draw = () => Array.from({ length: size }, () => 1 + rng.nextInt(written));
  const times: number[] = [];
  let positions = draw();
  for (let repeat = 0; repeat < repeats; repeat++) {
    times.push(
      await timed(async () => {
        const read = await opened().experiencesAt(positions, replay ? MODEL : undefined);
        if (read.length !== size) throw new Error(`${String(read.length)} of ${String(size)} were read`);
      }),
    );
    if (!replay) positions = draw();
  }
  return times;
}

answerCalls({
  async open(namespace: string) {
    store = await DexieStore.open(namespace);
    written = await store.countExperiencesAfter(MODEL, 0);
  },
  close() {
    store?.close();
    store = null;
  },
  append,
  readSamples,
  timeCount: (after: number) => timed(() => opened().countExperiencesAfter(MODEL, after)),
  /** The oldest `count`. */
  timePrune: (count: number) => {
    const beforeMs = rankingExperience(MODEL, count).observedAtMs;
    return timed(async () => {
      const { experiences } = await opened().prune({ modelKey: MODEL, beforeMs, upTo: written });
      if (experiences !== count) throw new Error(`${String(experiences)} were pruned instead of ${String(count)}`);
    });
  },
  timeForget: (item: string) =>
    timed(async () => {
      const { experiences } = await opened().forget({ modelKey: MODEL, item });
      if (experiences === 0) throw new Error(`nothing of ${item} was there`);
    }),
});
