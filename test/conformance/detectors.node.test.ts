import { Adwin } from '../../src/monitor/drift/adwin.ts';
import { Ddm } from '../../src/monitor/drift/ddm.ts';
import { createDefaultErrorDetector } from '../../src/monitor/drift/error-detector.ts';
import { HddmA } from '../../src/monitor/drift/hddm-a.ts';
import { HddmW } from '../../src/monitor/drift/hddm-w.ts';
import { Kswin } from '../../src/monitor/drift/kswin.ts';
import { PageHinkley } from '../../src/monitor/drift/page-hinkley.ts';
import { describeDetector } from './detector-cases.ts';

const range = { least: -2, most: 5 };

describeDetector({ name: 'ADWIN', create: () => new Adwin(), mostDelay: 64, mostNumbers: 200 });
describeDetector({ name: 'ADWIN, another range', create: () => new Adwin({ range }), mostDelay: 64, mostNumbers: 200 });
describeDetector({ name: 'DDM', create: () => new Ddm(), mostDelay: 60, mostNumbers: 5 });
describeDetector({ name: 'HDDM_A', create: () => new HddmA(), mostDelay: 60, mostNumbers: 7 });
describeDetector({ name: 'HDDM_W', create: () => new HddmW(), mostDelay: 60, mostNumbers: 16 });
describeDetector({ name: 'Page-Hinkley', create: () => new PageHinkley(), mostDelay: 80, mostNumbers: 7 });
describeDetector({
  name: 'Page-Hinkley, up',
  create: () => new PageHinkley({ mode: 'up', threshold: 350, delta: 0.035, range }),
  mostDelay: 80,
  mostNumbers: 7,
});
describeDetector({ name: 'KSWIN', create: () => new Kswin({ alpha: 1e-6 }), mostDelay: 60, mostNumbers: 106 });
describeDetector({ name: 'the default', create: createDefaultErrorDetector, mostDelay: 30, mostNumbers: 160 });
