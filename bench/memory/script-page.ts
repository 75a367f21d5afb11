import { createServer } from 'node:http';
import { chromium, type Browser, type Page } from 'playwright';
import { chromiumArgs } from '../../scripts/lib/chromium-args.mjs';
import { reasonOf, TendrilError } from '../../src/errors.ts';
import { chromiumPath } from '../lib/chromium-path.ts';
import { bundle } from '../lib/bundle.ts';
import { isolation, listen, type OpenServer } from '../lib/isolated-server.ts';

/** One module of the sources as the script of a page in headless Chromium. */
export interface ScriptPages {
  /** A page of its own, with nothing stored. */
  open(): Promise<Page>;
  close(): Promise<void>;
}

const headers = { ...isolation, 'cache-control': 'no-store' };
const html = '<!doctype html><meta charset="utf-8"><title>Tendril</title><body><script src="/page.js"></script>';
const VIEWPORT = { width: 1200, height: 800 };

/** @param entry the source, relative to the root @throws WORKER_UNAVAILABLE where it does not build or there is no Chromium */
export async function openScriptPages(entry: string): Promise<ScriptPages> {
  try {
    const code = await bundle(entry);
    const browser = await chromium.launch({ executablePath: await chromiumPath(), headless: true, args: chromiumArgs });
    return pagesOf(browser, await serve(code));
  } catch (caught) {
    throw new TendrilError('WORKER_UNAVAILABLE', { reason: reasonOf(caught) }, { cause: caught });
  }
}

function pagesOf(browser: Browser, server: OpenServer): ScriptPages {
  return {
    async open() {
      const context = await browser.newContext({ viewport: VIEWPORT });
      const page = await context.newPage();
      await page.goto(server.url);
      return page;
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

async function serve(code: string): Promise<OpenServer> {
  const server = createServer(({ url }, response) => {
    const [type, body] = url === '/page.js' ? ['text/javascript', code] : ['text/html; charset=utf-8', html];
    response.writeHead(200, { ...headers, 'content-type': type }).end(body);
  });
  return listen(server);
}
