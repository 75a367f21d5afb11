import type { Figure, FigureSection } from '../sections/section.ts';
import { DEFAULT_DETECTOR, detectors, type NamedDetector } from './detectors.ts';
import { delayNote, delaysOf, falseAlarmsOf, type Change, type DelayProtocol } from './detectors-runs.ts';

/** As [mean before, after, goal of the default detector]. */
export const JUMPS: readonly (readonly [number, number, number?])[] = [
  [0.2, 0.25],
  [0.2, 0.3, 400],
  [0.2, 0.4, 120],
  [0.1, 0.5, 46],
];

const STABLE = { streams: 20, length: 20_000, seed: 10_000 };
const DELAYS: DelayProtocol = { runs: 200, horizon: 1000, seed: 20_000 };

function figuresOf({ name, create }: NamedDetector): Figure[] {
  const isDefault = name === DEFAULT_DETECTOR.name;
  const { alarms, per10000 } = falseAlarmsOf(create, 0.2, STABLE);
  const stable: Figure = {
    what: `${name}: false alarms at 0.20`,
    value: per10000,
    unit: 'per 10,000 values',
    note: `${alarms} in ${(STABLE.streams * STABLE.length).toLocaleString('en-GB')}`,
    ...(isDefault && { goal: { atMost: 0.1 } }),
  };
  return [
    stable,
    ...JUMPS.map(([before, after, goal]) => delayFigure(name, create, before, after, isDefault ? goal : undefined)),
  ];
}

function delayFigure(
  name: string,
  create: NamedDetector['create'],
  before: number,
  after: number,
  goal: number | undefined,
): Figure {
  const change: Change = { before, after, stable: 2000 };
  const delays = delaysOf(create, change, DELAYS);
  return {
    what: `${name}: ${before.toFixed(2)} → ${after.toFixed(2)}`,
    value: delays.mean,
    unit: 'values of mean delay',
    note: delayNote(delays, DELAYS),
    ...(goal !== undefined && { goal: { atMost: goal } }),
  };
}

export const detectorsOnErrors: FigureSection = {
  key: 'detectors',
  title: 'All detectors on errors that jump',
  protocol:
    'Errors of 0 and 1. False alarms: 20 streams of 20,000 at a rate of 0.20. Delays: 200 runs of 2,000 values at the first rate and then 1,000 at the second; the mean of those that were found, what was not found within the 1,000 is missed. The same streams for all. Parameters are those that River has by default, but for what is named. What Tendril uses by default was chosen on other rates and seeds (next table).',
  measure: () => Promise.resolve(detectors.flatMap(figuresOf)),
};
