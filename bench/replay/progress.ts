import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  update(rows: number): void;
  stop(): void;
}

/** A bar on standard error: drawn on a terminal, a line every two seconds elsewhere, nothing where only the JSON object is wanted. */
export function createProgress(totalRows: number, json: boolean): Progress {
  if (json && !process.stderr.isTTY) return { update: () => undefined, stop: () => undefined };
  const format = 'replay {bar} {percentage} % | {value}/{total} rows | {duration_formatted}';
  const bar = new SingleBar(
    {
      format,
      stream: process.stderr,
      noTTYOutput: true,
      notTTYSchedule: 2000,
      clearOnComplete: true,
      hideCursor: true,
    },
    Presets.shades_classic,
  );
  bar.start(totalRows, 0);
  return {
    update: (rows) => {
      bar.update(rows);
    },
    stop: () => {
      bar.stop();
    },
  };
}
