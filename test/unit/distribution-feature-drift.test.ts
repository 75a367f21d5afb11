import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import type { FeatureSchema, ParsedFeatures, ParsedValue } from '../../src/core/task.ts';
import type { NameSummary } from '../../src/monitor/distribution/channel-summary.ts';
import type { FeatureChange } from '../../src/monitor/distribution/drift-report.ts';
import { FeatureDrift, MAX_WATCHED } from '../../src/monitor/distribution/feature-drift.ts';
import type { FeatureDriftOptions } from '../../src/monitor/distribution/feature-drift-options.ts';
import { PredictionDrift } from '../../src/monitor/distribution/prediction-drift.ts';
import { expectCode } from '../support/expect-code.ts';
import { rowsOf, throughJson } from './distribution-fixture.ts';

const schema: FeatureSchema = {
  price: { type: 'numeric' },
  browser: { type: 'categorical' },
  tags: { type: 'multi-hot' },
  query: { type: 'text' },
  picture: { type: 'embedding', size: 16 },
  age: { type: 'numeric' },
};
type Makers = Readonly<Record<string, (rng: Rng) => ParsedValue>>;

const pick = <T>(rng: Rng, values: readonly T[]): T => values[rng.nextInt(values.length)]!;
const words = ['red', 'blue', 'green', 'shoe', 'shirt', 'hat', 'cheap', 'new'];
const still: Makers = {
  price: (rng) => Math.exp(3 + 0.3 * rng.nextGaussian()),
  browser: (rng) => (rng.nextFloat() < 0.6 ? 'chrome' : pick(rng, ['firefox', 'safari'])),
  tags: (rng) => ['a', 'b', 'c', 'd'].filter(() => rng.nextFloat() < 0.3),
  query: (rng) => Array.from({ length: 1 + rng.nextInt(4) }, () => pick(rng, words)).join(' '),
  picture: (rng) => Array.from({ length: 16 }, () => rng.nextGaussian()),
  age: (rng) => (rng.nextFloat() < 0.2 ? null : rng.nextInt(5)),
};
const moved: Makers = {
  price: (rng) => 15 + Math.exp(3 + 0.3 * rng.nextGaussian()),
  browser: (rng) => (rng.nextFloat() < 0.3 ? 'newcomer' : pick(rng, ['chrome', 'firefox'])),
  tags: (rng) => ['a', 'b', 'c', 'd'].filter((tag) => rng.nextFloat() < (tag === 'c' ? 0.8 : 0.3)),
  query: (rng) => Array.from({ length: 1 + rng.nextInt(4) }, () => pick(rng, [...words, 'sofa', 'sofa'])).join(' '),
  picture: (rng) => Array.from({ length: 16 }, () => 0.8 + rng.nextGaussian()),
  age: (rng) => (rng.nextFloat() < 0.7 ? null : rng.nextInt(5)),
};

/** Feeds rows, those of `changed` from the other makers. @returns rows after which a drift was found, in this call */
function feed(drift: FeatureDrift, rng: Rng, rows: number, changed: readonly string[] = []): number[] {
  const found: number[] = [];
  for (let row = 1; row <= rows; row++) {
    const entries = Object.entries(still).map(([name, make]) => [
      name,
      (changed.includes(name) ? moved[name]! : make)(rng),
    ]);
    if (drift.update(Object.fromEntries(entries) as ParsedFeatures)) found.push(row);
  }
  return found;
}

function collected(seed = 1, options: FeatureDriftOptions = {}): { drift: FeatureDrift; rng: Rng } {
  const [drift, rng] = [new FeatureDrift(schema, options), Rng.fromSeed(seed)];
  feed(drift, rng, options.referenceRows ?? 1024);
  return { drift, rng };
}

const drifted = (drift: FeatureDrift): FeatureChange[] => drift.report().features.filter((change) => change.drifted);

