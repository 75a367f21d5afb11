import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Adwin } from '../../src/monitor/drift/adwin.ts';
import { Ddm } from '../../src/monitor/drift/ddm.ts';
import type { DriftDetector } from '../../src/monitor/drift/drift-detector.ts';
import { HddmA } from '../../src/monitor/drift/hddm-a.ts';
import { HddmW } from '../../src/monitor/drift/hddm-w.ts';
import { Kswin } from '../../src/monitor/drift/kswin.ts';
import { PageHinkley } from '../../src/monitor/drift/page-hinkley.ts';

/** The files are made by River, with test/fixtures/drift/generate.py. */
const fixture = (name: string): string => readFileSync(new URL(`../fixtures/drift/${name}`, import.meta.url), 'utf8');

interface Detections {
  readonly drifts: readonly number[];
  /** Values in the warning zone: how many, and the last. */
  readonly warnings: number;
  readonly lastWarning: number | null;
}

function detections(detector: DriftDetector, values: readonly number[]): Detections {
  const [drifts, warnings]: [number[], number[]] = [[], []];
  values.forEach((value, index) => {
    detector.update(value);
    if (detector.driftDetected) drifts.push(index);
    if (detector.warningDetected) warnings.push(index);
  });
  return { drifts, warnings: warnings.length, lastWarning: warnings.at(-1) ?? null };
}

describe("the streams of River's documentation", () => {
  const streams = JSON.parse(fixture('docstring-streams.json')) as Record<'jump' | 'errors', string>;
  const [jump, errors] = [Array.from(streams.jump, Number), Array.from(streams.errors, Number)];
  const range = { least: 0, most: 7 };

  it.each<[string, DriftDetector, number[]]>([
    ['ADWIN', new Adwin({ range }), [1023]],
    ['Page-Hinkley', new PageHinkley({ range }), [1006]],
    ['KSWIN', new Kswin({ alpha: 0.0001, seed: 42, range }), [1016]],
    ['KSWIN, other draws', new Kswin({ alpha: 0.0001, seed: 7, range }), [1016]],
  ])('%s finds the jump from 0..1 to 4..7 where River does', (_, detector, drifts) => {
    expect(detections(detector, jump).drifts).toEqual(drifts);
  });

  it.each<[string, DriftDetector, number, number]>([
    ['DDM', new Ddm(), 1084, 1334],
    ['HDDM_A', new HddmA(), 451, 1206],
    ['HDDM_W', new HddmW(), 451, 1077],
  ])('%s warns of the rise from 0.5 to 0.7 and finds it where River does', (_, detector, warning, drift) => {
    let firstWarning: number | undefined;
    errors.slice(0, drift).forEach((value, index) => {
      detector.update(value);
      expect(detector.driftDetected).toBe(false);
      if (detector.warningDetected) firstWarning ??= index;
    });
    detector.update(errors[drift]!);
    expect([firstWarning, detector.driftDetected]).toEqual([warning, true]);
  });
});

describe('against River on other streams', () => {
  const golden = JSON.parse(fixture('river-detections.json')) as Record<string, readonly Detections[]>;
  const detectors: Readonly<Record<string, { create: () => DriftDetector; isBinary?: boolean }>> = {
    adwin: { create: () => new Adwin() },
    'adwin binary': { create: () => new Adwin(), isBinary: true },
    'adwin clock 1': { create: () => new Adwin({ delta: 0.05, clock: 1, maxBuckets: 3, minWindowLength: 2 }) },
    ddm: { create: () => new Ddm(), isBinary: true },
    'ddm 100, 1, 2': {
      create: () => new Ddm({ warmStart: 100, warningThreshold: 1, driftThreshold: 2 }),
      isBinary: true,
    },
    'page-hinkley up 20': { create: () => new PageHinkley({ threshold: 20, mode: 'up' }), isBinary: true },
    'page-hinkley both 5': { create: () => new PageHinkley({ threshold: 5, delta: 0.01, alpha: 0.99 }) },
    'hddm-a': { create: () => new HddmA(), isBinary: true },
    'hddm-a two-sided': { create: () => new HddmA({ twoSided: true }), isBinary: true },
    'hddm-w': { create: () => new HddmW(), isBinary: true },
    'hddm-w two-sided': { create: () => new HddmW({ twoSided: true, lambda: 0.1 }), isBinary: true },
    'kswin halves': { create: () => new Kswin({ alpha: 0.001, windowSize: 60, statSize: 30 }) },
  };

  it('leaves none out', () => {
    expect(Object.keys(detectors)).toEqual(Object.keys(golden));
  });

  it.each(Object.keys(detectors))('%s', (name) => {
    const { create, isBinary = false } = detectors[name]!;
    golden[name]!.forEach((expected, index) => {
      expect({ seed: index + 1, ...detections(create(), stream(index + 1, isBinary)) }).toEqual({
        seed: index + 1,
        ...expected,
      });
    });
  });
});

/** `stream` of generate.py. */
function stream(seed: number, isBinary: boolean): number[] {
  let state = seed;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return Array.from({ length: 3 }, () => {
    const rate = uniform();
    return Array.from({ length: 700 }, () => (isBinary ? (uniform() < rate ? 1 : 0) : (uniform() + rate) / 2));
  }).flat();
}
