import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/core/clock.ts';
import type { ReplayOptions } from './arguments.ts';
import { type BenchmarkStream, dataFolder } from './benchmark-streams.ts';
import { openWorker } from './open-worker.ts';
import { createProgress } from './progress.ts';
import { replay, type ReplayReport } from './replay.ts';
import { Table } from './table.ts';

export interface BenchmarkRun extends ReplayReport {
  /** `null`: the stream's own order. */
  readonly shuffleSeed: number | null;
  readonly noChangeAccuracy: number;
}

export interface StreamResults {
  readonly stream: BenchmarkStream;
  readonly runs: readonly BenchmarkRun[];
}

type Where = Pick<ReplayOptions, 'runtime' | 'backend'>;

/** Every run of one stream, each with a worker of its own that knows nothing; `null` where the file is not there. */
export async function runStream(
  stream: BenchmarkStream,
  where: Where,
): Promise<{ results: StreamResults; host: string } | null> {
  const dataFile = join(dataFolder, stream.file);
  if (!existsSync(dataFile)) return null;
  const table = await Table.open({ ...noRoles, dataFile, target: stream.target });
  const runs: BenchmarkRun[] = [];
  let host = '';
  const orders = [
    ...stream.seeds.map((seed) => ({ seed, shuffleSeed: null })),
    ...stream.shuffleSeeds.map((shuffleSeed) => ({ seed: 1, shuffleSeed })),
  ];
  for (const order of orders) {
    const run = await runOnce(table, { ...where, ...order });
    host = run.host;
    runs.push(run.run);
  }
  return { results: { stream, runs }, host };
}

const noRoles = { categorical: [], numeric: [], text: [], ignored: [], limitRows: Infinity };

async function runOnce(
  table: Table,
  options: Where & { seed: number; shuffleSeed: number | null },
): Promise<{ run: BenchmarkRun; host: string }> {
  const worker = await openWorker(options.runtime);
  const progress = createProgress(table.rowCount, !process.stderr.isTTY);
  try {
    const { report, noChangeAccuracy } = await replay({
      table,
      worker,
      options: { ...options, delayRows: 0, learner: {} },
      monotonicMs: () => systemClock.monotonicMs(),
      onProgress: (rows) => {
        progress.update(rows);
      },
    });
    return { run: { ...report, shuffleSeed: options.shuffleSeed, noChangeAccuracy }, host: worker.host };
  } finally {
    progress.stop();
    await worker.close();
  }
}