describe('FeatureDrift', () => {
  it.each([
    ['price', /^price moved: median (19|20)\.?\d* → (34|35|36)\.?\d*; nothing else did$/],
    ['browser', /^browser moved: newcomer and others 0 % → \d+\.?\d* %; nothing else did$/],
    ['tags', /^tags \(entries\) moved: c (2|3)\d\.?\d* % → (6|7|8|9)\d\.?\d* %; nothing else did$/],
    ['query', /^query \(words\) moved: sofa and others 0 % → \d+\.?\d* %; nothing else did$/],
    ['picture', /^picture \(.+\) moved: .+; nothing else did$/],
    ['age', /^age moved: missing (17|18|19|20|21|22)\.?\d* % → (6|7)\d\.?\d* %; nothing else did$/],
  ])('names the one feature that moved, within 128 rows: %s', (feature, text) => {
    const { drift, rng } = collected();
    expect(feed(drift, rng, 320)).toEqual([]);
    expect(drift.report().text).toBe('nothing moved');
    const [first, ...more] = feed(drift, rng, 512, [feature]);
    expect(first).toBeLessThanOrEqual(128);
    expect(more).toEqual([]);
    expect(drift.driftDetected).toBe(true);
    expect(drift.report().text).toMatch(text);
    const [top, next] = drift.report().features;
    expect(top).toMatchObject({ feature, drifted: true, driftedAt: 320 + first! });
    expect(top!.pValue).toBeLessThan(0.05);
    expect(top!.distance).toBeGreaterThan(0.1);
    expect(next).toMatchObject({ drifted: false, driftedAt: null });
  });

  it('says how a number was and is', () => {
    const { drift, rng } = collected();
    feed(drift, rng, 512, ['price']);
    const [price] = drifted(drift);
    // A shift of 15; half the middle values of exp(3 + 0.3 z) lie between 16.4 and 24.6, which makes a deviation of 6.1.
    expect(price).toMatchObject({ feature: 'price', aspect: 'value', measure: 'wasserstein' });
    expect(price!.distance).toBeGreaterThan(15 / 6.1 - 0.4);
    expect(price!.distance).toBeLessThan(15 / 6.1 + 0.4);
    const { reference, current } = price as unknown as Record<'reference' | 'current', Record<string, number>>;
    expect(reference['rows']).toBe(1024 - 128);
    expect(reference['missing']).toBe(0);
    expect(Math.abs(reference['median']! - Math.exp(3))).toBeLessThan(0.8);
    expect(Math.abs(current['median']! - Math.exp(3) - 15)).toBeLessThan(1);
    expect(Math.abs(current['upper']! - Math.exp(3 + 0.3 * 1.2816) - 15)).toBeLessThan(2);
  });

  it('says which values a category has', () => {
    const { drift, rng } = collected();
    feed(drift, rng, 512, ['browser']);
    const [browser] = drifted(drift);
    expect(browser).toMatchObject({ measure: 'jensen-shannon' });
    expect(browser!.distance).toBe(browser!.severity);
    const { reference, current } = browser as unknown as Record<'reference' | 'current', NameSummary>;
    expect(reference.shares.map(({ name }) => name)).toEqual(['chrome', 'firefox', 'safari']);
    expect(reference.shares[0]!.share).toBeCloseTo(0.6, 1);
    expect(current.shares.map(({ name }) => name)).toContain('newcomer and others');
  });

  it('says of several features that they moved', () => {
    const { drift, rng } = collected();
    feed(drift, rng, 512, ['price', 'tags']);
    expect(
      drifted(drift)
        .map(({ feature }) => feature)
        .sort(),
    ).toEqual(['price', 'tags']);
    expect(drift.report().text).toMatch(/price moved: .+; nothing else did$/);
    expect(drift.report().text).toMatch(/tags \(entries\) moved: /);
  });

  it('lets a drift go when rows are as before again, and finds the next one', () => {
    const { drift, rng } = collected();
    feed(drift, rng, 128, ['price']);
    expect(drifted(drift).map(({ feature }) => feature)).toEqual(['price']);
    expect(feed(drift, rng, 2048)).toEqual([]);
    expect(drifted(drift)).toEqual([]);
    expect(drift.driftDetected).toBe(false);
    expect(feed(drift, rng, 128, ['price'])).toHaveLength(1);
  });

  it('keeps a drift for as long as it lasts', () => {
    const { drift, rng } = collected();
    const found = feed(drift, rng, 6000, ['tags']);
    expect(found).toHaveLength(1);
    expect(drifted(drift)).toMatchObject([{ feature: 'tags', driftedAt: found[0] }]);
  });

  it('says nothing of a change that is certain, but small', () => {
    const drift = new FeatureDrift({ f: { type: 'categorical' } }, { referenceRows: 20_000 });
    const rare = (share: number) => (rng: Rng) => (rng.nextFloat() < share ? 'rare' : 'usual');
    for (const row of rowsOf(1, 20_000, rare(0.005))) drift.update(row);
    let found = 0;
    for (const row of rowsOf(2, 8192, rare(0.013))) found += Number(drift.update(row));
    expect(found).toBe(0);
    const [change] = drift.report().features;
    expect(change?.pValue).toBeLessThan(0.05);
    expect(change?.distance).toBeLessThan(0.1);
  });

  it('needs its reference first, and can close it early', () => {
    const [drift, rng] = [new FeatureDrift(schema), Rng.fromSeed(3)];
    expect(drift.freezeReference()).toBe(false);
    feed(drift, rng, 180);
    expect(drift.freezeReference()).toBe(false);
    feed(drift, rng, 20, ['price']);
    expect(drift.report()).toMatchObject({
      status: 'collecting',
      referenceRows: 200,
      referenceRowsNeeded: 1024,
      features: [],
      text: '200 of 1024 rows of the reference have been seen',
    });
    expect(drift.freezeReference()).toBe(true);
    expect(drift.report()).toMatchObject({ status: 'watching', watchedRows: 0, features: [], text: 'nothing moved' });
    feed(drift, rng, 256, ['browser']);
    expect(drifted(drift).map(({ feature }) => feature)).toContain('browser');
  });

  it('takes the rows after a restart for the new reference', () => {
    const { drift, rng } = collected();
    feed(drift, rng, 256, ['price']);
    drift.restart();
    expect(drift.driftDetected).toBe(false);
    expect(drift.report()).toMatchObject({ status: 'collecting', referenceRows: 0, watchedRows: 0 });
    feed(drift, rng, 1024, ['price']);
    expect(feed(drift, rng, 1024, ['price'])).toEqual([]);
    expect(feed(drift, rng, 256)).toHaveLength(1);
  });

  it('compares with the previous period where it should', () => {
    const { drift, rng } = collected(1, { reference: 'previous' });
    expect(feed(drift, rng, 2048, ['browser'])).toHaveLength(1);
    // From here on the reference is what came last.
    expect(feed(drift, rng, 2048, ['browser'])).toEqual([]);
    expect(drift.report().text).toBe('nothing moved');
    expect(feed(drift, rng, 256)).toHaveLength(1);
  });

  it('makes new cells where the previous period is out of range of the old ones', () => {
    const [drift, far] = [new FeatureDrift({ f: { type: 'numeric' } }, { reference: 'previous' }), 100];
    for (const row of rowsOf(1, 1024, (rng) => rng.nextGaussian())) drift.update(row);
    for (const row of rowsOf(2, 2048, (rng) => far + rng.nextGaussian())) drift.update(row);
    expect(drift.report()).toMatchObject({ status: 'collecting', referenceRows: 0 });
    for (const row of rowsOf(3, 1024, (rng) => far + rng.nextGaussian())) drift.update(row);
    let found = 0;
    for (const row of rowsOf(4, 512, (rng) => far + 1 + rng.nextGaussian())) found += Number(drift.update(row));
    expect(found).toBe(1);
  });

  it('has 16 features of every type in a few kilobytes each, however long it runs', () => {
    const { drift, rng } = collected();
    feed(drift, rng, 5000);
    const { features } = drift.state();
    const bytes = features.map((feature) => JSON.stringify(feature).length);
    // Numeric, categorical, multi-hot, text, embedding (seven numbers), numeric.
    [2500, 1500, 3000, 5000, 17_500, 2500].forEach((most, i) => expect(bytes[i]).toBeLessThan(most));
  });

  it.each([0, 100, 128, 129, 700, 1024, 1500, 2111])('goes on exactly from a state after %i rows', (rows) => {
    const [drift, rng] = [new FeatureDrift(schema), Rng.fromSeed(5)];
    feed(drift, rng, rows);
    const restored = new FeatureDrift(schema);
    restored.restore(throughJson(drift.state()));
    expect(restored.report()).toEqual(drift.report());
    const again = Rng.fromState(rng.state());
    expect(feed(restored, again, 1500, ['price'])).toEqual(feed(drift, rng, 1500, ['price']));
    expect(restored.state()).toEqual(drift.state());
    expect(restored.report()).toEqual(drift.report());
  });

  it('refuses damaged states and other schemas', async () => {
    const { drift, rng } = collected();
    feed(drift, rng, 256, ['price']);
    const state = drift.state();
    const [price, ...others] = state.features;
    const restore = (damaged: unknown) => () => new FeatureDrift(schema).restore(damaged);
    const channel = price!.channels[0]!;
    const withChannel = (changed: object): object => ({
      ...state,
      features: [{ ...price, channels: [{ ...channel, ...changed }] }, ...others],
    });
    const damaged = [
      null,
      { ...state, format: 2 },
      { ...state, phase: 'pilot' },
      { ...state, features: others },
      { ...state, schema: state.schema.toReversed() },
      { ...state, features: [others[0], ...others] },
      { ...state, features: [{ ...price, finding: { ...price!.finding, channel: 9 } }, ...others] },
      { ...state, features: [{ ...price, channels: [] }, ...others] },
      withChannel({ current: { ...channel.current, counts: [1] } }),
      withChannel({ scales: { all: 0.5, cells: channel.scales.cells } }),
      withChannel({ scales: { all: 1, cells: [] } }),
      withChannel({ stack: { ...channel.stack, slots: [] } }),
    ];
    for (const one of damaged) await expectCode(restore(one), 'CHECKPOINT_CORRUPT');
    await expectCode(() => new FeatureDrift({ f: { type: 'numeric' } }).restore(state), 'CHECKPOINT_CORRUPT');
    expect(restore(state)).not.toThrow();
  });

  it('refuses what cannot be watched', async () => {
    for (const options of [{ alpha: 0 }, { alpha: 1 }, { referenceRows: 100 }, { referenceRows: 200.5 }])
      await expectCode(() => new FeatureDrift(schema, options), 'INVALID_CONFIG');
  });

  it('watches the first features of many, and any name', () => {
    const names = ['__proto__', 'constructor', ...Array.from({ length: 80 }, (_, i) => `f${i}`)];
    const drift = new FeatureDrift(Object.fromEntries(names.map((name) => [name, { type: 'numeric' }] as const)));
    for (const row of rowsOf(1, 1100, (rng) => rng.nextGaussian()))
      drift.update(Object.fromEntries(names.map((name) => [name, row['f'] ?? null])));
    const watched = drift.report().features.map(({ feature }) => feature);
    expect(watched).toHaveLength(MAX_WATCHED);
    expect(watched).toContain('__proto__');
  });

  it('has nothing to say without features', () => {
    const drift = new FeatureDrift({});
    for (let i = 0; i < 2000; i++) drift.update({});
    expect(drift.report()).toMatchObject({ status: 'watching', features: [], text: 'nothing moved' });
  });
});

