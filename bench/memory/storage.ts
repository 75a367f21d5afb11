import { quantile } from '../lib/quantile.ts';
import type { Figure, FigureSection } from '../sections/section.ts';
import { openWorkerPage, type WorkerPage } from '../lib/worker-page.ts';

const BATCH = 200;
const SMALL_BATCH = 50;
const SAMPLES = 512;
const FEW = 10_000;
const MANY = 1_000_000;
const READ_REPEATS = 200;
const APART_REPEATS = 40;
const MB = 1_000_000;

export const storage: FigureSection = {
  key: 'storage',
  title: 'Storage',
  protocol: `The store itself in a dedicated worker, one model, experiences of a ranking (about 500 bytes each as JSON). A write is timed from the call to its acknowledgement, when its transaction is complete. The ${SAMPLES} replay samples lie anywhere in the log, as a reservoir leaves them: read again as a page view does that goes on with the same buffer, and, for comparison, at new places each time. Memory is the worker's after garbage collection.`,
  async measure() {
    const page = await openWorkerPage('bench/memory/storage.worker.ts');
    try {
      return await measureStorage(page);
    } finally {
      await page.close();
    }
  },
};

async function measureStorage(page: WorkerPage): Promise<readonly Figure[]> {
  const append = (count: number, batch: number) => page.call<readonly number[]>('append', count, batch);
  await page.call('open', 'storage');
  // What runs for the first time is compiled first.
  await append(FEW / 2, SMALL_BATCH);
  await append(FEW / 2, BATCH);
  const bytesFew = await page.workerBytes();
  const few = await readings(page, FEW);
  const rate = await append(40_000, BATCH);
  const acknowledged = await append(20_000, SMALL_BATCH);
  const single = await append(500, 1);
  const filling = await append(MANY - FEW - 60_500, BATCH);
  const bytesMany = await page.workerBytes();
  const many = await readings(page, MANY);
  return [
    {
      what: `experiences written a second, batches of ${BATCH}`,
      value: perSecond(rate, 40_000),
      unit: '/s',
      goal: { atLeast: 20_000 },
    },
    {
      what: `the same, on the way to ${count(MANY)}`,
      value: perSecond(filling, MANY - FEW - 60_500),
      unit: '/s',
      note: `${count(MANY - FEW - 60_500)} experiences`,
    },
    {
      what: `a batch of ${SMALL_BATCH} acknowledged, p95`,
      value: quantile(acknowledged, 0.95),
      unit: 'ms',
      goal: { atMost: 5 },
    },
    { what: `a batch of ${SMALL_BATCH} acknowledged, median`, value: quantile(acknowledged, 0.5), unit: 'ms' },
    { what: 'a single experience acknowledged, p95', value: quantile(single, 0.95), unit: 'ms' },
    ...few,
    ...many,
    { what: `memory of the worker, ${count(FEW)} stored`, value: bytesFew / MB, unit: 'MB' },
    {
      what: `memory of the worker, ${count(MANY)} stored`,
      value: bytesMany / MB,
      unit: 'MB',
      goal: { atMost: 20 },
      note: 'a bound of our own',
    },
    ...(await pruning(page)),
  ];
}

async function readings(page: WorkerPage, stored: number): Promise<readonly Figure[]> {
  const read = (repeats: number, replay: boolean) =>
    page.call<readonly number[]>('readSamples', SAMPLES, repeats, stored, replay);
  const [firstTime = NaN, ...again] = await read(READ_REPEATS + 1, true);
  const apart = await read(APART_REPEATS, false);
  const what = `${SAMPLES} replay samples read, ${count(stored)} stored`;
  return [
    { what: `${what}, p95`, value: quantile(again, 0.95), unit: 'ms', goal: { atMost: 5 } },
    { what: `${what}, median`, value: quantile(again, 0.5), unit: 'ms' },
    { what: `${what}, the first time`, value: firstTime, unit: 'ms' },
    { what: `${what}, new places each time, median`, value: quantile(apart, 0.5), unit: 'ms' },
  ];
}

async function pruning(page: WorkerPage): Promise<readonly Figure[]> {
  const counted = await page.call<number>('timeCount', MANY - 50_000);
  const pruned = await page.call<number>('timePrune', MANY / 10);
  const forgotten = await page.call<number>('timeForget', 'article-7');
  return [
    { what: 'the 50,000 that wait to be learned counted', value: counted, unit: 'ms' },
    { what: `the oldest ${count(MANY / 10)} of ${count(MANY)} pruned`, value: pruned / 1000, unit: 's' },
    {
      what: `an item forgotten among ${count((MANY / 10) * 9)}`,
      value: forgotten / 1000,
      unit: 's',
      note: 'one transaction over the whole log',
    },
  ];
}

/** @param times milliseconds of each batch @param written experiences in all of them */
function perSecond(times: readonly number[], written: number): number {
  return Math.round((1000 * written) / times.reduce((sum, time) => sum + time, 0));
}

function count(value: number): string {
  return value.toLocaleString('en-GB');
}
