import type { FigureSection } from '../sections/section.ts';
import { detector } from './gate-detector.ts';
import { exemplars } from './gate-exemplars.ts';
import { gate } from './gate.ts';

/** Every section, in the order of the page. */
export const sections: readonly FigureSection[] = [gate, exemplars, detector];
