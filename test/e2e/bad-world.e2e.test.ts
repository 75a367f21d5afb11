import type { BrowserContext, Page } from 'playwright';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { freshProfile } from './helpers/browser.ts';
import { servingState } from './helpers/page-data.ts';
import { countRows, damageCheckpoints } from './helpers/stored-data.ts';
import { Visitor } from './helpers/visitor.ts';
import { useWorld } from './helpers/world.ts';

const TASTE = 'javascript';

const world = useWorld();
let profile: BrowserContext;
let page: Page;
let visitor: Visitor;

beforeEach(async () => {
  profile = await freshProfile(world.browser);
  page = await profile.newPage();
  visitor = new Visitor(page);
});

afterEach(() => profile.close());

test('registry down: the page ranks and learns, and a model that was published waits', async () => {
  await profile.route('**/api/**', (route) => route.abort());
  await visitor.visit(world.server.url, { backends: 'cpu' });
  await visitor.readNextOf(TASTE);
  expect(await errorCodes()).toContain('REGISTRY_UNREACHABLE');
  await page.getByRole('button', { name: 'Publish this model' }).click();
  await page.getByText('Kept here until it can be sent').waitFor();
  expect((await visitor.status()).worker?.outbox).toEqual({ waiting: 1, parked: 0 });
  expect(await countRows(page, 'outbox')).toBe(1);
});

test('registry back: what waited is sent', async () => {
  await profile.route('**/api/**', (route) => route.abort());
  await visitor.visit(world.server.url, { backends: 'cpu' });
  await visitor.readNextOf(TASTE);
  await page.getByRole('button', { name: 'Publish this model' }).click();
  await page.getByText('Kept here until it can be sent').waitFor();
  await profile.unroute('**/api/**');
  await visitor.reload();
  await expect.poll(async () => (await visitor.status()).worker?.outbox.waiting).toBe(0);
});

test('worker blocked: the page keeps its own order and loses nothing', async () => {
  await visitor.visit(world.server.url, { backends: 'cpu' });
  const ownOrder = await newestFirst();
  await visitor.readNextOf(TASTE);
  const stored = await storedRows();
  expect(stored.experiences).toBeGreaterThan(0);

  await profile.route('**/learner.worker.mjs', (route) => route.abort());
  await page.reload();
  expect(await servingState(page)).toBe('unavailable');
  const kept = await storedRows();
  // The page before may have told of its end.
  expect(kept.experiences).toBeGreaterThanOrEqual(stored.experiences);
  expect(kept.decisions).toBeGreaterThanOrEqual(stored.decisions);
  const read = new Set(await readIds());
  expect(await visitor.firstIds(30)).toEqual(ownOrder.filter((id) => !read.has(id)).slice(0, 30));
  expect((await visitor.status()).state).toBe('unavailable');
  expect(await errorCodes()).toContain('WORKER_UNAVAILABLE');
  await page.locator('.entry .title').first().click();
  await page.getByRole('heading', { name: 'Availability' }).waitFor();
  await page.keyboard.press('Escape');
  expect(await storedRows()).toEqual(kept);
});

test('library blocked: the list is there', async () => {
  await profile.route('**/tendril/**', (route) => route.abort());
  await page.goto(world.server.url);
  expect(await servingState(page)).toBe('unavailable');
  expect(await visitor.firstIds()).toEqual((await newestFirst()).slice(0, 10));
});

test('damaged checkpoints: reported, set aside, and learned again from the log', async () => {
  await visitor.visit(world.server.url, { backends: 'cpu' });
  for (let click = 0; click < 3; click++) await visitor.readNextOf(TASTE);
  const stored = await storedRows();
  const learned = await learnedTo();
  expect(learned).toBeGreaterThan(0);
  // A page of the same origin without a worker, so that nothing writes in between.
  await page.goto(`${world.server.url}/manifest.webmanifest`);
  expect(await damageCheckpoints(page)).toBeGreaterThan(0);

  await visitor.visit(world.server.url, { backends: 'cpu' });
  expect(await errorCodes()).toContain('CHECKPOINT_CORRUPT');
  await expect.poll(learnedTo).toBeGreaterThanOrEqual(learned);
  const now = await storedRows();
  expect(now.experiences).toBeGreaterThanOrEqual(stored.experiences);
  expect(now.decisions).toBeGreaterThanOrEqual(stored.decisions);
});

async function errorCodes(): Promise<string[]> {
  const { errors, worker } = await visitor.status();
  return [...errors, ...(worker?.errors ?? [])].map(({ code }) => code);
}

async function learnedTo(): Promise<number> {
  return (await visitor.status()).worker?.tasks['web-features']?.model.learnedTo ?? 0;
}

async function storedRows(): Promise<{ experiences: number; decisions: number; checkpoints: number }> {
  const [experiences, decisions, checkpoints] = [
    await countRows(page, 'experiences'),
    await countRows(page, 'decisions'),
    await countRows(page, 'checkpoints'),
  ];
  return { experiences, decisions, checkpoints };
}

/** The page's own order, as the build wrote it. */
async function newestFirst(): Promise<string[]> {
  const response = await page.request.get(`${world.server.url}/catalogue.json`);
  const { entries } = (await response.json()) as { entries: { id: string }[] };
  return entries.map(({ id }) => id);
}

function readIds(): Promise<string[]> {
  return page.evaluate(() =>
    (JSON.parse(localStorage.getItem('tendril.read') ?? '[]') as { id: string }[]).map(({ id }) => id),
  );
}
