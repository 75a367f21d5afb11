import { expect, test } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { describe as describeLinks, task } from '../../bench/learning/wikispeedia/candidate-features.ts';
import { ClickCounts, shares } from '../../bench/learning/wikispeedia/click-counts.ts';
import { amongList, byFalling, logPlaces } from '../../bench/learning/wikispeedia/closeness.ts';
import { readClicks } from '../../bench/learning/wikispeedia/games.ts';
import { HitRates } from '../../bench/learning/wikispeedia/hit-rates.ts';
import { Lift } from '../../bench/learning/wikispeedia/lift.ts';
import { Past } from '../../bench/learning/wikispeedia/past.ts';
import { baselines, learned, sample } from '../../bench/learning/wikispeedia/rankers.ts';
import { scenes } from '../../bench/learning/wikispeedia/scenes.ts';
import { readSite } from '../../bench/learning/wikispeedia/site.ts';

const CATEGORIES = ['Start\tsubject.Science', 'Hub\tsubject.Countries', 'Near\tsubject.Art.Painting'].join('\n');
const LINKS = [
  ...['Start\tHub', 'Start\tNear', 'Start\tOther', 'Start\tGoal', 'Hub\tStart', 'Hub\tOther'],
  ...['Near\tGoal', 'Other\tHub', 'Goal\tHub'],
].join('\n');
const site = readSite(CATEGORIES, LINKS);
const row = (path: string): string => `v\t1\t1\t${path}\tGoal\ttimeout`;
const collect = (paths: readonly string[]) =>
  [...scenes(readClicks(paths.map(row).join('\n'), site), site, 1000)].map((scene) => ({
    ...scene,
    names: scene.list.map(({ name }) => name),
  }));

test('every declared feature is given for every link, as a finite number, and none besides', () => {
  const [scene] = collect(['Start;Hub']);
  for (const features of scene!.candidates) {
    expect(Object.keys(features).sort()).toEqual(Object.keys(task.schema.candidate).sort());
    expect(Object.values(features).every(Number.isFinite)).toBe(true);
  }
});

test('the target is not among the candidates, and what leads to it is marked', () => {
  const [scene] = collect(['Start;Hub']);
  expect(scene!.names).toEqual(['Hub', 'Near', 'Other']);
  expect(scene!.chosen).toBe(0);
  expect(scene!.candidates.map(({ linksToTarget }) => linksToTarget)).toEqual([0, 1, 0]);
  expect(scene!.candidates.map(({ country }) => country)).toEqual([1, 0, 0]);
});

test('features know the past only: what is clicked now and later changes nothing before', () => {
  const [a, b] = [collect(['Start;Hub', 'Start;Hub']), collect(['Start;Near', 'Start;Other'])];
  expect(a[0]!.candidates).toEqual(b[0]!.candidates);
  expect(a[1]!.candidates).not.toEqual(b[1]!.candidates);
  const [hubBefore, hubAfter] = a.map(({ candidates }) => Number(candidates[0]!.here));
  expect(hubAfter).toBeGreaterThan(hubBefore!);
  expect(a[1]!.candidates[0]!.ownClicks).toBeCloseTo(Math.log(2), 12);
});

test('describing leaves the past as it is', () => {
  const past = new Past();
  const [{ click, list }] = collect(['Start;Hub']) as [ReturnType<typeof collect>[number]];
  past.learnOne(click, list);
  expect(describeLinks(click, list, past)).toEqual(describeLinks(click, list, past));
  const all = past.shares(click, list);
  for (const of of Object.values(all)) expect(of.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
});

test('shares lie between the counts and the coarser estimate', () => {
  const found = shares(Float64Array.of(5, 0), Float64Array.of(0.2, 0.8));
  expect([...found]).toEqual([0.6, 0.4]);
});

test('counts fade with their memory, and add up over situations', () => {
  const counts = new ClickCounts(1);
  counts.add(['a', 'b'], 7);
  expect(counts.of(['a', 'b', 'c'], [7, 8])[0]).toBeCloseTo(2, 12);
  counts.add(['c'], 8);
  expect(counts.of(['a'], [7])[0]).toBeCloseTo(1 / Math.E, 12);
});

test('a lift is positive for what is clicked more than by chance, and 0 for what is not known', () => {
  const lift = new Lift();
  for (let round = 0; round < 10; round++) {
    lift.add(['s'], ['good'], 0.5, true);
    lift.add(['s'], ['bad'], 0.5, false);
  }
  expect(lift.of(['s'], ['good'])).toBeCloseTo(Math.log(12 / 7), 12);
  expect(lift.of(['s'], ['bad'])).toBeCloseTo(Math.log(2 / 7), 12);
  expect(lift.of(['other'], ['good'])).toBe(0);
});

test('values among a list, places and orders', () => {
  expect(amongList([1, 3])).toEqual([-1, 1]);
  expect(amongList([2, 2])).toEqual([0, 0]);
  expect(logPlaces([1, 3])).toEqual([Math.log(2), 0]);
  expect(byFalling([1, 3, 1])).toEqual([1, 0, 2]);
});

test('hit rates are reported for the clicks after the warm-up, and by quarters of them', () => {
  const hits = new HitRates(2, 10);
  for (const place of [0, 0, 0, 7, 1, 9, 4, 5, 0, 0]) hits.update(place);
  expect(hits.get()).toMatchObject({
    'hit@1': 3 / 8,
    'hit@5': 5 / 8,
    'hit@1 warm-up': 1,
    'hit@1 quarter 1': 0.5,
    'hit@5 quarter 2': 0.5,
    'hit@5 quarter 3': 0.5,
    'hit@1 quarter 4': 1,
  });
});

test('a sample has no entry twice and takes all where there are no more', () => {
  const drawn = sample([1, 2, 3, 4, 5], 3, Rng.fromSeed(1));
  expect(new Set(drawn).size).toBe(3);
  expect(sample([1, 2], 8, Rng.fromSeed(1)).sort()).toEqual([1, 2]);
});

test('every ranker gives each link a place, and the same seed gives the same orders', () => {
  const stream = collect(Array.from({ length: 12 }, () => 'Start;Hub;Other'));
  for (const ranker of [learned('', 3), ...baselines()]) {
    stream.forEach((scene, index) => {
      const order = [...ranker.step(scene, index)].sort((a, b) => a - b);
      expect(order).toEqual([...scene.list.keys()]);
    });
  }
  const orders = () => {
    const ranker = learned('', 3);
    return stream.map((scene, index) => ranker.step(scene, index));
  };
  expect(orders()).toEqual(orders());
});

test('links that lead to the target come first in the baseline of that name, and the learner finds what is clicked', () => {
  const stream = collect(Array.from({ length: 60 }, () => 'Start;Other'));
  const toTarget = baselines().find(({ method }) => method.startsWith('Links to the target'))!;
  expect(stream[0]!.names[toTarget.step(stream[0]!, 0)[0]!]).toBe('Near');
  const greedy = learned('', 1, { exploration: { kind: 'greedy' }, floor: 0, budget: null });
  const firsts = stream.map((scene, index) => scene.names[greedy.step(scene, index)[0]!]);
  expect(firsts.slice(-20)).toEqual(Array(20).fill('Other'));
});
