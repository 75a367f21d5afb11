import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { freshProfile, launchBrowser } from './helpers/browser.ts';
import { startServer, type RunningServer } from './helpers/server.ts';

/** A host page of another origin than the script, with a content security policy of its choice. */
let browser: Browser;
let tendrilServer: RunningServer;
let host: Server;
let policy = '';

const items = Array.from({ length: 12 }, (_, index) => {
  const topic = index % 3 === 0 ? 'wanted' : 'other';
  return `<li data-tendril-item="i${index}" data-tendril-categorical-topic="${topic}"><button>${topic} ${index}</button></li>`;
});

function hostPage(): string {
  const script = `<script src="${tendrilServer.url}/tendril/tendril.js" data-registry="${tendrilServer.url}/" data-task="shop" data-comparison="0" async></script>`;
  return `<!doctype html><title>Host</title>${script}<ul data-tendril-list>${items.join('')}</ul>`;
}

beforeAll(async () => {
  [browser, tendrilServer] = await Promise.all([launchBrowser(), startServer()]);
  host = createServer((_, response) => {
    response.setHeader('content-type', 'text/html');
    if (policy !== '') response.setHeader('content-security-policy', policy);
    response.end(hostPage());
  }).listen(0, '127.0.0.1');
  await once(host, 'listening');
});
afterAll(async () => {
  await browser.close();
  await tendrilServer.stop();
  host.close();
});
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
});

async function visit(): Promise<{ page: Page; source: string | undefined; errors: string[] }> {
  const context = await freshProfile(browser);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  return { page, source: await load(page), errors };
}

/** @returns whose order the list shows, once that is decided */
async function load(page: Page): Promise<string | undefined> {
  await page.goto(`http://127.0.0.1:${(host.address() as AddressInfo).port}/`);
  const list = page.locator('[data-tendril-list][data-tendril-source]');
  await list.waitFor();
  return (await list.getAttribute('data-tendril-source')) ?? undefined;
}

function order(page: Page): Promise<string[]> {
  return page
    .locator('[data-tendril-item]')
    .evaluateAll((elements) => elements.map((element) => element.getAttribute('data-tendril-item') ?? ''));
}

function errorCodes(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const { tendril } = window as unknown as { tendril: { status(): Promise<{ errors: { code: string }[] }> } };
    return (await tendril.status()).errors.map(({ code }) => code);
  });
}

function wantedOnTop(ids: readonly string[]): number {
  return ids.slice(0, 4).filter((id) => Number(id.slice(1)) % 3 === 0).length;
}

/** Clicks the first wanted item of the list and waits until it is learned. */
async function clickWanted(page: Page): Promise<void> {
  const acknowledged = page.evaluate(
    () =>
      new Promise<boolean>((resolve) => {
        document.addEventListener(
          'tendril:signals',
          ({ detail }: CustomEventInit<{ ok: boolean }>) => resolve(detail?.ok ?? false),
          {
            once: true,
          },
        );
      }),
  );
  await page
    .getByText(/^wanted/)
    .first()
    .click();
  expect(await acknowledged).toBe(true);
  await page.evaluate(() =>
    (window as unknown as { tendril: import('../../src/index.ts').Tendril }).tendril.checkpoint('shop'),
  );
  await page.mouse.move(0, 0);
}

test('a script from another origin re-orders the list and learns from clicks', async () => {
  policy = '';
  const { page, source, errors } = await visit();
  expect(source).toBe('model');
  const hostsOwn = wantedOnTop(items.map((_, index) => `i${index}`));
  for (let visits = 0; visits < 8; visits++) {
    await clickWanted(page);
    expect(await load(page)).toBe('model');
  }
  // Over several orders, because one in ten places is left to chance.
  let shown = 0;
  for (let visits = 0; visits < 5; visits++) {
    await load(page);
    shown += wantedOnTop(await order(page));
  }
  expect(hostsOwn).toBe(2);
  expect(shown).toBeGreaterThanOrEqual(14);
  expect(errors).toEqual([]);
});

test('a policy that allows blob workers but no WebAssembly is served without it', async () => {
  policy = `default-src 'none'; script-src ${tendrilServer.url}; worker-src blob:; connect-src ${tendrilServer.url}`;
  const { page, source, errors } = await visit();
  expect(source).toBe('model');
  const serving = await page.evaluate(async () => {
    const { tendril } = window as unknown as { tendril: import('../../src/index.ts').Tendril };
    for (;;) {
      const backend = (await tendril.status()).worker?.backend;
      if (backend?.settled) return backend;
      await new Promise<void>((resolve) => tendril.on('backend', () => resolve()));
    }
  });
  expect(serving.serving).not.toBe('wasm');
  expect(errors).toEqual([]);
});

test('a policy that forbids the worker leaves the page its own order', async () => {
  policy = `default-src 'none'; script-src ${tendrilServer.url}; connect-src ${tendrilServer.url}`;
  const { page, source, errors } = await visit();
  expect(source).toBe('host');
  expect(await order(page)).toEqual(items.map((_, index) => `i${index}`));
  expect(await errorCodes(page)).toContain('WORKER_UNAVAILABLE');
  expect(errors).toEqual([]);
});

test('a policy that requires trusted types is met', async () => {
  policy = `require-trusted-types-for 'script'; trusted-types tendril`;
  const { source, errors } = await visit();
  expect(source).toBe('model');
  expect(errors).toEqual([]);
});
