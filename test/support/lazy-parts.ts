import type { LazyParts } from '../../src/client/lazy-parts.ts';

/** From the sources, where a page loads built files. */
export const sourceParts: LazyParts = {
  privacy: () => import('../../src/client/privacy-part.ts'),
  capture: () => import('../../src/client/capture-part.ts'),
  review: () => import('../../src/client/review-part.ts'),
  manage: () => import('../../src/client/manage-part.ts'),
  device: () => import('../../src/client/device-part.ts'),
};
