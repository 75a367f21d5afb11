import { inspect } from 'node:util';
import { systemClock } from '../../../src/core/clock.ts';
import { TendrilError } from '../../../src/errors.ts';
import { dataFile } from './data-files.ts';
import { findBenchmark } from './find-benchmark.ts';
import type { ChildMessage } from './run-child.ts';

/** One benchmark with one seed: `child.ts KEY SEED`, started by run-child.ts, which gets the results as a message. */
async function main([key = '', seed = '']: readonly string[]): Promise<void> {
  const results = await findBenchmark(key).run(Number(seed), {
    dataFile,
    monotonicMs: () => systemClock.monotonicMs(),
    log: (line) => {
      void send({ type: 'log', line });
    },
  });
  await send({ type: 'results', results });
}

/** Resolves when the message has left. */
function send(message: ChildMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    if (!process.send) throw new Error('this file is started by run-child.ts alone');
    process.send(message, (error: Error | null) => (error ? reject(error) : resolve()));
  });
}

let exitCode = 0;
try {
  await main(process.argv.slice(2));
} catch (caught) {
  exitCode = 1;
  await send({ type: 'failed', reason: caught instanceof TendrilError ? caught.message : inspect(caught) });
}
// What a benchmark left open must not keep the process alive.
process.exit(exitCode);
