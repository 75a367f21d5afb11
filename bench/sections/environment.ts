import { chromium } from 'playwright';
import { chromiumPath } from '../lib/chromium-path.ts';

/** What the measured code runs in. */
export type Environment =
  { readonly browser: string } | { readonly node: string } | { readonly browser: string; readonly node: string };

export async function inChromium(): Promise<Environment> {
  const browser = await chromium.launch({ executablePath: await chromiumPath() });
  const name = `Chromium ${browser.version()}`;
  await browser.close();
  return { browser: name };
}

export function inNode(): Promise<Environment> {
  return Promise.resolve({ node: process.version });
}

export async function inBoth(): Promise<Environment> {
  return { ...(await inChromium()), ...(await inNode()) };
}
