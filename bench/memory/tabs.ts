import type { BrowserContext, Page } from 'playwright';
import type { Tendril } from '../../src/index.ts';
import { openLibraryPage } from '../replay/library-page.ts';
import { quantile } from '../lib/quantile.ts';
import type { Figure, FigureSection } from '../sections/section.ts';

const CLICKS = 40;
const HANDOVERS = 8;

declare global {
  var tendril: Tendril;
}

export const tabs: FigureSection = {
  key: 'tabs',
  title: 'Tabs',
  protocol:
    'Two tabs of one origin with the built library in headless Chromium. How long after a click was learned in one tab the other serves the new model, and how long after the learning tab was closed the other learns.',
  async measure() {
    const first = await openLibraryPage();
    try {
      const context = first.page.context();
      const learner = await openTab(context, first.page.url());
      const follower = await openTab(context, first.page.url());
      const served = await clicksReach(learner, follower);
      const handed = await handovers(context, first.page.url(), [learner, follower]);
      return figures(served, handed);
    } finally {
      await first.close();
    }
  },
};

async function openTab(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  await page.evaluate(`import('/tendril/tendril.mjs').then(({ createTendril }) => {
    globalThis.tendril = createTendril({
      namespace: 'tabs',
      tasks: [{ id: 'list', kind: 'ranking', schema: { candidate: { topic: 'categorical' } } }],
      backends: ['cpu'],
      deadlineMs: 60_000,
    });
    return tendril.ready;
  })`);
  return page;
}

/** Milliseconds from a checkpoint in the one tab until the other serves it. */
async function clicksReach(learner: Page, follower: Page): Promise<readonly number[]> {
  const times: number[] = [];
  for (let click = 0; click < CLICKS; click++) {
    const [learnedTo, savedMs] = await learner.evaluate(async () => {
      const candidates = ['a', 'b', 'c'].map((id) => ({ id, features: { topic: id } }));
      const { decisionId } = await tendril.rank('list', { candidates });
      await tendril.feedback({ decisionId, item: 'b' });
      const saved = await tendril.checkpoint('list');
      return [saved.ok ? saved.value.learnedTo : NaN, Date.now()] as const;
    });
    const servedMs = await follower.evaluate(async (position) => {
      for (;;) {
        const { worker } = await tendril.status();
        if ((worker?.tasks['list']?.model.learnedTo ?? 0) >= position) return Date.now();
      }
    }, learnedTo);
    times.push(Math.max(0, servedMs - savedMs));
  }
  return times;
}

/** Milliseconds from the closing of the tab that learns until the other one does. */
async function handovers(
  context: BrowserContext,
  url: string,
  [first, second]: [Page, Page],
): Promise<readonly number[]> {
  const times: number[] = [];
  let [learner, follower] = [first, second];
  for (let handover = 0; handover < HANDOVERS; handover++) {
    const closedMs = Date.now();
    const [learnsMs] = await Promise.all([
      follower.evaluate(async () => {
        for (;;) {
          const { worker } = await tendril.status();
          if (worker?.tasks['list']?.role === 'learner') return Date.now();
        }
      }),
      learner.close(),
    ]);
    times.push(learnsMs - closedMs);
    [learner, follower] = [follower, await openTab(context, url)];
  }
  return times;
}

function figures(served: readonly number[], handed: readonly number[]): readonly Figure[] {
  return [
    {
      what: 'a new model serves in the other tab, p95',
      value: quantile(served, 0.95),
      unit: 'ms',
      goal: { atMost: 1000 },
    },
    { what: 'a new model serves in the other tab, median', value: quantile(served, 0.5), unit: 'ms' },
    { what: 'the other tab learns after the learner was closed, median', value: quantile(handed, 0.5), unit: 'ms' },
    { what: 'the other tab learns after the learner was closed, longest', value: Math.max(...handed), unit: 'ms' },
  ];
}
