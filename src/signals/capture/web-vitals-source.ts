import { onCLS, onFCP, onINP, onLCP, onTTFB } from 'web-vitals';
import type { VitalsSource } from './capture-options.ts';

type Report = Parameters<VitalsSource>[0];

/** Whoever began last hears of it: the library cannot be told to end. */
let listener: Report | null = null;

/** What is not begun yet; each is begun once for a page. */
const vitals = [
  () => onLCP(({ value }) => listener?.('lcp', value)),
  () => onINP(({ value }) => listener?.('inp', value)),
  () => onCLS(({ value }) => listener?.('cls', value)),
  () => onFCP(({ value }) => listener?.('fcp', value)),
  () => onTTFB(({ value }) => listener?.('ttfb', value)),
];

/** Each vital when it is final, or when the page is hidden. */
export const webVitals: VitalsSource = (report, later) => {
  listener = report;
  for (const _ of vitals) later(() => vitals.shift()?.());
};
