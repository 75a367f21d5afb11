import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openNodeWorker } from '../../bench/replay/node-worker.ts';
import { replay, type ReplayRequest } from '../../bench/replay/replay.ts';
import { Table } from '../../bench/replay/table.ts';
import { csvLines, generators } from '../../bench/streams/generators.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tendril-replay-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function openStream(name: string, rows: number): Promise<Table> {
  const generator = generators[name];
  if (!generator) throw new RangeError(`there is no generator ${name}`);
  const dataFile = join(folder, `${name}.csv`);
  await writeFile(dataFile, [...csvLines(generator, rows, 5)].join('\n'));
  return Table.open({
    dataFile,
    target: 'label',
    categorical: [],
    numeric: [],
    text: [],
    ignored: [],
    limitRows: Infinity,
  });
}

async function run(table: Table, given: Partial<ReplayRequest['options']> = {}) {
  const worker = openNodeWorker();
  const options = { seed: 1, delayRows: 0, shuffleSeed: null, backend: 'cpu', learner: {}, ...given } as const;
  const answered: number[] = [];
  const ticks = { ms: 0 };
  const outcome = await replay({
    table,
    worker,
    options,
    monotonicMs: () => (ticks.ms += 500),
    onProgress: (rows) => answered.push(rows),
  });
  await worker.close();
  return { ...outcome, answered };
}

describe('a replay in this process', () => {
  test('gives the same quality figures twice, bit for bit', async () => {
    const table = await openStream('agrawal', 600);
    const [first, second] = [await run(table), await run(table)];
    const { rows, accuracy, logLoss, kappa, kappaTemporal, stateBytes, backend, seed } = first.report;
    expect(second.report).toMatchObject({ rows, accuracy, logLoss, kappa, kappaTemporal, stateBytes, backend, seed });
    expect({ rows, backend, seed }).toEqual({ rows: 600, backend: 'cpu', seed: 1 });
    expect(stateBytes).toBeGreaterThan(1000);
    expect(first.errors).toEqual([]);
  });

  test('learns: on SEA it beats repeating the last label, and says so', async () => {
    const { report, noChangeAccuracy, answered } = await run(await openStream('sea', 1200));
    expect(report.accuracy).toBeGreaterThan(0.75);
    expect(report.kappaTemporal).toBeCloseTo((report.accuracy - noChangeAccuracy) / (1 - noChangeAccuracy), 12);
    expect(report.kappaTemporal).toBeGreaterThan(0.3);
    expect(report.kappa).toBeGreaterThan(0.3);
    expect(answered).toEqual(Array.from({ length: 24 }, (_, batch) => (batch + 1) * 50));
    expect(report.eventsPerSecond).toBe(2400);
  });

  test('a label that comes after the last row helps no prediction', async () => {
    const { report } = await run(await openStream('sea', 150), { delayRows: 150 });
    expect(report).toMatchObject({ rows: 150, accuracy: 0, kappa: 0 });
    expect(report.logLoss).toBeCloseTo(-Math.log(1e-15), 9);
    expect(report.stateBytes).toBeGreaterThan(1000);
  });

  test('with a delay across batches the first predictions know no class, the later ones do', async () => {
    const table = await openStream('sea', 400);
    const { report } = await run(table, { delayRows: 130 });
    expect(report.logLoss).toBeGreaterThan((130 / 400) * -Math.log(1e-15));
    expect(report.accuracy).toBeGreaterThan(0.4);
    expect(report.accuracy).toBeLessThan(1 - 130 / 400);
  });

  test('another seed or another order is another run', async () => {
    const table = await openStream('random-rbf', 300);
    const own = await run(table);
    const reseeded = await run(table, { seed: 2 });
    const shuffled = await run(table, { shuffleSeed: 1 });
    expect(reseeded.report.seed).toBe(2);
    expect(reseeded.report.logLoss).not.toBe(own.report.logLoss);
    expect(shuffled.report.logLoss).not.toBe(own.report.logLoss);
    expect((await run(table, { shuffleSeed: 1 })).report.logLoss).toBe(shuffled.report.logLoss);
  });

  test('a pinned backend that is not there is an error, not another backend', async () => {
    const table = await openStream('sea', 10);
    await expect(run(table, { backend: 'webgpu' })).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
  });

  test('settings that the runtime refuses come back with its code', async () => {
    const table = await openStream('sea', 10);
    await expect(run(table, { learner: { hashSize: 33 } })).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
  });
});
