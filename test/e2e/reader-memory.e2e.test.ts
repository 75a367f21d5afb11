import type { BrowserContext, Locator, Page } from 'playwright';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DecisionExplanation, Tendril } from 'tendril';

import { freshProfile } from './helpers/browser.ts';
import { storedCopy } from './helpers/stored-data.ts';
import { Visitor } from './helpers/visitor.ts';
import { useWorld } from './helpers/world.ts';

/** The reader's panel of what it knows, as a visitor uses it: something is opened, found there, explained, and forgotten. */
const TASTE = 'javascript';
const LOOK_MS = 300;
const PATIENCE = { timeout: 20_000 };
/** The account has this in it whatever was forgotten, if anything was. */
const FORGOTTEN = /^Forgotten/;

const world = useWorld();
let profile: BrowserContext;
let page: Page;
let visitor: Visitor;

beforeEach(async () => {
  profile = await freshProfile(world.browser);
  page = await profile.newPage();
  visitor = new Visitor(page);
  await visitor.visit(world.server.url, { backends: 'cpu', registry: 'off' });
  await visitor.captured();
});

afterEach(() => profile.close());

test('an entry that was opened is remembered, explained and forgotten, after a reload too', async () => {
  const id = await openNext();
  expect(await learnedOf(id)).toEqual([1]);
  const knows = await whatItKnows();
  await remembered(id).waitFor();

  await remembered(id).getByRole('button', { name: 'Why?' }).click();
  const why = page.getByRole('dialog', { name: 'Why am I seeing this?' });
  await why.getByText(/^It was number \d+/).waitFor();
  expect(await why.locator('[data-signal="click"]').textContent()).toContain('you opened it');
  await why.getByText('You opened it, and that counts as wanted.').waitFor();
  await page.keyboard.press('Escape');

  await remembered(id).getByRole('button', { name: 'Forget' }).click();
  await knows.getByText(FORGOTTEN).waitFor();
  await knows.getByText(/^Your reader went back/).waitFor();
  expect(await remembered(id).count()).toBe(0);
  expect(await tablesThatName(id)).toEqual([]);
  expect(await page.evaluate(() => localStorage.getItem('tendril.read'))).toBeNull();

  await visitor.reload();
  await whatItKnows();
  expect(await remembered(id).count()).toBe(0);
  // It may be shown and passed over by now; that it was opened is not known any more.
  expect(await learnedOf(id)).not.toContain(1);
});

test('an opening that is both said and captured is learned once', async () => {
  const id = await openNext();
  const { tables } = await storedCopy(page);
  const clicks = (tables['signals'] ?? []).filter(({ type, item }) => type === 'click' && item === id);
  expect(clicks).toHaveLength(1);
  expect(clicks[0]).not.toHaveProperty('suspicion');
  expect(await learnedOf(id)).toEqual([1]);
});

test('what is read in the panel, and the links that are followed from it, are told of the same decision', async () => {
  await page.route(/^https:/, (route) => route.abort());
  const card = page.locator('.entry').first();
  const id = (await card.getAttribute('data-tendril-item')) ?? '';
  await card.getByRole('heading').getByRole('button').click();
  const detail = page.locator('#detail');
  await detail.getByRole('heading', { name: 'Availability' }).click();
  // The link leads nowhere here.
  await detail
    .getByRole('link')
    .first()
    .evaluate((link) => link.addEventListener('click', (event) => event.preventDefault()));
  await detail.getByRole('link').first().click();
  // Reading is told when it has lasted for a second.
  await page.mouse.move(700, 300);
  await page.waitForTimeout(1500);
  await page.mouse.move(710, 310);
  await page.keyboard.press('Escape');
  const told = () => signalsOf(id, ['click', 'completion', 'dwell']);
  await expect
    .poll(async () => (await told()).map(({ type }) => type), PATIENCE)
    .toEqual(['click', 'completion', 'dwell']);
  expect(new Set((await told()).map(({ decisionId }) => decisionId)).size).toBe(1);
});

test('one kind of thing, and all of today, can be forgotten', async () => {
  const ids = [await openNext(), await openNext()];
  const knows = await whatItKnows();
  for (const id of ids) await remembered(id).waitFor();

  await knows.getByLabel('Or of all days').selectOption({ label: 'what you opened, and how you read it' });
  await knows.getByRole('button', { name: 'Forget this' }).click();
  await knows.getByText(FORGOTTEN).waitFor();
  for (const id of ids) expect(await remembered(id).count()).toBe(0);
  const { tables } = await storedCopy(page);
  expect((tables['signals'] ?? []).filter(({ type }) => type === 'click')).toEqual([]);
  expect([await learnedOf(ids[0] ?? ''), await learnedOf(ids[1] ?? '')].flat()).not.toContain(1);

  await page.keyboard.press('Escape');
  const id = await openNext();
  await whatItKnows();
  await remembered(id).waitFor();
  await knows.getByRole('button', { name: 'Forget today' }).click();
  await knows.getByText(FORGOTTEN).waitFor();
  await knows.getByText('none yet').waitFor();
  expect((await storedCopy(page)).tables['experiences']).toEqual([]);
});

test('forgetting where there is nothing says so', async () => {
  const knows = await whatItKnows();
  await knows.getByLabel('Or of all days').selectOption({ label: 'how long and how far you read' });
  await knows.getByRole('button', { name: 'Forget this' }).click();
  await knows.getByText('Nothing of it was stored').waitFor();
});

