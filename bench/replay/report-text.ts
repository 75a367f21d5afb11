import type { ReplayOutcome } from './replay.ts';
import type { Timing } from './score.ts';

/** The report for people; what it says is what `--json` says, rounded. */
export function reportText({ report, noChangeAccuracy, backendReason, errors }: ReplayOutcome): string {
  const lines: [string, string][] = [
    ['rows', String(report.rows)],
    ['accuracy', report.accuracy.toFixed(4)],
    ['log loss', `${report.logLoss.toFixed(4)} nats`],
    ['kappa', report.kappa.toFixed(4)],
    [
      'kappa-temporal',
      `${report.kappaTemporal?.toFixed(4) ?? 'undefined'} (repeating the last label: ${noChangeAccuracy.toFixed(4)})`,
    ],
    ['events per second', report.eventsPerSecond.toFixed(0)],
    ['prediction', timingText(report.predictMs)],
    ['learning', timingText(report.learnMs)],
    ['checkpoint', `${String(report.stateBytes)} bytes`],
    ['backend', `${report.backend}: ${backendReason}`],
    ['seed', String(report.seed)],
  ];
  const text = lines.map(([name, value]) => `${name.padEnd(18)} ${value}`);
  return [...text, ...errors.map(({ code, message }) => `recovered from      ${code}: ${message}`)].join('\n');
}

function timingText({ p50, p95 }: Timing): string {
  return `${p50.toFixed(3)} ms (p50), ${p95.toFixed(3)} ms (p95)`;
}
