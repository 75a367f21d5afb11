import { expect, test } from 'vitest';
import { BitSet } from '../../bench/learning/wikispeedia/bit-set.ts';
import { commonLevels, overlap } from '../../bench/learning/wikispeedia/closeness.ts';
import { readClicks } from '../../bench/learning/wikispeedia/games.ts';
import { readSite } from '../../bench/learning/wikispeedia/site.ts';

const CATEGORIES = `# a comment

Cat\tsubject.Science.Biology
Cat\tsubject.Everyday_life
%C3%89ire\tsubject.Countries
`;
const LINKS = `# a comment
Cat\tDog
Cat\t%C3%89ire
Cat\tDog
Dog\tCat
Dog\tBone
%C3%89ire\tDog
`;
const site = readSite(CATEGORIES, LINKS);
const article = (name: string) => site.byName.get(name)!;
const clicks = (row: string) => [...readClicks(`# a comment\n\n${row}\n`, site)];

test('a site has every article that is named anywhere, with its links once each and those who link to it', () => {
  expect([...site.byName.keys()].sort()).toEqual(['%C3%89ire', 'Bone', 'Cat', 'Dog']);
  expect(site.articles.map(({ id }) => id)).toEqual([0, 1, 2, 3]);
  expect(article('Cat').links.map((id) => site.articles[id]!.name)).toEqual(['Dog', '%C3%89ire']);
  expect(article('Dog').linkedFrom.size).toBe(2);
  expect(article('Dog').linkedFrom.has(article('%C3%89ire').id)).toBe(true);
  expect(article('Bone').links).toEqual([]);
});

test('titles are cut into words, and categories into their levels', () => {
  expect([...article('%C3%89ire').words]).toEqual(['éire']);
  expect([...article('Cat').categories]).toEqual(['Science', 'Science.Biology', 'Everyday_life']);
  expect(article('Cat').fields).toEqual(['Science', 'Everyday_life']);
  expect(article('Cat').topics).toEqual(['Science.Biology', 'Everyday_life']);
  expect(article('Bone').topics).toHaveLength(1);
});

test('a path gives a click for each step along a link of its page, after going back too', () => {
  const found = clicks('v1\t1297054935\t10\tCat;Dog;<;%C3%89ire;Dog\tBone\ttimeout');
  expect(found.map(({ page, chosen, step }) => [page.name, chosen.name, step])).toEqual([
    ['Cat', 'Dog', 0],
    ['Cat', '%C3%89ire', 2],
    ['%C3%89ire', 'Dog', 3],
  ]);
  expect(found.map(({ visited }) => [...visited].map(({ name }) => name))).toEqual([
    ['Cat'],
    ['Cat', 'Dog'],
    ['Cat', 'Dog', '%C3%89ire'],
  ]);
  expect(found[0]).toMatchObject({ visitor: 'v1', target: article('Bone') });
});

test('a step that is no link of the page is left out, and so is a game whose target is no article', () => {
  expect(clicks('v1\t1\t1\tCat;Bone;Dog;Cat\t%C3%89ire\ttimeout').map(({ chosen }) => chosen.name)).toEqual(['Cat']);
  expect(clicks('v1\t1\t1\tCat;Dog\tNowhere\trestart')).toEqual([]);
});

test('sets of bits count, meet and compare as sets do, over word boundaries', () => {
  const [a, b] = [new BitSet(100, [0, 31, 32, 63, 99]), new BitSet(100, [31, 32, 98, 99])];
  expect([a.size, b.size]).toEqual([5, 4]);
  expect(a.shared(b)).toBe(3);
  expect(a.cosine(b)).toBeCloseTo(3 / Math.sqrt(20), 12);
  expect(a.cosine(new BitSet(100, []))).toBe(0);
  expect([a.has(99), a.has(98)]).toEqual([true, false]);
  expect(new BitSet(32, [...Array(32).keys()]).size).toBe(32);
});

test('overlap and common levels', () => {
  expect(overlap(new Set(['a', 'b']), new Set(['b', 'c']))).toBeCloseTo(1 / 3, 12);
  expect(overlap(new Set(), new Set())).toBe(0);
  expect(commonLevels(new Set(['A', 'A.B', 'A.B.C']), new Set(['A', 'A.B', 'A.B.D']))).toBe(2);
});
