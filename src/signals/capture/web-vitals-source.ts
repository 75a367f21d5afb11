import { onCLS, onFCP, onINP, onLCP, onTTFB } from 'web-vitals';
import type { VitalsSource } from './capture-options.ts';

type Report = Parameters<VitalsSource>[0];

/** The library cannot be told to end: it is begun once for a page, and whoever began last hears of it. */
let listener: Report | null = null;

/** Each vital when it is final, or when the page is hidden. */
export const webVitals: VitalsSource = (report, later) => {
  const begun = listener !== null;
  listener = report;
  if (begun) return;
  later(() => onLCP(({ value }) => listener?.('lcp', value)));
  later(() => onINP(({ value }) => listener?.('inp', value)));
  later(() => onCLS(({ value }) => listener?.('cls', value)));
  later(() => onFCP(({ value }) => listener?.('fcp', value)));
  later(() => onTTFB(({ value }) => listener?.('ttfb', value)));
};
