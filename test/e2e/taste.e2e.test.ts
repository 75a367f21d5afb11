import { describe, expect, test } from 'vitest';

import { freshProfile } from './helpers/browser.ts';
import { permutationTest, signTest } from './helpers/exact-tests.ts';
import { Visitor } from './helpers/visitor.ts';
import { useWorld } from './helpers/world.ts';

/**
 * Visitors with one clear taste each: they open the first entry of their topic that they have not opened yet, 20 times. Each has a browser
 * profile and a seed of their own, and each share is a mean over several orders, so what rises here has not risen by luck.
 */
const TASTES = ['javascript', 'html'] as const;
const SEEDS = [1, 2, 3, 4, 5];
const CLICKS = 20;
const ORDERS = 6;
/** All ten visitors rising by chance: 2^-10. One falling: 11 * 2^-10, just above. So this asks for all of them. */
const SIGNIFICANCE = 0.01;

type Taste = (typeof TASTES)[number];
type Shares = Readonly<Record<Taste, number>>;

interface Visit {
  readonly taste: Taste;
  readonly before: Shares;
  readonly after: Shares;
  readonly afterReload: Shares;
  readonly learnedTo: readonly [number | undefined, number | undefined];
}

const world = useWorld();
const visits: Visit[] = [];

describe.each(TASTES)('a visitor who opens %s', (taste) => {
  test.each(SEEDS)('sees more of it after 20 clicks, seed %i', async (seed) => {
    const visit = await visitWithTaste(taste, seed);
    visits.push(visit);
    expect(visit.after[taste]).toBeGreaterThan(visit.before[taste]);
  });
});

describe('over all visitors', () => {
  const pairs = (after: (visit: Visit) => number) =>
    visits.map((visit) => [visit.before[visit.taste], after(visit)] as const);

  test('the share of the own taste rises significantly', () => {
    expect(visits).toHaveLength(TASTES.length * SEEDS.length);
    expect(signTest(pairs(({ after, taste }) => after[taste]))).toBeLessThan(SIGNIFICANCE);
  });

  test('another taste gives another order', () => {
    for (const taste of TASTES) {
      const own = visits.filter((visit) => visit.taste === taste).map(({ after }) => after[taste]);
      const others = visits.filter((visit) => visit.taste !== taste).map(({ after }) => after[taste]);
      expect(permutationTest(own, others)).toBeLessThan(SIGNIFICANCE);
    }
  });

  test('a reload keeps what was learned', () => {
    expect(signTest(pairs(({ afterReload, taste }) => afterReload[taste]))).toBeLessThan(SIGNIFICANCE);
    // The end of a visit may say what was passed over: learning goes on, and does not begin again.
    for (const { learnedTo } of visits) expect(learnedTo[1]).toBeGreaterThanOrEqual(learnedTo[0] ?? Infinity);
  });
});

async function visitWithTaste(taste: Taste, seed: number): Promise<Visit> {
  const profile = await freshProfile(world.browser);
  const visitor = new Visitor(await profile.newPage());
  await visitor.visit(world.server.url, { seed: String(seed), backends: 'wasm', registry: 'off' });
  const before = await shares(visitor);
  for (let click = 0; click < CLICKS; click++) await visitor.readNextOf(taste);
  const after = await shares(visitor);
  const learnedBefore = await learnedTo(visitor);
  await visitor.reload();
  const afterReload = await shares(visitor);
  const visit = { taste, before, after, afterReload, learnedTo: [learnedBefore, await learnedTo(visitor)] } as const;
  await profile.close();
  return visit;
}

async function shares(visitor: Visitor): Promise<Shares> {
  const [javascript, html] = await visitor.averageShares(TASTES, ORDERS);
  return { javascript: javascript ?? 0, html: html ?? 0 };
}

async function learnedTo(visitor: Visitor): Promise<number | undefined> {
  return (await visitor.status()).worker?.tasks['web-features']?.model.learnedTo;
}
