import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright';
import { chromiumArgs } from '../../scripts/lib/chromium-args.mjs';
import { bundle } from '../lib/bundle.ts';
import { quantile } from '../lib/quantile.ts';
import { chromiumPath } from '../lib/chromium-path.ts';
import { inChromium } from '../sections/environment.ts';
import type { Figure, FigureSection } from '../sections/section.ts';
import { ensurePageLibrary } from './ensure-page-library.ts';
import { serveCachedLibrary } from './library-server.ts';
import { labelledVectors, networkTask } from './network-task.ts';
import type { FirstPrediction } from './start-page.ts';

const LOADS = 25;
/** Chromium keeps compiled code from the second load on, for the third. */
const UNMEASURED_LOADS = 3;
const LEARNED = 50;
/** What is looked at beyond the first prediction takes seconds where the GPU is software. */
const WATCHED_LOADS = 5;

type OpenPage = (context: BrowserContext) => Promise<Page>;

export const start: FigureSection = {
  key: 'start',
  title: 'From the start of the worker to its first prediction',
  protocol: `The built library in a page of headless Chromium, served from this machine. From \`new Worker\` to the first answer of the model (a classification of vectors, whose model has a network), WebGPU, WebAssembly and JavaScript all allowed. Cold: a profile that has never seen the page, ${LOADS} of them in one browser. Warm: a visitor who comes back, in one profile on disk: files in the browser's cache, compiled code from the load after the second on, a model of ${LEARNED} examples in IndexedDB; ${LOADS} loads after ${UNMEASURED_LOADS} unmeasured ones. Behind the first answer the backends are measured; how long until that is done is from the same start, in ${WATCHED_LOADS} loads.`,
  environment: inChromium,
  async measure() {
    await ensurePageLibrary();
    const script = await bundle('bench/compute/start-page.ts');
    const server = await serveCachedLibrary();
    const open = (context: BrowserContext) => openPage(context, server.url, script);
    try {
      return [...figures('cold', await coldLoads(open), 300), ...figures('warm', await warmLoads(open), 100)];
    } finally {
      await server.close();
    }
  },
};

async function coldLoads(open: OpenPage): Promise<readonly FirstPrediction[]> {
  const browser = await chromium.launch({ executablePath: await chromiumPath(), args: chromiumArgs });
  try {
    const measured: FirstPrediction[] = [];
    // What the browser itself does at its first page is not Tendril's.
    for (let load = -1; load < LOADS; load++) {
      const context = await browser.newContext();
      const one = await measureLoad(await open(context), load >= 0 && load < WATCHED_LOADS);
      if (load >= 0) measured.push(one);
      await context.close();
    }
    return measured;
  } finally {
    await browser.close();
  }
}

async function warmLoads(open: OpenPage): Promise<readonly FirstPrediction[]> {
  const profile = await mkdtemp(join(tmpdir(), 'tendril-start-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: await chromiumPath(),
    headless: true,
    args: chromiumArgs,
  });
  try {
    const first = await open(context);
    const given = { task: networkTask, examples: labelledVectors(LEARNED, 1) };
    await first.evaluate((visit) => globalThis.startPage.learnSome(visit), given);
    await first.close();
    const measured: FirstPrediction[] = [];
    for (let load = -UNMEASURED_LOADS; load < LOADS; load++) {
      const one = await measureLoad(await open(context), false);
      if (load >= 0) measured.push(one);
    }
    return measured;
  } finally {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  }
}

async function openPage(context: BrowserContext, url: string, script: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  await page.addScriptTag({ content: script });
  return page;
}

async function measureLoad(page: Page, watched: boolean): Promise<FirstPrediction> {
  const { vector } = labelledVectors(1, 2)[0]!;
  const given = { task: networkTask, vector, watched };
  const measured = await page.evaluate((load) => globalThis.startPage.firstPrediction(load), given);
  await page.close();
  return measured;
}

function figures(cache: 'cold' | 'warm', loads: readonly FirstPrediction[], goalMs: number): readonly Figure[] {
  const times = loads.map(({ servedMs }) => servedMs);
  const backends = [...new Set(loads.map(({ backend }) => backend))].join(', ');
  const early = loads.filter(({ backend, settled }) => !settled && backend !== 'webgpu').length;
  const settled = loads.flatMap(({ settledMs }) => (settledMs === null ? [] : [settledMs]));
  return [
    {
      what: `${cache}, median`,
      value: quantile(times, 0.5),
      unit: 'ms',
      goal: { atMost: goalMs },
      note: `${loads.length} loads, served by ${backends}`,
    },
    { what: `${cache}, p95`, value: quantile(times, 0.95), unit: 'ms' },
    ...(cache === 'cold'
      ? [
          {
            what: `${cache}: answered while backends were still to be measured`,
            value: early,
            unit: `of ${loads.length} loads`,
            goal: { atLeast: loads.length },
          },
        ]
      : []),
    ...(settled.length > 0
      ? [
          {
            what: `${cache}: WebGPU and the others measured behind it, median`,
            value: quantile(settled, 0.5),
            unit: 'ms',
            note: notes(loads),
          },
        ]
      : []),
  ];
}

function notes(loads: readonly FirstPrediction[]): string {
  const [said] = loads.flatMap(({ why }) => (why === null ? [] : [why]));
  return said ?? '';
}
