import type { Page } from 'playwright';
import { quantile } from '../lib/quantile.ts';
import type { Figure, FigureSection } from '../sections/section.ts';
import type { InputTiming, MainThreadPage } from './main-thread-page.ts';
import { openScriptPages, type ScriptPages } from './script-page.ts';

const ITEMS = 1000;
const CLICKS = 2000;
const RESTS = 20;
/** Page loads of which the beginning is timed. */
const LOADS = 9;
/** Long enough for all slices, the first look at every item and the web vitals. */
const TAKEN_IN_MS = 1500;
/** Pairs of sessions, one with the capture and one without. */
const PAIRS = 8;
const SESSION_STEPS = 40;
/** The shortest that the Event Timing API reports; what it leaves out was shorter. */
const SHORTEST_MS = 16;

export const mainThread: FigureSection = {
  key: 'main-thread',
  title: 'What the capture costs the page',
  protocol: `A list of ${ITEMS} items in one page, all of them tracked; input is Chromium's own (pointer, wheel, keys), no rate limit cuts it off. Each listener, observer callback, timer and acknowledgement of the capture is timed on the main thread; a signal costs the run that made it, and its share of all runs that made none (pointer moves, batches, the journal). The worker acknowledges and does nothing else, and the browser's own work to find what is in view is not in these numbers. Input to frame: ${PAIRS} pairs of sessions of the same ${3 * SESSION_STEPS} interactions (clicks, thumbs, keys), with and without the capture in turns, by the Event Timing API, which rounds to 8 ms and leaves out what took less than ${SHORTEST_MS} ms (counted as 8).`,
  async measure() {
    const pages = await openScriptPages('bench/memory/main-thread-page.ts');
    try {
      return [...(await measureSignals(pages)), ...(await measureSetup(pages)), ...(await measureInput(pages))];
    } finally {
      await pages.close();
    }
  },
};

async function measureSignals(pages: ScriptPages): Promise<readonly Figure[]> {
  const page = await openList(pages);
  await page.evaluate(() => globalThis.mainThreadPage.start(true));
  await page.waitForTimeout(TAKEN_IN_MS);
  await timings(page);
  await actTimed(page);
  await page.evaluate(() => globalThis.mainThreadPage.flush());
  await page.waitForTimeout(200);
  const { runs } = await timings(page);
  const { failures, types } = await page.evaluate(() => globalThis.mainThreadPage.counts());
  await page.context().close();
  if (failures > 0) throw new Error(`the capture failed ${failures} times`);
  const all = costsOfSignals(runs);
  const clicks = costsOfSignals(runs, 'click');
  const note = Object.entries(types)
    .map(([type, count]) => `${count} ${type}`)
    .join(', ');
  return [
    { what: 'main thread for each signal, median', value: quantile(all, 0.5), unit: 'ms', goal: { atMost: 0.2 }, note },
    { what: 'main thread for each signal, p99', value: quantile(all, 0.99), unit: 'ms', goal: { atMost: 2 } },
    { what: 'the same of clicks and thumbs alone, median', value: quantile(clicks, 0.5), unit: 'ms' },
    { what: 'the same of clicks and thumbs alone, p99', value: quantile(clicks, 0.99), unit: 'ms' },
  ];
}

/** A new page each time: what runs once is not compiled yet. */
async function measureSetup(pages: ScriptPages): Promise<readonly Figure[]> {
  const longest: number[] = [];
  const total: number[] = [];
  for (let load = 0; load < LOADS; load++) {
    const page = await openList(pages);
    await page.evaluate(() => globalThis.mainThreadPage.start(true));
    await page.waitForTimeout(TAKEN_IN_MS);
    const { setupMs, runs } = await timings(page);
    await page.context().close();
    const tasks = [setupMs, ...runs.map(({ ms }) => ms)];
    longest.push(Math.max(...tasks));
    total.push(sum(tasks));
  }
  return [
    {
      what: `longest task while ${ITEMS} items are taken in, median of ${LOADS} page loads`,
      value: quantile(longest, 0.5),
      unit: 'ms',
      goal: { atMost: 5 },
      note: `all tasks together ${quantile(total, 0.5).toFixed(1)} ms; longest task of the slowest load ${Math.max(...longest).toFixed(1)} ms`,
    },
  ];
}

async function openList(pages: ScriptPages): Promise<Page> {
  const page = await pages.open();
  await page.evaluate((items) => globalThis.mainThreadPage.build(items), ITEMS);
  await page.waitForTimeout(300);
  return page;
}

type Timings = ReturnType<MainThreadPage['timings']>;

function timings(page: Page): Promise<Timings> {
  return page.evaluate(() => globalThis.mainThreadPage.timings());
}

