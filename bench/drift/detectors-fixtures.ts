import { readFile } from 'node:fs/promises';
import { fromRoot } from '../../scripts/lib/paths.mjs';
import { Adwin } from '../../src/monitor/drift/adwin.ts';
import { Ddm } from '../../src/monitor/drift/ddm.ts';
import type { DriftDetector } from '../../src/monitor/drift/drift-detector.ts';
import { HddmA } from '../../src/monitor/drift/hddm-a.ts';
import { HddmW } from '../../src/monitor/drift/hddm-w.ts';
import { Kswin } from '../../src/monitor/drift/kswin.ts';
import { PageHinkley } from '../../src/monitor/drift/page-hinkley.ts';
import type { Figure, FigureSection } from '../sections/section.ts';

const STREAMS_FILE = 'test/fixtures/drift/docstring-streams.json';
const range = { least: 0, most: 7 };

interface Case {
  readonly name: string;
  readonly detector: DriftDetector;
  readonly stream: 'jump' | 'errors';
  /** Indices in River's documentation: the drift, and the first warning where there is one. */
  readonly drift: number;
  readonly warning?: number;
}

const cases: readonly Case[] = [
  { name: 'ADWIN, δ 0.002', detector: new Adwin({ range }), stream: 'jump', drift: 1023 },
  { name: 'Page-Hinkley 30, 0.005, 50, 1 − 1e-4', detector: new PageHinkley({ range }), stream: 'jump', drift: 1006 },
  {
    name: 'KSWIN, α 1e-4, window 100, 30',
    detector: new Kswin({ alpha: 1e-4, seed: 42, range }),
    stream: 'jump',
    drift: 1016,
  },
  { name: 'DDM 30, 2, 3', detector: new Ddm(), stream: 'errors', warning: 1084, drift: 1334 },
  { name: 'HDDM_A 0.001, 0.005', detector: new HddmA(), stream: 'errors', warning: 451, drift: 1206 },
  { name: 'HDDM_W 0.001, 0.005, λ 0.05', detector: new HddmW(), stream: 'errors', warning: 451, drift: 1077 },
];

function figuresOf({ name, detector, drift, warning }: Case, values: readonly number[]): Figure[] {
  const first: { drift?: number; warning?: number } = {};
  values.forEach((value, index) => {
    detector.update(value);
    if (detector.driftDetected) first.drift ??= index;
    if (detector.warningDetected) first.warning ??= index;
  });
  const figures = [apart(`${name}: first drift`, first.drift, drift)];
  if (warning !== undefined) figures.push(apart(`${name}: first warning`, first.warning, warning));
  return figures;
}

function apart(what: string, index: number | undefined, expected: number): Figure {
  return {
    what,
    value: index === undefined ? expected : Math.abs(index - expected),
    unit: 'values from where River finds it',
    goal: { atMost: 0 },
    note: index === undefined ? 'not found' : `at index ${index}`,
  };
}

export const fixtures: FigureSection = {
  key: 'fixtures',
  title: "Detectors on the streams of River's documentation",
  protocol:
    'Python’s own random numbers, as in the documentation: 1,000 values of 0 or 1 and then 1,000 of 4 to 7, or errors at a rate of 0.5 and then 0.7. KSWIN draws with other random numbers than River. The detectors are compared with River on many more streams in the tests.',
  measure: async () => {
    const streams = JSON.parse(await readFile(fromRoot(STREAMS_FILE), 'utf8')) as Record<Case['stream'], string>;
    return cases.flatMap((one) => figuresOf(one, Array.from(streams[one.stream], Number)));
  },
};
