import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { Prototypes } from '../../src/memory/long-term/prototypes.ts';
import { DAY_MS, episode, labelled, ranked, SUNDAY_MS } from './long-term-fixture.ts';

/** Inputs of three sorts, as vectors that scatter round three middles. */
function sorts(count: number, rng: Rng, atMs = SUNDAY_MS) {
  return Array.from({ length: count }, (_, index) => {
    const sort = index % 3;
    const vector = Array.from({ length: 24 }, (__, k) => (k % 3 === sort ? 1 : 0) + 0.15 * rng.nextGaussian());
    return episode(labelled(index + 1, `sort-${sort}`, { vector, kind: `kind-${sort}` }, atMs));
  });
}

describe('prototypes', () => {
  it('find the sorts of inputs that there are, and do not mix them', () => {
    const rng = Rng.fromSeed(2);
    const prototypes = new Prototypes();
    for (const one of sorts(3000, rng)) prototypes.add(one, rng);
    const found = prototypes.changed(1);
    expect(found.length).toBeLessThanOrEqual(32);
    let weight = 0;
    for (const { value } of found) {
      weight += value.weight;
      expect(Math.max(...Object.values(value.labels))).toBeGreaterThan(0.99);
    }
    expect(weight).toBeCloseTo(3000, 6);
    expect(new Set(found.flatMap(({ value }) => Object.keys(value.labels))).size).toBe(3);
  });

  it('name the episodes that they were made of and a typical one', () => {
    const rng = Rng.fromSeed(2);
    const prototypes = new Prototypes();
    for (const one of sorts(300, rng)) prototypes.add(one, rng);
    for (const { value, sources } of prototypes.changed(1)) {
      expect(sources.positions.length).toBe(Math.min(16, sources.count));
      for (const at of [...sources.positions, value.typical]) {
        expect(at).toBeGreaterThanOrEqual(sources.from);
        expect(at).toBeLessThanOrEqual(sources.to);
        expect(Object.keys(value.labels)).toContain(`sort-${(at - 1) % 3}`);
      }
    }
  });

  it('stay few, whatever comes', () => {
    const rng = Rng.fromSeed(4);
    const prototypes = new Prototypes();
    for (let position = 1; position <= 2000; position++) {
      const candidate = { id: `${position}`, x: 1000 * rng.nextGaussian(), tags: [`${rng.nextInt(1e6)}`] };
      prototypes.add(episode(ranked(position, 'i', { candidate, reward: rng.nextInt(2) })), rng);
    }
    expect(prototypes.standing.length).toBeLessThanOrEqual(32);
    expect(prototypes.dropped).toBeGreaterThan(0);
    for (const { value } of prototypes.changed(0.001)) {
      expect(value.centre.every(Number.isFinite)).toBe(true);
      expect(value.reward).toBeGreaterThanOrEqual(0);
      expect(value.reward).toBeLessThanOrEqual(1);
    }
  });

  it('let go of what has faded before they mix what is current', () => {
    const rng = Rng.fromSeed(4);
    const prototypes = new Prototypes();
    const old = Array.from({ length: 32 }, (_, index) =>
      episode(labelled(index + 1, 'old', { word: `old-${index}`, other: `${index}` })),
    );
    for (const one of old) prototypes.add(one, rng);
    const later = SUNDAY_MS + 400 * DAY_MS;
    for (let index = 0; index < 20; index++)
      prototypes.add(episode(labelled(100 + index, 'new', { word: `new-${index}`, other: `n${index}` }, later)), rng);
    const labels = prototypes.changed(0).map(({ value }) => Object.keys(value.labels));
    expect(labels.filter((names) => names.includes('new')).length).toBeGreaterThanOrEqual(15);
    expect(labels.every((names) => names.length === 1)).toBe(true);
  });

  it('change what came of an episode, and take one back', () => {
    const rng = Rng.fromSeed(1);
    const prototypes = new Prototypes();
    const [one, other] = [1, 2].map((position) => episode(ranked(position, 'i', { candidate: { a: 'x' }, reward: 0 })));
    if (!one || !other) throw new Error('there are two');
    const cluster = prototypes.add(one, rng);
    expect(prototypes.add(other, rng)).toBe(cluster);
    prototypes.revise(cluster, one, episode(ranked(3, 'i', { candidate: { a: 'x' }, reward: 1 })), rng);
    expect(prototypes.changed(1)[0]?.value).toMatchObject({
      weight: 2,
      reward: 0.5,
      labels: { liked: 0.5, passed: 0.5 },
    });
    prototypes.revise(cluster, other, null, rng);
    expect(prototypes.changed(1)[0]?.value).toMatchObject({ weight: 1, reward: 1, labels: { liked: 1 } });
    prototypes.revise(999, other, null, rng);
    expect(prototypes.changed(1)).toEqual([]);
  });
});
