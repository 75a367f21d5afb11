import type { ConsolidationReport } from '../../src/protocol/messages.ts';
import { quantile } from '../lib/quantile.ts';
import type { Figure, FigureSection } from '../sections/section.ts';
import { openWorkerPage } from '../lib/worker-page.ts';

const EXPERIENCES = 100_000;

interface Consolidated {
  readonly waits: readonly number[];
  readonly report: ConsolidationReport;
  readonly durationMs: number;
}

export const consolidation: FigureSection = {
  key: 'consolidation',
  title: 'Consolidation',
  protocol: `Long-term memory is made of a log of ${String(EXPERIENCES)} experiences in IndexedDB, by the worker's own code and in its slices, its state stored on the way. A slice is what a message to the worker has to wait: messages are sent one after another all the time. The second run has nothing new to take in but the state to read.`,
  async measure() {
    const page = await openWorkerPage('bench/memory/consolidation.worker.ts');
    try {
      await page.call('fill', EXPERIENCES);
      const first = await page.call<Consolidated>('consolidate');
      const again = await page.call<Consolidated>('consolidate');
      return figures(first, again);
    } finally {
      await page.close();
    }
  },
};

function figures({ waits, report, durationMs }: Consolidated, again: Consolidated): readonly Figure[] {
  const longest = (times: readonly number[]) => times.reduce((most, time) => Math.max(most, time), 0);
  return [
    { what: 'longest slice', value: longest(waits), unit: 'ms', goal: { atMost: 20 } },
    { what: 'slices, p99', value: quantile(waits, 0.99), unit: 'ms' },
    { what: 'all of it', value: durationMs / 1000, unit: 's', note: `${String(report.consolidatedTo)} experiences` },
    { what: 'entries kept', value: report.kept, unit: '', note: `${String(report.dropped)} dropped` },
    { what: 'longest slice where nothing is new', value: longest(again.waits), unit: 'ms' },
  ];
}
