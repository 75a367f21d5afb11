import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright';
import { chromiumArgs } from '../../scripts/lib/chromium-args.mjs';
import { reasonOf, TendrilError } from '../../src/errors.ts';
import type { WireResult } from '../../src/protocol/messages.ts';
import { chromiumPath } from '../lib/chromium-path.ts';
import { ensureLibrary } from '../lib/ensure-library.ts';
import { serveLibrary } from './serve-library.ts';

/** A page that has the built library, in headless Chromium with IndexedDB on disk. */
export interface LibraryPage {
  readonly page: Page;
  /** Name and number of the browser. */
  readonly host: string;
  /** Calls the learner worker; the answer is typed by the caller, it is that of the worker built from the same sources. */
  readonly call: <T>(method: string, ...args: readonly unknown[]) => Promise<WireResult<T>>;
  readonly close: () => Promise<void>;
}

/** In a profile that is deleted afterwards. @throws WORKER_UNAVAILABLE where the library does not build or there is no Chromium */
export async function openLibraryPage(): Promise<LibraryPage> {
  await ensureLibrary();
  const profile = await mkdtemp(join(tmpdir(), 'tendril-page-'));
  const server = await serveLibrary();
  let context: BrowserContext | null = null;
  const close = async () => {
    await context?.close();
    await server.close();
    await rm(profile, { recursive: true, force: true });
  };
  try {
    context = await chromium.launchPersistentContext(profile, {
      executablePath: await chromiumPath(),
      headless: true,
      args: chromiumArgs,
    });
    const page = context.pages()[0] ?? (await context.newPage());
    await page.goto(server.url);
    return { page, host: `Chromium ${context.browser()?.version() ?? ''}`.trim(), call: callsThrough(page), close };
  } catch (caught) {
    await close();
    throw new TendrilError('WORKER_UNAVAILABLE', { reason: reasonOf(caught) }, { cause: caught });
  }
}

function callsThrough(page: Page): LibraryPage['call'] {
  return async <T>(method: string, ...args: readonly unknown[]): Promise<WireResult<T>> => {
    // JSON text crosses into the page much faster than Playwright's own serialisation of large objects.
    const request = [method, JSON.stringify(args)] as const;
    const answer = await page.evaluate(([name, text]) => globalThis.callLearner(name, text), request);
    return JSON.parse(answer) as WireResult<T>;
  };
}
