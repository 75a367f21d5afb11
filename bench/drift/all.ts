import type { FigureSection } from '../sections/section.ts';
import { featureDrift } from './feature-drift.ts';
import { lateLabels } from './feature-drift-late-labels.ts';
import { uplift } from './uplift.ts';
import { defaultDetector } from './detectors-default.ts';
import { cost } from './detectors-cost.ts';
import { detectorsOnErrors } from './detectors-all.ts';
import { episodes } from './detectors-episodes.ts';
import { fixtures } from './detectors-fixtures.ts';

/** Every section, in the order of the page. */
export const sections: readonly FigureSection[] = [
  fixtures,
  detectorsOnErrors,
  defaultDetector,
  episodes,
  cost,
  uplift,
  featureDrift,
  lateLabels,
];
