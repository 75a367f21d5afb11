import type { Page } from 'playwright';

/** Counters that the reader page keeps as `data-` attributes of its root element (demo/page-state.ts). */
export type Counter = 'orders' | 'acknowledged' | 'learned';

export function pageData(page: Page, name: Counter): Promise<number> {
  return page.evaluate((key) => Number(document.documentElement.dataset[key] ?? '0'), name);
}

/**
 * Resolves when the counter has reached this value: by the change of the attribute, not by looking from time to time.
 * @throws the error code, where the page was refused what the counter waits for
 */
export async function waitForData(page: Page, name: Counter, atLeast: number): Promise<void> {
  await page.evaluate(
    ([key, value]) =>
      new Promise<void>((resolve, reject) => {
        const root = document.documentElement;
        const settle = (): void => {
          if (root.dataset['refused'] !== undefined) reject(new Error(root.dataset['refused']));
          if (Number(root.dataset[key] ?? '0') < value) return;
          observer.disconnect();
          resolve();
        };
        const observer = new MutationObserver(settle);
        observer.observe(root, { attributes: true });
        settle();
      }),
    [name, atLeast] as const,
  );
}

/** Resolves with what serves the page: the state after `starting`. */
export function servingState(page: Page): Promise<string> {
  return page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        const root = document.documentElement;
        const settle = (): void => {
          const state = root.dataset['tendril'] ?? 'starting';
          if (state === 'starting') return;
          observer.disconnect();
          resolve(state);
        };
        const observer = new MutationObserver(settle);
        observer.observe(root, { attributes: true });
        settle();
      }),
  );
}
