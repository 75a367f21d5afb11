import { describe, expect, it } from 'vitest';
import { SourceErrors } from '../../src/learners/source-errors.ts';
import { expectCode } from '../support/expect-code.ts';

/** `times` errors of each source, in turns. */
function heard(errors: Readonly<Record<string, number>>, times: number): SourceErrors {
  const sources = new SourceErrors();
  for (let i = 0; i < times; i++) {
    for (const [source, error] of Object.entries(errors)) sources.learnOne(source, error);
  }
  return sources;
}

describe('SourceErrors', () => {
  it('weighs by the inverse of the variance, compared with the most exact source', () => {
    const sources = heard({ exact: 1, rough: 3 }, 1000);
    expect(sources.share('exact')).toBe(1);
    expect(sources.share('rough')).toBeCloseTo(1 / 9, 2);
  });

  it('takes a source that has said little for one like the others', () => {
    const sources = heard({ exact: 1, rough: 3 }, 1000);
    expect(sources.share('new')).toBeCloseTo(1 / 4, 2);
    sources.learnOne('new', null);
    expect(sources.share('new')).toBeCloseTo(1 / 4, 2);
  });

  it('weighs nothing without errors, and none where all are exact', () => {
    expect(new SourceErrors().share('anyone')).toBe(1);
    expect(heard({ a: 0, b: 0 }, 5).share('a')).toBe(1);
  });

  it('notices a source that goes bad', () => {
    const sources = heard({ a: 1, b: 1 }, 1000);
    for (let i = 0; i < 1000; i++)
      for (const [source, error] of [
        ['a', 1],
        ['b', 10],
      ] as const)
        sources.learnOne(source, error);
    expect(sources.share('b')).toBeLessThan(0.05);
  });

  it('is bounded: the source heard of longest ago makes room', () => {
    const sources = new SourceErrors();
    for (let i = 0; i < 300; i++) {
      sources.learnOne('regular', 1);
      sources.learnOne(`passer-by ${i}`, 5);
    }
    expect(sources.size).toBe(256);
    const { values } = sources.state();
    const names = (values.sources as [string, unknown][]).map(([name]) => name);
    expect(names).toContain('regular');
    expect(names).not.toContain('passer-by 0');
    expect(names).toContain('passer-by 299');
  });

  it('continues exactly from its state, and refuses a damaged one', async () => {
    const sources = heard({ a: 1, b: 2 }, 7);
    const restored = new SourceErrors();
    restored.restore(sources.state());
    for (const one of [sources, restored]) one.learnOne('b', 9);
    expect(restored.state()).toEqual(sources.state());
    expect(restored.share('b')).toBe(sources.share('b'));
    const twice = [
      ['a', { sum: 1, count: 1 }],
      ['a', { sum: 1, count: 1 }],
    ];
    for (const values of [
      {},
      { all: { sum: NaN, count: 0 }, sources: [] },
      { all: { sum: 1, count: 1 }, sources: twice },
    ]) {
      await expectCode(() => new SourceErrors().restore({ tensors: {}, values }), 'CHECKPOINT_CORRUPT');
    }
  });
});