/** False alarms in 40 streams of 2,500 rows at a level of 0.5 for 10,000: five are to be expected at most, more than 11 in one run of 100. */
describe('without a change', () => {
  const MOST = 11;
  function falseAlarms(type: 'numeric' | 'categorical', maker: (rng: Rng) => () => ParsedValue): number {
    let alarms = 0;
    for (let seed = 0; seed < 40; seed++) {
      const [rng, drift] = [Rng.fromSeed(1000 + seed), new FeatureDrift({ f: { type } }, { alpha: 0.5 })];
      const next = maker(rng);
      for (let i = 0; i < 1024 + 2500; i++) alarms += Number(drift.update({ f: next() }));
    }
    return alarms;
  }

  it.each<[string, 'numeric' | 'categorical', (rng: Rng) => () => ParsedValue]>([
    ['skewed numbers', 'numeric', (rng) => () => Math.exp(2 * rng.nextGaussian())],
    ['heavy ties', 'numeric', (rng) => () => (rng.nextFloat() < 0.8 ? 0 : rng.nextInt(3))],
    ['a constant', 'numeric', () => () => 7],
    ['rarely known numbers', 'numeric', (rng) => () => (rng.nextFloat() < 0.02 ? rng.nextGaussian() : null)],
    ['rare categories', 'categorical', (rng) => () => (rng.nextFloat() < 0.95 ? 'usual' : `rare ${rng.nextInt(40)}`)],
    ['very many categories', 'categorical', (rng) => () => `id ${rng.nextInt(100_000)}`],
  ])('there are no more alarms than the level allows: %s', (_, type, maker) => {
    expect(falseAlarms(type, maker)).toBeLessThanOrEqual(MOST);
  });

  it('nor where rows are alike within a visit', () => {
    const visits = (rng: Rng) => {
      let daypart = 'morning';
      return () => {
        if (rng.nextFloat() < 0.1) daypart = pick(rng, ['morning', 'noon', 'evening']);
        return daypart;
      };
    };
    expect(falseAlarms('categorical', visits)).toBeLessThanOrEqual(MOST);
  });
});

