import { existsSync, realpathSync } from 'node:fs';
import { chromium } from 'playwright';
import { chromiumArgs } from './chromium-args.mjs';
import { capture } from './run.mjs';
import { systemChromiumPaths } from './system-chromium-paths.mjs';

const playwrightCli = 'node_modules/playwright/cli.js';

/**
 * The first Chromium, Chrome or Edge of this machine that really starts; where there is none, one is installed.
 * @returns {Promise<string>} path of the program
 * @throws an Error whose one line says what was tried
 */
export async function findChromium() {
  /** @type {Map<string, string>} */
  const reasons = new Map();
  const named = [process.env['TENDRIL_CHROMIUM'], process.env['CHROME_PATH']];
  const found =
    (await firstThatStarts([...named, ...systemChromiumPaths(), chromium.executablePath()], reasons)) ??
    (await installWithPlaywright(reasons)) ??
    (await installWithApt(reasons));
  if (found) return found;
  const tried = [...reasons].map(([path, reason]) => `${path}: ${reason}`).join('; ') || 'found none';
  throw new Error(`No Chromium, Chrome or Edge can be had (${tried}): set TENDRIL_CHROMIUM to the path of one.`);
}

/**
 * @param {readonly (string | undefined)[]} paths
 * @param {Map<string, string>} reasons why programs that were tried do not start, by their real path
 */
async function firstThatStarts(paths, reasons) {
  for (const path of paths) {
    if (!path || !existsSync(path) || reasons.has(realpathSync(path))) continue;
    const reason = await whyItDoesNotStart(path);
    if (reason === undefined) return path;
    reasons.set(realpathSync(path), reason);
  }
  return undefined;
}

/**
 * A program may be there and not start: a snap in a container, a missing system library.
 * @param {string} executablePath
 */
async function whyItDoesNotStart(executablePath) {
  try {
    const browser = await chromium.launch({ executablePath, args: chromiumArgs, timeout: 30_000 });
    await browser.close();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
  }
}

/** @param {Map<string, string>} reasons */
async function installWithPlaywright(reasons) {
  console.log('No Chromium starts here: trying the one of Playwright.');
  await capture(process.execPath, [playwrightCli, 'install', 'chromium'], { timeoutMs: 300_000 });
  return firstThatStarts([chromium.executablePath()], reasons);
}

/** @param {Map<string, string>} reasons */
async function installWithApt(reasons) {
  if (!existsSync('/usr/bin/apt-get') || process.getuid?.() !== 0) return undefined;
  console.log('Playwright has none for this machine: trying the system package chromium.');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await capture('apt-get', ['update'], { env });
  await capture('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], { env });
  // It may have brought the libraries that a program already tried was missing.
  reasons.clear();
  return firstThatStarts([...systemChromiumPaths(), chromium.executablePath()], reasons);
}
