import type { Features, RankingTask } from '../../../src/core/task.ts';
import { shares, type ClickCounts } from './click-shares.ts';
import type { Click } from './games.ts';
import type { Article } from './site.ts';
const similarity=(a: ReadonlySet<string>, b: ReadonlySet<string>): number => {
  let shared = 0;
  for (const entry of a) if (b.has(entry)) shared += 1;
  return shared === 0 ? 0 : shared / (a.size + b.size - shared);
};
export const NAMES = ['inLinks','outLinks','linksToTarget','waysToTarget','outSim','inSim','titleSim','catSim','catDepth','pageOutSim','pageInSim','pageCatSim','linksBack','country','visited','visitor','pOverall','pRecent','pPage','pTarget','pTopic','pTopTopic','pStep','pPageTopic','listSize',
'hubFirst','simLater','titleSame','step','outLater','closest','position'] as const;
export const DROP = new Set((process.env.DROP ?? '').split(','));
export const KEEP = NAMES.filter((n) => !DROP.has(n));
export const task: RankingTask = {
  id: 'wikispeedia',
  kind: 'ranking',
  schema: { context: {}, candidate: Object.fromEntries(KEEP.map((n) => [n, 'numeric' as const])) },
  exploration: {slots: Number(process.env.SLOTS ?? 10)},
};
const top = (a: Article) => [...a.categories].filter((c) => !c.includes('.'));
const leaf = (a: Article) => [...a.categories].filter((c) => ![...a.categories].some((d) => d.startsWith(c + '.')));
const log = (x: Float64Array) => x.map((p) => Math.log(p));
function depth(a: Article, b: Article): number {
  let d = 0;
  for (const c of a.categories) if (b.categories.has(c)) d = Math.max(d, c.split('.').length);
  return d;
}
export interface Past { counts: ClickCounts; recent: ClickCounts }
export function situations(click: Click): string[] {
  const { page, target, step } = click;
  return ['', `p${page.id}`, `t${target.id}`, ...leaf(target).map((c) => `c${c}`), ...top(target).map((c) => `k${c}`), `s${Math.min(3, step)}`, `v${click.visitor}`, ...top(target).map((c) => `pk${page.id}${c}`)];
}
export function describe(click: Click, list: readonly Article[], { counts, recent }: Past): Features[] {
  const { page, target, step, visited } = click;
  const ids = list.map((a) => a.id);
  const hub = Float64Array.from(list, (a) => a.linkedFrom.size);
  const sum = hub.reduce((s, x) => s + x, 0) || 1;
  const base = hub.map((h) => (h + 0.5) / (sum + 0.5 * hub.length));
  const overall = shares(counts.all([''], ids), base);
  const rec = shares(recent.all([''], ids), overall);
  const pPage = shares(counts.all([`p${page.id}`], ids), overall);
  const pTop = shares(counts.all(top(target).map((c) => `k${c}`), ids), overall);
  const pTopic = shares(counts.all(leaf(target).map((c) => `c${c}`), ids), pTop);
  const pTarget = shares(counts.all([`t${target.id}`], ids), pTopic);
  const pStep = shares(counts.all([`s${Math.min(3, step)}`], ids), overall);
  const pPT = shares(counts.all(top(target).map((c) => `pk${page.id}${c}`), ids), pPage);
  const own = counts.all([`v${click.visitor}`], ids);
  const [lo, lr, lp, lk, lt, lg, ls, lpt] = [overall, rec, pPage, pTop, pTopic, pTarget, pStep, pPT].map(log) as Float64Array[];
  const outSim = list.map((a) => Math.sqrt(a.linked.cosine(target.linked)));
  const inSim = list.map((a) => Math.sqrt(a.linkedFrom.cosine(target.linkedFrom)));
  const best = Math.max(...inSim);
  const late = Math.log1p(step);
  return list.map((a, i) => {
    const all: Record<string, number> = {
      inLinks: Math.log1p(a.linkedFrom.size),
      outLinks: Math.log1p(a.links.length),
      linksToTarget: a.linked.has(target.id) ? 1 : 0,
      waysToTarget: Math.log1p(a.linked.shared(target.linkedFrom)),
      outSim: outSim[i]!, inSim: inSim[i]!,
      titleSim: similarity(a.words, target.words),
      titleSame: similarity(a.words, page.words),
      catSim: similarity(a.categories, target.categories),
      catDepth: depth(a, target),
      pageOutSim: Math.sqrt(a.linked.cosine(page.linked)),
      pageInSim: Math.sqrt(a.linkedFrom.cosine(page.linkedFrom)),
      pageCatSim: similarity(a.categories, page.categories),
      linksBack: a.linked.has(page.id) ? 1 : 0,
      country: a.categories.has('Countries') ? 1 : 0,
      visited: visited.has(a) ? 1 : 0,
      visitor: Math.log1p(own[i]!),
      pOverall: lo![i]!, pRecent: lr![i]!, pPage: lp![i]!, pTopTopic: lk![i]!, pTopic: lt![i]!, pTarget: lg![i]!, pStep: ls![i]!, pPageTopic: lpt![i]!,
      listSize: Math.log(list.length),
      hubFirst: step === 0 ? lo![i]! : 0,
      outLater: step === 0 ? Math.log1p(a.links.length) : 0,
      simLater: late * inSim[i]!,
      step: late,
      closest: best > 0 ? inSim[i]! / best : 0,
      position: i / list.length,
    };
    return Object.fromEntries(KEEP.map((n) => [n, all[n]!]));
  });
}
