import type { Browser } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { freshProfile, launchBrowser } from './helpers/browser.ts';
import { type RunningServer, startServer } from './helpers/server.ts';
import { countRows } from './helpers/stored-data.ts';
import { Visitor } from './helpers/visitor.ts';

let server: RunningServer;
let browser: Browser;

beforeAll(async () => {
  server = await startServer();
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
  await server.stop();
});

test('"Start over" erases what was stored and begins again', async () => {
  const profile = await freshProfile(browser);
  const page = await profile.newPage();
  const visitor = new Visitor(page);
  await visitor.visit(server.url, { backends: 'wasm' });
  await visitor.readNextOf('javascript');
  expect(await countRows(page, 'experiences')).toBeGreaterThan(0);

  const reloaded = page.waitForEvent('load');
  await page.getByRole('button', { name: 'Start over' }).click();
  await reloaded;
  await visitor.ready();
  expect(await countRows(page, 'experiences')).toBe(0);
  expect(await countRows(page, 'checkpoints')).toBe(0);
  expect(await page.evaluate(() => localStorage.length)).toBe(0);
  await profile.close();
});
