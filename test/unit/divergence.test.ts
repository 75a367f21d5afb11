import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Divergence } from '../../src/runtime/divergence.ts';
import '../support/fixed-seed.ts';

/** Learns a log of `length` as the host does, with a checkpoint after every `every` experiences. @param spoils whether weights are no numbers after learning a position, the n-th time */
function learn(length: number, every: number, spoils: (position: number, time: number) => boolean) {
  const divergence = new Divergence();
  const times = new Map<number, number>();
  const learned = new Set<number>();
  let [stored, reached, isSpoilt, loads] = [0, 0, false, 0];
  const passedOver: number[] = [];
  const store = (): void => {
    if (!isSpoilt) {
      for (let at = stored + 1; at <= reached; at++) learned.add(at);
      divergence.stored((stored = reached));
      return;
    }
    const remedy = divergence.seenAt(reached);
    if (remedy === 'give up') throw new Error(`gave up at ${reached}`);
    loads++;
    isSpoilt = false;
    const culprit = reached;
    reached = stored;
    if (remedy !== 'pass over') return;
    passedOver.push(culprit);
    divergence.stored((stored = reached = culprit));
  };
  while (stored < length) {
    reached++;
    const time = (times.get(reached) ?? 0) + 1;
    times.set(reached, time);
    isSpoilt ||= spoils(reached, time);
    if (divergence.isSuspected || reached % every === 0 || reached === length) store();
  }
  return { learned: [...learned], passedOver, loads };
}

const all = (length: number) => Array.from({ length }, (_, index) => index + 1);

describe('weights that are no numbers', () => {
  it('because of the device cost no experience, wherever and however late it is seen', () => {
    const log = fc.record({ length: fc.integer({ min: 1, max: 30 }), every: fc.integer({ min: 1, max: 30 }) });
    fc.assert(
      fc.property(log, fc.nat(29), ({ length, every }, at) => {
        const result = learn(length, every, (position, time) => position === (at % length) + 1 && time === 1);
        expect(result).toEqual({ learned: all(length), passedOver: [], loads: 1 });
      }),
    );
  });

  it('because of experiences cost those alone, whenever checkpoints are taken', () => {
    const poison = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 6 });
    fc.assert(
      fc.property(poison, fc.integer({ min: 1, max: 30 }), (poisonous, every) => {
        const { learned, passedOver, loads } = learn(30, every, (position) => poisonous.includes(position));
        expect(passedOver).toEqual([...poisonous].sort((a, b) => a - b));
        expect(learned).toEqual(all(30).filter((position) => !poisonous.includes(position)));
        // It is seen, found and convicted.
        expect(loads).toBeLessThanOrEqual(3 * poisonous.length);
      }),
    );
  });

  it('at every turn are nothing that learning can go on with', () => {
    const divergence = new Divergence();
    expect([9, 3, 7].map((position) => divergence.seenAt(position))).toEqual([
      'learn again',
      'learn again',
      'learn again',
    ]);
    expect(divergence.seenAt(2)).toBe('give up');
    divergence.stored(2);
    expect(divergence.isSuspected, 'up to where it was seen first').toBe(true);
    divergence.stored(9);
    expect(divergence.isSuspected).toBe(false);
    expect(divergence.seenAt(10)).toBe('learn again');
    expect(divergence.seenAt(10)).toBe('pass over');
  });
});
