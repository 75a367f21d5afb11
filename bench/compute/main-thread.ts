import { chromium, type Browser } from 'playwright';
import { chromiumArgs } from '../../scripts/lib/chromium-args.mjs';
import { traceMainThread } from '../../test/e2e/helpers/main-thread-trace.ts';
import { bundle } from '../lib/bundle.ts';
import { quantile } from '../lib/quantile.ts';
import { chromiumPath } from '../lib/chromium-path.ts';
import { inChromium } from '../sections/environment.ts';
import type { Figure, FigureSection } from '../sections/section.ts';
import { ensurePageLibrary } from './ensure-page-library.ts';
import { serveCachedLibrary } from './library-server.ts';

const EXPERIENCES = 3000;
const LIMIT_MS = 5;

export const mainThread: FigureSection = {
  key: 'main-thread',
  title: 'The page’s main thread while its worker trains',
  protocol: `The built library in a page of headless Chromium. ${EXPERIENCES} classifications of vectors, each predicted and then reported with its label, 16 at a time and without a pause, until all are learned. Every task of the page's main thread from the first one with something of Tendril's on, by Chromium's trace: Tendril's share of it (its script events and profiler samples, microtasks included) and the whole of it, in processor time, because the worker takes turns with the page on a small machine.`,
  environment: inChromium,
  async measure() {
    await ensurePageLibrary();
    const server = await serveCachedLibrary();
    const browser = await chromium.launch({ executablePath: await chromiumPath(), args: chromiumArgs });
    try {
      return await measureTraining(browser, server.url);
    } finally {
      await browser.close();
      await server.close();
    }
  },
};

async function measureTraining(browser: Browser, url: string): Promise<readonly Figure[]> {
  const page = await browser.newPage();
  await page.goto(url);
  await page.addScriptTag({ content: await bundle('bench/compute/main-thread-page.ts') });
  await page.evaluate((count) => globalThis.trainingPage.open(count), EXPERIENCES);
  let trainedMs = NaN;
  const traced = await traceMainThread(browser, page, async () => {
    trainedMs = await page.evaluate(() => globalThis.trainingPage.train());
  });
  // Before that the tracer starts its profiler, in a task of 20 ms that has nothing of the page's.
  const first = traced.findIndex(({ tendrilMs }) => tendrilMs > 0);
  if (first === -1) throw new Error('the trace has no task with anything of Tendril’s');
  const tasks = traced.slice(first);
  const longTasks = await page.evaluate(() => globalThis.trainingPage.longTasks());
  const [shares, whole, wall] = (['tendrilMs', 'cpuMs', 'wallMs'] as const).map((what) =>
    tasks.map((task) => task[what]),
  ) as [number[], number[], number[]];
  const overLimit = wall.filter((ms) => ms > LIMIT_MS).length;
  return [
    { what: 'Tendril in one task, the most', value: Math.max(...shares), unit: 'ms', goal: { atMost: LIMIT_MS } },
    { what: 'the longest task, all of it', value: Math.max(...whole), unit: 'ms', goal: { atMost: LIMIT_MS } },
    { what: 'tasks, p99', value: quantile(whole, 0.99), unit: 'ms', note: `of ${tasks.length}` },
    {
      what: 'the longest task on the wall clock',
      value: Math.max(...wall),
      unit: 'ms',
      note: `${overLimit} tasks of more than ${LIMIT_MS} ms, ${longTasks} of 50 ms and more`,
    },
    { what: 'experiences learned a second', value: Math.round((EXPERIENCES / trainedMs) * 1000), unit: '/s' },
  ];
}
