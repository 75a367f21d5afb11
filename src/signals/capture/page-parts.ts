import type { PageLoad, TabStorage } from './capture-options.ts';

/** The tab's storage; null where it is closed to the page. What fails later fails alone. */
export function tabStorage(page: Window): TabStorage | null {
  try {
    return page.sessionStorage;
  } catch {
    return null;
  }
}

export function pageLoadOf({ performance }: Window & typeof globalThis): PageLoad {
  const [navigation] = performance.getEntriesByType('navigation') as readonly PerformanceNavigationTiming[];
  return { wentBack: navigation?.type === 'back_forward', atMs: performance.timeOrigin };
}
