import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium, type Page } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chromiumArgs } from '../../scripts/lib/chromium-args.mjs';
import { startServer, type RunningServer } from './helpers/server.ts';

/** A browser whose process is ours to kill, with a profile that outlives it. */
interface KillableBrowser {
  readonly page: Page;
  readonly kill: () => Promise<void>;
}

async function launch(profile: string): Promise<KillableBrowser> {
  const executable = process.env['TENDRIL_CHROMIUM'] ?? '/usr/bin/chromium';
  const args = [
    ...chromiumArgs,
    '--headless',
    '--remote-debugging-port=0',
    `--user-data-dir=${profile}`,
    'about:blank',
  ];
  // A process group of its own, so that killing it leaves no renderer behind to finish a write.
  const child = spawn(executable, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  const browser = await chromium.connectOverCDP(await debuggerAddress(child));
  const page = await (browser.contexts()[0] ?? (await browser.newContext())).newPage();
  const kill = async () => {
    const gone = once(child, 'exit');
    process.kill(-(child.pid ?? 0), 'SIGKILL');
    await gone;
  };
  return { page, kill };
}

async function debuggerAddress(child: ChildProcess): Promise<string> {
  if (!child.stderr) throw new Error('the browser has no error output');
  for await (const line of createInterface(child.stderr)) {
    const address = /DevTools listening on (\S+)/.exec(line)?.[1];
    if (address !== undefined) return address;
  }
  throw new Error('the browser ended before it listened');
}

let server: RunningServer;
let profile: string;
beforeAll(async () => {
  server = await startServer();
  profile = await mkdtemp(join(tmpdir(), 'tendril-killed-'));
});
afterAll(async () => {
  await server.stop();
  await rm(profile, { recursive: true, force: true, maxRetries: 5 });
});

declare global {
  interface Window {
    createTendril: typeof import('../../src/index.ts').createTendril;
  }
}

async function openPage(page: Page): Promise<void> {
  await page.goto(`${server.url}/embed.html`);
  // As text: Vitest would rewrite an import written here.
  await page.evaluate(
    "import('/tendril/tendril.mjs').then((module) => { window.createTendril = module.createTendril; })",
  );
}

/** Serves and answers `count` decisions in the page. @returns the log positions that were acknowledged */
function acknowledge(page: Page, name: string, count: number): Promise<number[]> {
  return page.evaluate(
    async ([prefix, total]) => {
      const tendril = window.createTendril({
        tasks: [{ id: 'killed', kind: 'classification', schema: { input: { word: 'categorical' } } }],
        backends: ['cpu'],
      });
      await tendril.ready;
      const positions: number[] = [];
      for (let index = 0; index < total; index++) {
        const { decisionId } = await tendril.classify('killed', { word: `${prefix} ${index}` }, { deadlineMs: 10_000 });
        const result = await tendril.feedback({ decisionId, label: index % 2 === 0 ? 'even' : 'odd' });
        if (result.acknowledged) positions.push(result.position);
      }
      return positions;
    },
    [name, count] as const,
  );
}

function learnedStatus(page: Page) {
  return page.evaluate(async () => {
    const tendril = window.createTendril({
      tasks: [{ id: 'killed', kind: 'classification', schema: { input: { word: 'categorical' } } }],
      backends: ['cpu'],
    });
    await tendril.ready;
    await tendril.checkpoint('killed');
    return (await tendril.status()).worker?.tasks['killed'];
  });
}

test('what was acknowledged is there, and learned once, after the browser was killed', async () => {
  const positions: number[] = [];
  for (const round of ['first', 'second', 'third']) {
    const { page, kill } = await launch(profile);
    await openPage(page);
    positions.push(...(await acknowledge(page, round, 20)));
    await kill();
  }
  expect(positions).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));

  const { page, kill } = await launch(profile);
  await openPage(page);
  const status = await learnedStatus(page);
  await kill();
  expect(status).toMatchObject({ experiences: 60, pending: 0, model: { learnedTo: 60 } });
});
