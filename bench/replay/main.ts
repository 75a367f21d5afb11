import { systemClock } from '../../src/core/clock.ts';
import { asTendrilError, type TendrilError } from '../../src/errors.ts';
import { parseReplayArguments, type ReplayOptions, usage } from './arguments.ts';
import { openWorker } from './open-worker.ts';
import { createProgress } from './progress.ts';
import { replay, type ReplayOutcome } from './replay.ts';
import { reportText } from './report-text.ts';
import { Table } from './table.ts';

/** Runs the command line in `argv` and resolves with its exit code. */
async function main(argv: readonly string[]): Promise<number> {
  let options: ReplayOptions | 'help';
  try {
    options = parseReplayArguments(argv);
  } catch (caught) {
    return fail(asTendrilError(caught), 2);
  }
  if (options === 'help') {
    console.log(usage);
    return 0;
  }
  try {
    const outcome = await run(options);
    console.log(options.json ? JSON.stringify(outcome.report) : reportText(outcome));
    return 0;
  } catch (caught) {
    return fail(asTendrilError(caught), 1);
  }
}

async function run(options: ReplayOptions): Promise<ReplayOutcome> {
  const table = await Table.open(options);
  const worker = await openWorker(options.runtime);
  const progress = createProgress(table.rowCount, options.json);
  try {
    return await replay({
      table,
      worker,
      options,
      monotonicMs: () => systemClock.monotonicMs(),
      onProgress: (rows) => {
        progress.update(rows);
      },
    });
  } finally {
    progress.stop();
    await worker.close();
  }
}

/** One line, whatever the message holds. */
function fail({ code, message }: TendrilError, exitCode: 1 | 2): number {
  console.error(`${code}: ${message.replace(/\s*\n\s*/g, ' ')}${exitCode === 2 ? ' (see --help)' : ''}`);
  return exitCode;
}

process.exitCode = await main(process.argv.slice(2));
