import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PartState } from '../../src/core/part-state.ts';
import { Rng } from '../../src/core/rng.ts';
import type { DriftDetector } from '../../src/monitor/drift/drift-detector.ts';
import { expectCode } from '../support/expect-code.ts';

export interface ConformingDetector {
  readonly name: string;
  /** All of one name have the same options. */
  readonly create: () => DriftDetector;
  /** Values of the jump's second half until it is found, at most. */
  readonly mostDelay: number;
  /** Numbers in a state, at most. */
  readonly mostNumbers: number;
}

/** What every detector has to do. */
export function describeDetector({ name, create, mostDelay, mostNumbers }: ConformingDetector): void {
  const { least, most } = create().range;

  describe(name, () => {
    it('refuses what is out of its range, and has not changed then', async () => {
      const detector = after(create(), errors(300, 0.3, 1));
      const before = detector.state();
      for (const value of [NaN, Infinity, -Infinity, least - 1e-9, most + 1e-9]) {
        await expectCode(() => detector.update(value), 'INVALID_DATA');
      }
      expect(detector.state()).toEqual(before);
      for (const value of [least, most]) detector.update(value);
    });

    it('goes on from a state to the same bits, wherever it was cut', () => {
      const values = [...errors(500, 0.1, 2), ...errors(400, 0.9, 3), ...errors(300, 0.05, 4)];
      fc.assert(
        fc.property(fc.integer({ min: 0, max: values.length }), (cut) => {
          const whole = after(create(), values.slice(0, cut));
          const resumed = after(create(), errors(50, 0.5, 5));
          resumed.restore(structuredClone(whole.state()));
          expect(verdicts(resumed, values.slice(cut))).toEqual(verdicts(whole, values.slice(cut)));
          expect(resumed.state()).toEqual(whole.state());
        }),
        { numRuns: 12, seed: 1 },
      );
    });

    it('remembers that the last value was a drift', () => {
      const detector = after(create(), errors(1000, 0.05, 6));
      for (let i = 0; i < mostDelay && !detector.driftDetected; i++) detector.update(most);
      const resumed = create();
      resumed.restore(detector.state());
      expect([detector.driftDetected, resumed.driftDetected]).toEqual([true, true]);
      resumed.update(least);
      expect([resumed.driftDetected, resumed.state()]).toEqual([false, after(create(), [least]).state()]);
    });

    it('is as new after a reset', () => {
      const [values, detector] = [errors(700, 0.4, 7), after(create(), errors(333, 0.2, 8))];
      detector.reset();
      expect(detector.state()).toEqual(create().state());
      expect(verdicts(detector, values)).toEqual(verdicts(create(), values));
    });

    it('refuses a damaged state, and goes on as it was', async () => {
      const detector = after(create(), errors(400, 0.3, 9));
      const state = detector.state();
      for (const damaged of damagedStates(state)) {
        await expectCode(() => detector.restore(damaged), 'CHECKPOINT_CORRUPT');
      }
      expect(detector.state()).toEqual(state);
    });

    it('keeps its state small', () => {
      const detector = create();
      let largest = 0;
      errors(30_000, 0.2, 10).forEach((value, index) => {
        detector.update(value);
        if (index % 1000 === 0) largest = Math.max(largest, numbersOf(detector.state()));
      });
      expect(largest).toBeLessThanOrEqual(mostNumbers);
    });

    it.each([0, 0.3, 1])('is silent while every value is %s of the range', (share) => {
      const detector = create();
      for (let i = 0; i < 20_000; i++) {
        detector.update(least + share * (most - least));
        if (detector.driftDetected || detector.warningDetected) expect.fail(`an alarm at value ${i}`);
      }
    });

    it('finds that nearly all goes wrong', () => {
      const detector = create();
      expect(verdicts(detector, errors(1000, 0.05, 11))).not.toContain('drift');
      expect(verdicts(detector, errors(mostDelay, 0.95, 12))).toContain('drift');
    });
  });

  function errors(count: number, rate: number, seed: number): number[] {
    const rng = Rng.fromSeed(seed);
    return Array.from({ length: count }, () => (rng.nextFloat() < rate ? most : least));
  }
}

function after(detector: DriftDetector, values: readonly number[]): DriftDetector {
  for (const value of values) detector.update(value);
  return detector;
}

function verdicts(detector: DriftDetector, values: readonly number[]): string[] {
  return values.map((value) => {
    detector.update(value);
    if (detector.driftDetected) return 'drift';
    return detector.warningDetected ? 'warning' : 'stable';
  });
}

/** Each number, one after another, not finite; each tensor too short, missing or with a number that cannot be; nothing at all. */
function damagedStates({ tensors, values }: PartState): PartState[] {
  const numbers = Object.keys(values).map((key) => ({ tensors, values: { ...values, [key]: NaN } }));
  const shorter = Object.entries(tensors).map(([key, tensor]) => ({
    tensors: { ...tensors, [key]: tensor.slice(1) },
    values,
  }));
  const missing = Object.keys(tensors).map((key) => ({
    tensors: Object.fromEntries(Object.entries(tensors).filter(([other]) => other !== key)),
    values,
  }));
  const impossible = Object.entries(tensors).map(([key, tensor]) => ({
    tensors: { ...tensors, [key]: tensor.slice().fill(-1e9, 0, 1) },
    values,
  }));
  return [...numbers, ...shorter, ...missing, ...impossible, { tensors: {}, values: {} }];
}

function numbersOf({ tensors, values }: PartState): number {
  const inTensors = Object.values(tensors).reduce((sum, tensor) => sum + tensor.length, 0);
  return inTensors + Object.values(values).flat().length;
}
