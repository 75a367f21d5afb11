import { consolidation } from './consolidation.ts';
import { mainThread } from './main-thread.ts';
import { routines } from './routines.ts';
import type { MemorySection } from './section.ts';
import { storage } from './storage.ts';
import { tabs } from './tabs.ts';

/** Every section, in the order of the page. */
export const sections: readonly MemorySection[] = [storage, consolidation, tabs, mainThread, routines];
