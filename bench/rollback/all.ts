import type { FigureSection } from '../sections/section.ts';
import { corruption } from './corruption.ts';
import { gateCosts } from './gate-cost.ts';
import { detector } from './gate-detector.ts';
import { exemplars } from './gate-exemplars.ts';
import { gate } from './gate.ts';
import { poisonedClassification, poisonedRanking } from './poison.ts';

/** Every section, in the order of the page. */
export const sections: readonly FigureSection[] = [
  gate,
  exemplars,
  detector,
  poisonedClassification,
  poisonedRanking,
  corruption,
  gateCosts,
];
