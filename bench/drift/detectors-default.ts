import { createDefaultErrorDetector } from '../../src/monitor/drift/error-detector.ts';
import type { Figure, FigureSection } from '../sections/section.ts';
import { delayNote, delaysOf, falseAlarmsOf, percent, type Change, type DelayProtocol } from './detectors-runs.ts';
import { logLoss, longTailed, narrow, rareErrors, skewed, steps, type Draw } from './detectors-streams.ts';

const RATES = [0.05, 0.1, 0.2, 0.3, 0.4];
const STABLE = { streams: 40, length: 100_000, seed: 30_000 };
const SESSIONS = { streams: 2000, length: 1000, seed: 40_000 };
const OTHER_VALUES = { streams: 20, length: 50_000, seed: 50_000 };
const DELAYS: DelayProtocol = { runs: 200, horizon: 1000, seed: 60_000 };

const create = createDefaultErrorDetector;

function stableFigures(): Figure[] {
  const values = STABLE.streams * STABLE.length;
  const all = RATES.map((rate) => ({ rate, ...falseAlarmsOf(create, rate, STABLE) }));
  const each = all.map(({ rate, alarms, warningShare }) =>
    stableFigure(
      `false alarms at ${rate.toFixed(2)}`,
      alarms,
      values,
      `; a warning at ${percent(warningShare)} of them`,
    ),
  );
  const alarms = all.reduce((sum, one) => sum + one.alarms, 0);
  return [...each, stableFigure('false alarms at all these rates', alarms, RATES.length * values)];
}

function stableFigure(what: string, alarms: number, values: number, more = ''): Figure {
  return {
    what,
    value: (1e4 * alarms) / values,
    unit: 'per 10,000 values',
    goal: { atMost: 0.1 },
    note: `${alarms} in ${values.toLocaleString('en-GB')}${more}`,
  };
}

function sessionFigure(): Figure {
  const { alarms } = falseAlarmsOf(create, 0.2, SESSIONS);
  return {
    what: 'false alarms in the first 1,000 values, at 0.20',
    value: (100 * alarms) / SESSIONS.streams,
    unit: '% of streams',
    note: `${alarms} of ${SESSIONS.streams}`,
  };
}

const CHANGES: readonly (readonly [name: string, change: Change])[] = [
  ['0.20 → 0.40 after 300 values', { before: 0.2, after: 0.4, stable: 300 }],
  ['0.20 → 0.40 after 100 values', { before: 0.2, after: 0.4, stable: 100 }],
  ['0.10 → 0.50 after 100 values', { before: 0.1, after: 0.5, stable: 100 }],
  ['0.05 → 0.15', { before: 0.05, after: 0.15, stable: 2000 }],
  ['0.40 → 0.50', { before: 0.4, after: 0.5, stable: 2000 }],
  ['0.20 → 0.40, slowly over 500 values', { before: 0.2, after: 0.4, stable: 2000, width: 500 }],
  ['0.20 → 0.40, slowly over 1,000 values', { before: 0.2, after: 0.4, stable: 2000, width: 1000 }],
];

function changeFigures(): Figure[] {
  return CHANGES.map(([name, change]) => delayFigure(name, change));
}

function delayFigure(name: string, change: Change): Figure {
  const delays = delaysOf(create, change, DELAYS);
  return { what: name, value: delays.mean, unit: 'values of mean delay', note: delayNote(delays, DELAYS) };
}

function improvementFigures(): Figure[] {
  const change = { before: 0.3, after: 0.15, stable: 2000 };
  const improved = delaysOf(create, change, DELAYS, ({ improvementDetected }) => improvementDetected);
  const alarmed = delaysOf(create, change, DELAYS);
  return [
    {
      what: '0.30 → 0.15: found to be an improvement',
      value: improved.mean,
      unit: 'values of mean delay',
      note: delayNote(improved, DELAYS),
    },
    {
      what: '0.30 → 0.15: taken for a change to the worse within 1,000 values',
      value: 100 * (1 - alarmed.missedShare),
      unit: '% of runs',
    },
  ];
}

const OTHERS: readonly (readonly [name: string, draw: Draw])[] = [
  ['losses within 0.1 of their mean', narrow],
  ['exponential losses, cut off at 1', skewed],
  ['log-normal losses, cut off at 1', longTailed],
  ['rare errors among small losses', rareErrors],
  ['log loss of a calibrated classifier', logLoss],
  ['1 − rewards of 0, ½ and 1', steps],
];

function otherValues(): Figure[] {
  const values = OTHER_VALUES.streams * OTHER_VALUES.length;
  return OTHERS.flatMap(([name, draw]) => [
    stableFigure(`${name}: false alarms at 0.20`, falseAlarmsOf(create, 0.2, OTHER_VALUES, draw).alarms, values),
    delayFigure(`${name}: 0.20 → 0.30`, { before: 0.2, after: 0.3, stable: 2000, draw }),
  ]);
}

export const defaultDetector: FigureSection = {
  key: 'default-detector',
  title: 'The default detector of errors',
  protocol:
    'False alarms: 40 streams of 100,000 errors at each rate, each from a new detector; 2,000 streams of 1,000 for the first values. Delays: 200 runs, 2,000 values before the change where nothing else is said, 1,000 after it; a slow change is timed from its start. Parameters were chosen on jumps from 0.15 to 0.20, 0.25 and 0.55, 0.25 to 0.35, 0.12 to 0.24, 0.30 to 0.50, 0.05 to 0.15 and 0.40, and on stable streams of the same rates with other random numbers; what is made of values other than 0 and 1 on even, exponential and logarithmic losses, rare errors and three rewards at other levels.',
  measure: () =>
    Promise.resolve([
      ...stableFigures(),
      sessionFigure(),
      ...changeFigures(),
      ...improvementFigures(),
      ...otherValues(),
    ]),
};
