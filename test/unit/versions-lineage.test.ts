import { describe, expect, it } from 'vitest';
import { guardsAfter, type VersionReference } from '../../src/versions/lineage.ts';

const version = (trainedTo: number, judged = 0): VersionReference => ({
  digest: trainedTo.toString(16).padStart(64, '0'),
  trainedTo,
  learned: trainedTo,
  judged,
  modelVersion: null,
});
const places = (guards: readonly VersionReference[]) => guards.map(({ trainedTo }) => trainedTo);
const sound = { onProbation: false, astrayFrom: null };

describe('the versions that a champion is judged beside', () => {
  it('are the one before it and the one that stood longest, if they have learned half as much', () => {
    expect(places(guardsAfter(version(90), [version(80, 5), version(60, 50)], { learned: 100, ...sound }))).toEqual([
      90, 60,
    ]);
    expect(places(guardsAfter(version(49), [version(40, 50)], { learned: 100, ...sound }))).toEqual([]);
    expect(guardsAfter(null, [], { learned: 1, ...sound })).toEqual([]);
  });

  it('are all that there are while it is on probation, what was before it went astray among them', () => {
    const astray = { onProbation: true, astrayFrom: 50 };
    expect(places(guardsAfter(version(40), [], { learned: 300, ...astray }))).toEqual([40]);
    expect(places(guardsAfter(version(90), [version(80, 900), version(40, 1)], { learned: 300, ...astray }))).toEqual([
      90, 40,
    ]);
  });
});
