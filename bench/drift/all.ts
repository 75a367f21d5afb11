import type { FigureSection } from '../sections/section.ts';

/** Every section, in the order of the page. */
export const sections: readonly FigureSection[] = [];
