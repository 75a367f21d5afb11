import { describe, expect, it } from 'vitest';
import { Quality, type Judged } from '../../src/signals/capture/quality.ts';
import { RateLimiter } from '../../src/signals/capture/quality-rate.ts';
import { isSampled } from '../../src/signals/capture/sampling.ts';

const base: Judged = {
  type: 'click',
  place: 'decision d a',
  value: 1,
  monotonicMs: 10_000,
  trusted: true,
  jumped: false,
  visibleForMs: 5000,
};
const judge = (quality: Quality, change: Partial<Judged> = {}) => quality.judge({ ...base, ...change }).suspicion;

describe('quality of signals', () => {
  it('finds nothing wrong with an ordinary click', () => {
    expect(new Quality(false).judge(base)).toEqual({ suspicion: null, keep: true });
  });

  it('says of every signal of a driven browser that it is', () => {
    const quality = new Quality(true);
    expect([judge(quality), judge(quality, { type: 'impression' })]).toEqual(['automation', 'automation']);
    expect(quality.counts()).toEqual({ automation: 2 });
  });

  it('knows events that a script made, and a clock that was set', () => {
    expect(judge(new Quality(false), { trusted: false })).toBe('untrusted');
    expect(judge(new Quality(false), { jumped: true })).toBe('clock');
  });

  it('takes a second click on the same item within half a second for a repeat, not a later one', () => {
    const quality = new Quality(false);
    const at = (monotonicMs: number) => judge(quality, { monotonicMs });
    expect([at(10_000), at(10_200), at(10_699), at(11_300)]).toEqual([null, 'duplicate', 'duplicate', null]);
  });

  it('does not take a second thought for a repeat', () => {
    const quality = new Quality(false);
    const stars = (value: number, monotonicMs: number) => judge(quality, { type: 'stars', value, monotonicMs });
    expect([stars(3, 10_000), stars(4, 10_300)]).toEqual([null, null]);
  });

  it('does not take two measurements at once for a repeat', () => {
    const quality = new Quality(false);
    const dwell = () => judge(quality, { type: 'dwell' });
    expect([dwell(), dwell()]).toEqual([null, null]);
  });

  it('knows that a hand does not press two things within 50 ms', () => {
    const quality = new Quality(false);
    const on = (place: string, monotonicMs: number) => judge(quality, { place, monotonicMs });
    expect([on('a', 10_000), on('b', 10_049), on('c', 10_100)]).toEqual([null, 'impossible-speed', null]);
  });

  it('knows that nobody acts on what appeared less than 100 ms ago', () => {
    expect(judge(new Quality(false), { visibleForMs: 99 })).toBe('impossible-speed');
    expect(judge(new Quality(false), { visibleForMs: 100 })).toBeNull();
    expect(judge(new Quality(false), { visibleForMs: null })).toBeNull();
    expect(judge(new Quality(false), { type: 'impression', visibleForMs: 0 })).toBeNull();
  });

  it('marks what comes above the limit of its type, keeps a hundred of that and counts the rest', () => {
    const quality = new Quality(false, { own: { burst: 2, perSecond: 1 } });
    const given = Array.from({ length: 110 }, () => quality.judge({ ...base, type: 'own' }));
    expect(given.slice(0, 3).map(({ suspicion }) => suspicion)).toEqual([null, null, 'rate']);
    expect(given.filter(({ keep }) => keep)).toHaveLength(102);
    expect(quality.counts()).toEqual({ rate: 108 });
    expect(judge(quality, { type: 'other' })).toBeNull();
  });
});

describe('the limit of a type', () => {
  it('fills up with time, to its burst', () => {
    const limiter = new RateLimiter({ click: { burst: 2, perSecond: 2 } });
    const take = (nowMs: number) => limiter.take('click', nowMs);
    expect([take(0), take(0), take(0)]).toEqual(['within', 'within', 'over']);
    expect([take(500), take(500)]).toEqual(['within', 'over']);
    expect([take(60_000), take(60_000), take(60_000)]).toEqual(['within', 'within', 'over']);
  });

  it('is its own for each type, whatever the name', () => {
    const limiter = new RateLimiter();
    for (let i = 0; i < 30; i++) limiter.take('constructor', 0);
    expect(limiter.take('constructor', 0)).toBe('over');
    expect(limiter.take('impression', 0)).toBe('within');
  });
});

describe('sampling', () => {
  const ids = Array.from({ length: 4000 }, (_, index) => `page:${index}`);

  it('takes its share, the same each time', () => {
    const taken = ids.filter((id) => isSampled(id, 0.25));
    expect(taken.length).toBeGreaterThan(900);
    expect(taken.length).toBeLessThan(1100);
    expect(ids.filter((id) => isSampled(id, 0.25))).toEqual(taken);
    // A larger share holds the smaller one.
    expect(taken.every((id) => isSampled(id, 0.5))).toBe(true);
  });

  it('takes all or nothing where it is told so', () => {
    expect(ids.every((id) => isSampled(id, 1))).toBe(true);
    expect(ids.some((id) => isSampled(id, 0))).toBe(false);
  });
});
