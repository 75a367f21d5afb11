import { consolidation } from './consolidation.ts';
import { mainThread } from './main-thread.ts';
import { routines } from './routines.ts';
import type { FigureSection } from '../sections/section.ts';
import { storage } from './storage.ts';
import { tabs } from './tabs.ts';

/** Every section, in the order of the page. */
export const sections: readonly FigureSection[] = [storage, consolidation, tabs, mainThread, routines];