test('asking why is no opening, by the keyboard alone; a developer sees the whole explanation', async () => {
  const card = page.locator('.entry').nth(2);
  const id = (await card.getAttribute('data-tendril-item')) ?? '';
  const ask = card.getByRole('button', { name: /^Why here\?/ });
  await ask.focus();
  await page.keyboard.press('Enter');
  const why = page.getByRole('dialog', { name: 'Why am I seeing this?' });
  await why.getByText(/^It is number 3 of 1,\d+\. Your reader gave it a chance of \d/).waitFor();
  await why.getByText('Your reader had learned nothing from you yet.').waitFor();
  expect(await page.locator('#detail').evaluate((dialog) => (dialog as HTMLDialogElement).open)).toBe(false);

  const details = why.locator('.raw summary');
  for (let presses = 0; presses < 20 && !(await details.evaluate(hasFocus)); presses++)
    await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  const explained = JSON.parse((await why.locator('pre').textContent()) ?? '') as DecisionExplanation & {
    readonly item: DecisionExplanation['items'][number];
  };
  expect(explained).toMatchObject({ policy: 'thompson-sampling', model: { modelVersion: null, learnedTo: 0 } });
  expect(explained.item).toMatchObject({ item: id, slot: 2 });
  expect(explained.item.propensity).toBeGreaterThan(0);
  expect(explained.item.propensity).toBeLessThan(1);
  const features = ['baseline', 'context.daypart', 'context.narrow', 'text', 'topics', 'year'];
  expect(features).toEqual(expect.arrayContaining(explained.item.features?.map(({ feature }) => feature) ?? ['none']));

  await page.keyboard.press('Escape');
  expect(await ask.evaluate(hasFocus)).toBe(true);
  await expect.poll(() => signalsOf(id, ['why']), PATIENCE).toHaveLength(1);
  expect(await signalsOf(id, ['click'])).toEqual([]);
  expect(await learnedOf(id)).not.toContain(1);
});

describe.each([
  { width: 360, height: 740 },
  { width: 1280, height: 900 },
])('$width pixels wide', (viewport) => {
  test('the panel moves nothing of the page, and fits into it', async () => {
    await page.setViewportSize(viewport);
    if (!(await page.locator('#panel').evaluate((panel) => (panel as HTMLDetailsElement).open)))
      await page.locator('#panel > summary').click();
    const id = await openNext();
    await page.getByRole('button', { name: 'What it knows' }).scrollIntoViewIfNeeded();
    const before = await page.locator('#list').boundingBox();
    const knows = await whatItKnows();
    await remembered(id).getByRole('button', { name: 'Why?' }).click();
    await page.getByText('You opened it, and that counts as wanted.').waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(viewport.width);
    for (const dialog of ['#memory', '#why']) {
      const { scrollWidth, clientWidth } = await page
        .locator(dialog)
        .evaluate(({ scrollWidth, clientWidth }) => ({ scrollWidth, clientWidth }));
      expect(scrollWidth).toBe(clientWidth);
    }
    await page.keyboard.press('Escape');
    await remembered(id).getByRole('button', { name: 'Forget' }).click();
    await knows.getByText(FORGOTTEN).waitFor();
    const after = await page.locator('#list').boundingBox();
    // Its length is that of its entries, which are others by now.
    expect({ ...after, height: 0 }).toEqual({ ...before, height: 0 });
  });
});

/** Looks at the next entry of the taste, opens and closes it, and waits until the click has been captured and everything is learned. @returns its id */
async function openNext(): Promise<string> {
  const card = await visitor.nextOf(TASTE);
  const id = (await card.locator('xpath=ancestor::li').getAttribute('data-tendril-item')) ?? '';
  await card.scrollIntoViewIfNeeded();
  // Who presses sooner than anybody can see what is there is taken for a robot.
  await page.waitForTimeout(LOOK_MS);
  await visitor.readNextOf(TASTE);
  await expect.poll(() => signalsOf(id, ['click']), PATIENCE).toHaveLength(1);
  // Settles what is stored, too.
  await page.evaluate(() => (globalThis as unknown as { tendril: Tendril }).tendril.checkpoint('web-features'));
  return id;
}

async function whatItKnows(): Promise<Locator> {
  await page.getByRole('button', { name: 'What it knows' }).click();
  const dialog = page.getByRole('dialog', { name: 'What your reader knows' });
  // The last of what is shown when it has been read.
  await dialog.locator('[data-section="habits"] .section-body > *').first().waitFor();
  return dialog;
}

/** The entry in the list of those that were opened. */
function remembered(id: string): Locator {
  return page.locator(`[data-section="opened"] .section-body > ul [data-remembered="${id}"]`);
}

async function signalsOf(id: string, types: readonly string[]): Promise<{ type: string; decisionId: unknown }[]> {
  const { tables } = await storedCopy(page);
  return (tables['signals'] ?? [])
    .filter(({ item, type }) => item === id && types.includes(String(type)))
    .map(({ type, decisionId }) => ({ type: String(type), decisionId }))
    .sort((a, b) => (a.type < b.type ? -1 : 1));
}

/** Rewards of what was learned of the entry, in the order of the log. */
async function learnedOf(id: string): Promise<number[]> {
  const { tables } = await storedCopy(page);
  return (tables['experiences'] ?? [])
    .map(({ payload }) => payload as { candidateId: string; reward: number })
    .filter(({ candidateId }) => candidateId === id)
    .map(({ reward }) => reward);
}

/** Of those that hold what the visitor did. */
async function tablesThatName(id: string): Promise<string[]> {
  const { tables } = await storedCopy(page);
  const names = ['signals', 'experiences', 'knowledge', 'pending', 'outbox'];
  return names.filter((name) => JSON.stringify(tables[name] ?? []).includes(JSON.stringify(id)));
}

/** Runs in the page. */
function hasFocus(element: Element): boolean {
  return element === document.activeElement;
}
