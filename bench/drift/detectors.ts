import { Adwin } from '../../src/monitor/drift/adwin.ts';
import { Ddm } from '../../src/monitor/drift/ddm.ts';
import type { DriftDetector } from '../../src/monitor/drift/drift-detector.ts';
import { createDefaultErrorDetector } from '../../src/monitor/drift/error-detector.ts';
import { HddmA } from '../../src/monitor/drift/hddm-a.ts';
import { HddmW } from '../../src/monitor/drift/hddm-w.ts';
import { Kswin } from '../../src/monitor/drift/kswin.ts';
import { PageHinkley } from '../../src/monitor/drift/page-hinkley.ts';

export interface NamedDetector {
  readonly name: string;
  readonly create: () => DriftDetector;
}

export const DEFAULT_DETECTOR: NamedDetector = { name: 'Tendril (default)', create: createDefaultErrorDetector };

/** With the parameters that River has by default, but for what the name says. */
export const detectors: readonly NamedDetector[] = [
  DEFAULT_DETECTOR,
  { name: 'ADWIN 0.002', create: () => new Adwin() },
  { name: 'DDM 3σ', create: () => new Ddm() },
  { name: 'HDDM_A 0.001', create: () => new HddmA() },
  { name: 'HDDM_W 0.001', create: () => new HddmW() },
  { name: 'Page-Hinkley 50', create: () => new PageHinkley() },
  { name: 'Page-Hinkley 50, up', create: () => new PageHinkley({ mode: 'up' }) },
  { name: 'Page-Hinkley 20', create: () => new PageHinkley({ threshold: 20 }) },
  { name: 'KSWIN 0.005', create: () => new Kswin() },
  { name: 'KSWIN 0.0001', create: () => new Kswin({ alpha: 0.0001 }) },
];
