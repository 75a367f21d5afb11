import { onCLS, onFCP, onINP, onLCP, onTTFB } from 'web-vitals';
import type { VitalsSource } from './capture-options.ts';

/** Each vital when it is final, or when the page is hidden. */
export const webVitals: VitalsSource = (report) => {
  onLCP(({ value }) => report('lcp', value));
  onINP(({ value }) => report('inp', value));
  onCLS(({ value }) => report('cls', value));
  onFCP(({ value }) => report('fcp', value));
  onTTFB(({ value }) => report('ttfb', value));
};
