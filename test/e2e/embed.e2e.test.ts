import type { BrowserContext, Page } from 'playwright';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Tendril } from 'tendril';

import { freshProfile } from './helpers/browser.ts';
import { permutationTest } from './helpers/exact-tests.ts';
import { servingState } from './helpers/page-data.ts';
import { rewardedItems, storedCopy } from './helpers/stored-data.ts';
import { useWorld } from './helpers/world.ts';

/** The page with one script tag: eight entries of each topic; those about security are the oldest, so the page puts them last. */
const TOPIC = 'security';
const LOADS = 8;
const PATIENCE = { timeout: 20_000 };

const world = useWorld();
let profile: BrowserContext;
let page: Page;

beforeEach(async () => {
  profile = await freshProfile(world.browser);
  page = await profile.newPage();
});

afterEach(() => profile.close());

test('re-orders, learns from clicks that leave the page, and keeps it', async () => {
  await learnsFromClicks();
});

test('does so with the registry down', async () => {
  await profile.route('**/api/**', (route) => route.abort());
  await openList();
  const status = await page.evaluate(() => (globalThis as unknown as { tendril: Tendril }).tendril.status());
  expect(status.errors.map(({ code }) => code)).toContain('REGISTRY_UNREACHABLE');
  await learnsFromClicks();
});

test('keeps the order of the page where its worker is blocked', async () => {
  await profile.route('**/learner.worker.*', (route) => route.abort());
  await openList();
  expect(await page.locator('[data-tendril-list]').getAttribute('data-tendril-source')).toBe('host');
  const markup = await (await page.request.get(`${world.server.url}/embed.html`)).text();
  const inMarkup = [...markup.matchAll(/<li data-tendril-item="([^"]+)"/g)].map(([, id]) => id);
  expect(await itemIds()).toEqual(inMarkup);
});

test('captures, stores and fetches nothing before consent, and forgets everything when it is withdrawn', async () => {
  await profile.route('**/embed.html', async (route) => {
    const response = await route.fetch();
    const body = (await response.text()).replace('data-task=', 'data-consent="required" data-task=');
    await route.fulfill({ response, body });
  });
  const requested: string[] = [];
  page.on('request', (request) => requested.push(new URL(request.url()).pathname));
  const beyondPage = () => requested.filter((path) => /learner|wasm|api/.test(path));
  const list = page.locator('[data-tendril-list]');
  const privacy = (call: 'status' | 'grant' | 'withdraw'): Promise<unknown> =>
    page.evaluate((name) => (globalThis as unknown as { tendril: Tendril }).tendril.privacy[name]() as unknown, call);
  const stored = () => page.evaluate(async () => [(await indexedDB.databases()).length, localStorage.length]);

  await page.goto(`${world.server.url}/embed.html`);
  await page.waitForFunction(() => 'tendril' in globalThis);
  expect(await privacy('status')).toMatchObject({ consent: 'missing', stored: { records: {} } });
  await page.evaluate(() => addEventListener('click', (event) => event.preventDefault()));
  await list.locator('a').first().click();
  expect(await list.getAttribute('data-tendril-source')).toBeNull();
  expect(beyondPage()).toEqual([]);
  expect(await stored()).toEqual([0, 0]);

  // A list under the pointer or the focus would keep its order.
  await page.mouse.move(0, 0);
  await list.locator('a').first().blur();
  await privacy('grant');
  await expect.poll(() => list.getAttribute('data-tendril-source'), PATIENCE).toBe('model');
  expect(beyondPage()).not.toEqual([]);
  expect(await privacy('status')).toMatchObject({ consent: 'granted', stored: { records: { decisions: 1 } } });

  expect(await privacy('withdraw')).toEqual({ ok: true, value: null });
  expect(await stored()).toEqual([0, 0]);
});

test('loses no click of someone in a hurry', async () => {
  const clicked: string[] = [];
  for (let click = 0; click < 8; click++) {
    await openList();
    const item = page.locator('[data-tendril-item]').nth(click);
    clicked.push((await item.getAttribute('data-tendril-item')) ?? '');
    await item.locator('a').click();
    await page.waitForURL('**/?open=*');
    // Every other page stays long enough to start Tendril, with other tasks: it must not swallow what is not its own.
    if (click % 2 === 0) await servingState(page);
  }
  await openList();
  await expect.poll(waiting, PATIENCE).toBe(0);
  const { tables } = await storedCopy(page);
  const clicks = (tables['signals'] ?? []).filter(({ type }) => type === 'click');
  expect(clicks.map(({ item }) => item).sort()).toEqual([...clicked].sort());
  // Who clicks sooner than anybody can see what is there is taken for a robot.
  const believed = clicks.filter(({ suspicion }) => suspicion === undefined);
  expect((await rewardedItems(page)).sort()).toEqual(believed.map(({ item }) => item).sort());
  for (const { suspicion = 'impossible-speed' } of clicks) expect(suspicion).toBe('impossible-speed');
});

/** The eight entries of the topic must stand further up than before. Places are means over several loads, because each explores a little. */
async function learnsFromClicks(): Promise<void> {
  const before = await meanPlaces();
  for (const id of before.keys()) {
    await openList();
    // Someone who reads the list before the next click gives the worker the time to learn from the last one.
    await expect.poll(waiting, PATIENCE).toBe(0);
    await page.locator(`[data-tendril-item="${id}"] a`).click();
    await page.waitForURL('**/?open=*');
    expect(await servingState(page)).toBe('ready');
  }
  await openList();
  await expect.poll(waiting, PATIENCE).toBe(0);
  const after = await meanPlaces();
  expect(before.size).toBe(8);
  expect(permutationTest([...before.values()], [...after.values()])).toBeLessThan(0.01);
}

/** Signals that are not stored yet, and experiences of those that are that are not learned yet. */
function waiting(): Promise<number> {
  return page.evaluate(async () => {
    const { tendril } = globalThis as unknown as { tendril: Tendril };
    const journaled = ['signals', 'captured'].flatMap(
      (name) => JSON.parse(localStorage.getItem(`tendril:tendril:${name}`) ?? '[]') as { type: string }[],
    );
    // Settles what is stored.
    await tendril.checkpoint('reading-list');
    const { worker } = await tendril.status();
    return journaled.filter(({ type }) => type === 'click').length + (worker?.tasks['reading-list']?.pending ?? 0);
  });
}

async function meanPlaces(): Promise<Map<string, number>> {
  const places = new Map<string, number>();
  for (let load = 0; load < LOADS; load++) {
    await openList();
    const topics = await page
      .locator('[data-tendril-item]')
      .evaluateAll((items) => items.map((item) => item.getAttribute('data-tendril-categorical-topic')));
    (await itemIds()).forEach((id, index) => {
      if (topics[index] === TOPIC) places.set(id, (places.get(id) ?? 0) + (index + 1) / LOADS);
    });
  }
  return places;
}

/** Opens the page and waits until the script has ordered the list, or has let it be. */
async function openList(): Promise<void> {
  await page.goto(`${world.server.url}/embed.html`);
  await page.locator('[data-tendril-list][data-tendril-source]').waitFor();
}

function itemIds(): Promise<string[]> {
  return page
    .locator('[data-tendril-item]')
    .evaluateAll((items) => items.map((item) => (item as HTMLElement).dataset['tendrilItem'] ?? ''));
}
