import type { Page } from 'playwright';
import { expect, test } from 'vitest';

import { freshProfile } from './helpers/browser.ts';
import { Visitor } from './helpers/visitor.ts';
import { useWorld } from './helpers/world.ts';

const TASTE = 'javascript';

const world = useWorld();

test('after one visit the page opens, ranks, captures, learns and shows what it knows with the server gone', async () => {
  const profile = await freshProfile(world.browser, 'allow');
  const page = await profile.newPage();
  const online = new Visitor(page);
  await online.visit(world.server.url, { backends: 'wasm' });
  await online.readNextOf(TASTE);
  await keptForOffline(page);
  await page.close();
  await world.server.stop();

  const offlinePage = await profile.newPage();
  const offline = new Visitor(offlinePage);
  await offline.visit(world.server.url, { backends: 'wasm' });
  expect(await offlinePage.locator('.entry').count()).toBe(30);
  const before = await learnedTo(offline);
  expect(before).toBeGreaterThan(0);
  await offline.captured();
  await offline.readNextOf(TASTE);
  expect(await learnedTo(offline)).toBeGreaterThan(before);
  // What is loaded when it is asked for is there as well.
  await offlinePage.getByRole('button', { name: 'What it knows' }).click();
  await offlinePage.locator('[data-section="opened"] [data-remembered]').first().waitFor();
  await profile.close();
});

/** A cache has no event for what is put into it, so this asks until everything that the page needs is there. */
async function keptForOffline(page: Page): Promise<void> {
  const needed = [
    '/',
    '/catalogue.json',
    '/tendril/tendril.mjs',
    '/tendril/signals.mjs',
    '/tendril/privacy.mjs',
    '/tendril/learner.worker.mjs',
  ];
  const missing = (): Promise<string[]> =>
    page.evaluate(async (paths) => {
      const found = await Promise.all(paths.map((path) => caches.match(path)));
      return paths.filter((_, index) => found[index] === undefined);
    }, needed);
  await expect.poll(missing, { timeout: 30_000 }).toEqual([]);
}

async function learnedTo(visitor: Visitor): Promise<number> {
  return (await visitor.status()).worker?.tasks['web-features']?.model.learnedTo ?? 0;
}
