import { expect, test } from 'vitest';

import { freshProfile } from './helpers/browser.ts';
import { countRows } from './helpers/stored-data.ts';
import { Visitor } from './helpers/visitor.ts';
import { useWorld } from './helpers/world.ts';

const world = useWorld();

test('"Start over" erases what was stored and begins again', async () => {
  const profile = await freshProfile(world.browser);
  const page = await profile.newPage();
  const visitor = new Visitor(page);
  await visitor.visit(world.server.url, { backends: 'wasm' });
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
