import type { BrowserContext, Page } from 'playwright';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freshProfile } from './helpers/browser.ts';
import { useWorld } from './helpers/world.ts';

/** The four worked examples, in the page that a visitor gets, under its content security policy. */
const PATIENCE = { timeout: 60_000 };

const world = useWorld();
let profile: BrowserContext;
let page: Page;
let problems: string[];

beforeEach(async () => {
  profile = await freshProfile(world.browser);
  page = await profile.newPage();
  problems = [];
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
});

afterEach(async () => {
  await profile.close();
  expect(problems, 'said by the page, its policy included').toEqual([]);
});

async function open(example: string): Promise<void> {
  await page.goto(`${world.server.url}/review/index.html`);
  await expect.poll(() => page.locator('#said').textContent(), PATIENCE).toBe('');
  await page.getByRole('tab', { name: example }).click();
}

const figure = async (id: string) => Number.parseFloat((await page.locator(`#${id}`).textContent()) ?? '');
const component = () => page.locator('tendril-review');

/** Presses a button of the page, and waits until it is done. */
async function press(name: string): Promise<void> {
  const button = page.getByRole('button', { name, exact: true });
  await button.click();
  await expect.poll(() => button.isEnabled(), PATIENCE).toBe(true);
}

test('a person settles what the model left, with the keyboard, and it is in the trail', async () => {
  await open('Content moderation');
  await press('Next case');
  expect(await page.locator('#said').textContent()).toBe('The model is not sure: a person decides.');
  const review = component();
  await expect.poll(() => review.getByRole('heading', { name: 'Review 1 of 1' }).isVisible(), PATIENCE).toBe(true);
  expect(await review.locator('dd').first().textContent()).not.toBe('');
  await review.getByLabel('Your name').focus();
  await page.keyboard.type('Ann');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  expect(await review.getByRole('radio', { name: 'fine' }).isChecked()).toBe(true);
  await review.getByRole('button', { name: 'Correct' }).focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => review.getByText('Nothing waits for a review.').isVisible(), PATIENCE).toBe(true);
  await review.getByText('Audit trail').click();
  await expect.poll(() => review.getByRole('listitem').count(), PATIENCE).toBe(2);
  expect(await review.getByRole('listitem').first().textContent()).toContain('Ann: ');
});

test.each(['Replies in a support chat', 'Content moderation', 'Which summary, A or B?'])(
  '%s: the model leaves less to people, the more they have said, and is right',
  async (example) => {
    await open(example);
    for (let round = 0; round < 3; round++) await press('30 cases with a careful reviewer');
    expect(await figure('cases')).toBe(90);
    expect(await figure('first')).toBeGreaterThan(30);
    expect(await figure('last')).toBeLessThan((await figure('first')) / 2);
    expect(await figure('right')).toBeGreaterThan(94);
  },
);

test('results are graded, and what was said is there after a reload', async () => {
  await open('Judging search results');
  await press('Next case');
  const review = component();
  await expect.poll(() => review.getByRole('combobox').count(), PATIENCE).toBe(5);
  await review.getByLabel('Your name').fill('Ann');
  for (const [index, select] of (await review.getByRole('combobox').all()).entries())
    await select.selectOption({ label: index === 2 ? 'perfect' : 'bad' });
  await review.getByRole('button', { name: 'Correct' }).click();
  await expect.poll(() => review.getByText('Nothing waits for a review.').isVisible(), PATIENCE).toBe(true);
  await open('Judging search results');
  expect(await figure('cases')).toBe(1);
  await review.getByText('Audit trail').click();
  await expect.poll(() => review.getByRole('listitem').count(), PATIENCE).toBe(2);
});

test('fits a small screen, in the dark', async () => {
  await page.setViewportSize({ width: 360, height: 800 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await open('Judging search results');
  await press('Next case');
  await expect.poll(() => component().getByRole('combobox').count(), PATIENCE).toBe(5);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  const widest = await component().evaluate((element) => {
    const inner = [...(element.shadowRoot?.querySelectorAll('*') ?? [])];
    return Math.max(...inner.map((one) => one.getBoundingClientRect().right));
  });
  expect(widest).toBeLessThanOrEqual(360);
});
