import type { MemorySection } from './section.ts';
import { storage } from './storage.ts';

/** Every section, in the order of the page. */
export const sections: readonly MemorySection[] = [storage];