describe('PredictionDrift', () => {
  it('sees that a model is less sure, and that it answers otherwise', () => {
    const [drift, rng] = [new PredictionDrift('classification'), Rng.fromSeed(9)];
    const answer = (sure: number, share: number): Record<string, number> => {
      const p = Math.min(0.999, sure + 0.1 * rng.nextFloat());
      return rng.nextFloat() < share ? { yes: p, no: 1 - p } : { yes: 1 - p, no: p };
    };
    for (let i = 0; i < 1024 + 512; i++) expect(drift.updateOne(answer(0.8, 0.5))).toBe(false);
    for (let i = 0; i < 256; i++) drift.updateOne(answer(0.7, 0.5));
    expect(
      drifted(drift)
        .map(({ feature }) => feature)
        .sort(),
    ).toEqual(['confidence', 'entropy']);
    for (let i = 0; i < 512; i++) drift.updateOne(answer(0.7, 0.9));
    expect(drifted(drift)).toHaveLength(3);
    expect(drift.report().text).toMatch(/predicted class moved: (yes|no) /);
  });

  it('takes in what rankings and regressions answer, and no answer', () => {
    const ranking = new PredictionDrift('ranking', { referenceRows: 128 });
    const regression = new PredictionDrift('regression', { referenceRows: 128 });
    const classification = new PredictionDrift('classification', { referenceRows: 128 });
    for (let i = 0; i < 200; i++) {
      const is = i >= 128;
      ranking.updateOne({ item: is ? 'b' : 'a', score: is ? 0.2 : 0.5, chances: [0.5, 0.5] });
      regression.updateOne({ value: is ? 9 : 4, lower: 0, upper: 10 });
      classification.updateOne(is ? {} : { only: 1 });
    }
    expect(drifted(ranking).map(({ feature }) => feature)).toEqual(['expected reward', 'first item']);
    expect(drifted(regression).map(({ feature }) => feature)).toEqual(['prediction']);
    expect(drifted(classification)).toHaveLength(3);
  });
});
