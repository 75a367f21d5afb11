import { type Browser, type BrowserContext, chromium } from 'playwright';

import { chromiumArgs } from '../../../scripts/lib/chromium-args.mjs';

/**
 * Says nothing of being driven by a test: what an automated browser does is captured, but teaches nothing. Of two such flags the last one counts, so that it
 * repeats what is off in every browser.
 */
const asVisitor = '--disable-blink-features=AutomationControlled,ComputePressure';

export function launchBrowser(): Promise<Browser> {
  const executablePath = process.env['TENDRIL_CHROMIUM'] ?? '/usr/bin/chromium';
  return chromium.launch({ executablePath, args: [...chromiumArgs, asVisitor] });
}

/**
 * A browser profile of its own: nothing stored, and no service worker unless the test is about it (requests that pass through one cannot
 * be intercepted). Without motion, so that the page is where it will be as soon as it has moved.
 */
export function freshProfile(browser: Browser, serviceWorkers: 'allow' | 'block' = 'block'): Promise<BrowserContext> {
  return browser.newContext({ serviceWorkers, reducedMotion: 'reduce', viewport: { width: 1280, height: 900 } });
}
