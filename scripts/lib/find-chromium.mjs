import { existsSync } from 'node:fs';
import { chromium } from 'playwright';
import { chromiumArgs } from './chromium-args.mjs';
import { run, runNode } from './run.mjs';
import { systemChromiumPaths } from './system-chromium-paths.mjs';

/**
 * The first Chromium, Chrome or Edge of this machine that really starts; where there is none, one is installed.
 * @returns {Promise<string | undefined>} path of the program
 */
export async function findChromium() {
  const named = [process.env['TENDRIL_CHROMIUM'], process.env['CHROME_PATH']];
  return (
    (await firstThatStarts([...named, ...systemChromiumPaths(), chromium.executablePath()])) ??
    (await installWithPlaywright()) ??
    (await installWithApt())
  );
}

/** @param {readonly (string | undefined)[]} paths */
async function firstThatStarts(paths) {
  for (const path of paths) if (path && existsSync(path) && (await starts(path))) return path;
  return undefined;
}

/**
 * A program may be there and not start: a snap in a container, a missing system library.
 * @param {string} executablePath
 */
async function starts(executablePath) {
  try {
    const browser = await chromium.launch({ executablePath, args: chromiumArgs, timeout: 30_000 });
    await browser.close();
    return true;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    console.error(`${executablePath} does not start: ${reason}`);
    return false;
  }
}

async function installWithPlaywright() {
  console.log('No Chromium was found: installing the one of Playwright.');
  await runNode(['node_modules/playwright/cli.js', 'install', 'chromium'], { timeoutMs: 300_000 });
  return firstThatStarts([chromium.executablePath()]);
}

async function installWithApt() {
  if (!existsSync('/usr/bin/apt-get') || process.getuid?.() !== 0) return undefined;
  console.log('Installing the system package chromium.');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update'], { env });
  await run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], { env });
  return firstThatStarts(systemChromiumPaths());
}