/** Through the whole list, so that each item is seen; then clicks, half of them on thumbs, and a pointer that rests. */
async function actTimed(page: Page): Promise<void> {
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.mouse.move(600, 400);
  for (let y = 0; y < height; y += 700) {
    await page.mouse.wheel(0, 700);
    await page.waitForTimeout(1300);
  }
  for (let click = 0; click < CLICKS; click++) {
    const [x, y] = placeOf(click);
    // An item's words and its button in turns.
    await page.mouse.click(x - 30, y + (click % 2 === 0 ? 8 : 24));
    if (click % 100 === 99) await page.mouse.wheel(0, -360);
  }
  for (let rest = 0; rest < RESTS; rest++) {
    const [x, y] = placeOf(rest * 7);
    await page.mouse.move(x, y);
    await page.waitForTimeout(350);
  }
}

/** Columns of 120, rows of 60: the top of another item each time. */
function placeOf(step: number): readonly [number, number] {
  return [60 + 120 * (step % 10), 90 + 60 * (Math.floor(step / 10) % 11)];
}

/** Milliseconds for each signal that was made, or for those made by runs of one kind. */
function costsOfSignals(runs: Timings['runs'], kind?: string): number[] {
  const made = runs.reduce((total, { signals }) => total + signals, 0);
  const shared = sum(runs.filter(({ signals }) => signals === 0).map(({ ms }) => ms)) / made;
  const counted = runs.filter((run) => kind === undefined || run.kind === kind);
  return counted.flatMap(({ ms, signals }) => new Array<number>(signals).fill(ms / signals + shared));
}

async function measureInput(pages: ScriptPages): Promise<readonly Figure[]> {
  const without: Interaction[][] = [];
  const withCapture: Interaction[][] = [];
  // The first session of a browser is slower than those that follow.
  await session(pages, true);
  for (let pair = 0; pair < PAIRS; pair++) {
    const captureFirst = pair % 2 === 1;
    for (const captured of [captureFirst, !captureFirst])
      (captured ? withCapture : without).push(await session(pages, captured));
  }
  const p98 = (of: readonly Interaction[][], what: keyof Interaction): number[] =>
    of.map((interactions) =>
      quantile(
        interactions.map((interaction) => interaction[what]),
        0.98,
      ),
    );
  const more = (what: keyof Interaction): number[] => {
    const before = p98(without, what);
    return p98(withCapture, what).map((value, pair) => value - before[pair]!);
  };
  const durations = more('duration');
  return [
    {
      what: `input to frame without the capture, p98, median of ${PAIRS} sessions`,
      value: quantile(p98(without, 'duration'), 0.5),
      unit: 'ms',
      note: `${without.flat().length} interactions in all`,
    },
    {
      what: 'the same with the capture',
      value: quantile(p98(withCapture, 'duration'), 0.5),
      unit: 'ms',
      note: `${withCapture.flat().length} interactions in all`,
    },
    {
      what: 'more with the capture, median of the pairs',
      value: quantile(durations, 0.5),
      unit: 'ms',
      goal: { atMost: 7 },
      note: `the pairs: ${durations.join(', ')}`,
    },
    {
      what: 'time in all listeners of an interaction, p98, more with the capture, median of the pairs',
      value: quantile(more('processing'), 0.5),
      unit: 'ms',
    },
  ];
}

interface Interaction {
  readonly duration: number;
  readonly processing: number;
}

async function session(pages: ScriptPages, captured: boolean): Promise<Interaction[]> {
  const page = await openList(pages);
  await page.evaluate(() => globalThis.mainThreadPage.watchEvents());
  if (captured) await page.evaluate(() => globalThis.mainThreadPage.start(false));
  await page.waitForTimeout(1000);
  for (let step = 0; step < SESSION_STEPS; step++) {
    const [x, y] = placeOf(step * 3);
    await page.mouse.click(x, y + 8);
    await page.mouse.click(x - 30, y + 24);
    await page.keyboard.press(step % 2 === 0 ? 'Tab' : 'Enter');
    if (step % 10 === 9) await page.mouse.wheel(0, 300);
  }
  await page.waitForTimeout(300);
  const { events, interactions } = await page.evaluate(() => ({
    events: globalThis.mainThreadPage.events(),
    interactions: (performance as Performance & { interactionCount: number }).interactionCount,
  }));
  await page.context().close();
  return byInteraction(events, interactions);
}

/** The longest event of each interaction counts; those of which none was reported were short. */
function byInteraction(events: readonly InputTiming[], interactions: number): Interaction[] {
  const found = new Map<number, Interaction>();
  for (const { interaction, duration, processing } of events) {
    const before = found.get(interaction) ?? { duration: 0, processing: 0 };
    found.set(interaction, {
      duration: Math.max(before.duration, duration),
      processing: before.processing + processing,
    });
  }
  const short = new Array<Interaction>(Math.max(0, interactions - found.size)).fill({ duration: 8, processing: 0 });
  return [...found.values(), ...short];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
