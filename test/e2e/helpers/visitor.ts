import type { Locator, Page } from 'playwright';
import type { Status, Tendril } from 'tendril';

import { pageData, waitForData } from './page-data.ts';

/** Someone at the reader page: sees the cards, clicks, presses the buttons. Knows nothing that is not on the page. */
export class Visitor {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** @param query settings of the page, e.g. `{ seed: '3' }` */
  async visit(origin: string, query: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.#page.goto(`${origin}/?${new URLSearchParams(query).toString()}`);
    await this.ready();
  }

  async reload(): Promise<void> {
    await this.#page.reload();
    await this.ready();
  }

  /** Waits for the first order that the model made. */
  async ready(): Promise<void> {
    await waitForData(this.#page, 'orders', 1);
  }

  /** Waits until what the visitor does is captured: that begins when the page has nothing better to do. */
  async captured(): Promise<void> {
    await this.#page.locator('html[data-capturing]').waitFor({ state: 'attached' });
  }

  /** Opens the first entry of this root topic and closes it when it is learned. */
  async readNextOf(topic: string): Promise<void> {
    const page = this.#page;
    const card = await this.nextOf(topic);
    const [learned, orders] = [await pageData(page, 'learned'), await pageData(page, 'orders')];
    await card.click();
    await waitForData(page, 'learned', learned + 1);
    await page.keyboard.press('Escape');
    await waitForData(page, 'orders', orders + 1);
  }

  /** The first entry of this root topic, after pressing "Show more" as long as there is none. */
  async nextOf(topic: string): Promise<Locator> {
    const card = this.#page.locator(`.entry[data-topics~="${topic}"] .title`).first();
    while ((await card.count()) === 0) await this.#page.getByRole('button', { name: 'Show more' }).click();
    return card;
  }

  async newOrder(): Promise<void> {
    const orders = await pageData(this.#page, 'orders');
    await this.#page.getByRole('button', { name: 'New order' }).click();
    await waitForData(this.#page, 'orders', orders + 1);
  }

  /** Ids of the first `count` cards, as they stand. */
  firstIds(count = 10): Promise<string[]> {
    const cards = this.#page.locator('.entry');
    return cards.evaluateAll(
      (found, wanted) => found.slice(0, wanted).map((card) => (card as HTMLElement).dataset['tendrilItem'] ?? ''),
      count,
    );
  }

  /** Share of each topic among the first ten: the mean over several new orders, because each of them explores a little. */
  async averageShares(topics: readonly string[], orders: number): Promise<number[]> {
    const counts = topics.map(() => 0);
    for (let round = 0; round < orders; round++) {
      await this.newOrder();
      const cards = await this.#topicsOfFirstTen();
      topics.forEach(
        (topic, index) => (counts[index] = (counts[index] ?? 0) + cards.filter((card) => card.includes(topic)).length),
      );
    }
    return counts.map((count) => count / (10 * orders));
  }

  #topicsOfFirstTen(): Promise<string[][]> {
    const cards = this.#page.locator('.entry');
    return cards.evaluateAll((found) =>
      found.slice(0, 10).map((card) => (card as HTMLElement).dataset['topics']?.split(' ') ?? []),
    );
  }

  /** `await tendril.status()`, as in the console of the page. */
  status(): Promise<Status> {
    return this.#page.evaluate(() => (globalThis as unknown as { tendril: Tendril }).tendril.status());
  }
}
