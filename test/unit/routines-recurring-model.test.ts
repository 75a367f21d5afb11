import { describe, expect, it } from 'vitest';
import type { PartState } from '../../src/core/part-state.ts';
import { expectCode } from '../support/expect-code.ts';
import {
  decisionsUntilRecognised,
  EVENING,
  favourite,
  fresh,
  live,
  MORNING,
  open,
  openBase,
  rows,
  SUNDAY,
} from './routines-fixture.ts';
import type { RecurringModel } from '../../src/learners/routines/recurring-model.ts';

describe('a model without anything that recurs', () => {
  it('answers with the bits of the base, also in one cell of the week', () => {
    const [base, without, oneCell] = [openBase(), open(), open()];
    live(base, 1, 40, fresh(1));
    live(without, 1, 40, fresh(1));
    live(oneCell, 1, 40, fresh(1), MORNING);
    expect(without.predict(rows)).toEqual(base.predict(rows));
    expect(without.predict(rows, MORNING)).toEqual(base.predict(rows));
    expect(oneCell.predict(rows, MORNING)).toEqual(base.predict(rows));
    expect(without.state()).toEqual(base.state());
    expect(oneCell.state()).toEqual(base.state());
  });

  it('leaves what the base learns alone, whatever stands beside it', () => {
    const [base, model] = [openBase(), open()];
    for (const [round, when] of [MORNING, EVENING, MORNING, SUNDAY].entries()) {
      live(base, round % 2, 20, fresh(round));
      live(model, round % 2, 20, fresh(round), when);
    }
    expect(model.predict(rows, MORNING)).not.toEqual(base.predict(rows));
    expect(model.state()).toEqual(base.state());
  });
});

describe('tastes that follow the clock', () => {
  it('are told apart from the second day on, and at once', () => {
    const model = open();
    for (let day = 0; day < 3; day++) {
      live(model, 0, 6, fresh(2 * day), MORNING);
      live(model, 3, 6, fresh(2 * day + 1), EVENING);
      expect(favourite(model, MORNING)).toBe(0);
      expect(favourite(model, EVENING)).toBe(3);
    }
  });

  it('hold in cells that were not met before, as far as is known', () => {
    const model = open();
    live(model, 2, 30, fresh(1), MORNING);
    live(model, 2, 30, fresh(2), EVENING);
    expect(favourite(model, SUNDAY)).toBe(2);
  });

  it('of the weekend come back with it', () => {
    const model = open();
    for (let week = 0; week < 2; week++) {
      for (let weekday = 1; weekday <= 6; weekday++) {
        live(model, weekday === 6 ? 4 : 1, 8, fresh(10 * week + weekday), { weekday, hour: 10 });
      }
    }
    expect(favourite(model, { weekday: 1, hour: 10 })).toBe(1);
    expect(favourite(model, { weekday: 6, hour: 10 })).toBe(4);
  });
});

describe('regimes that no clock tells', () => {
  it('are recognised when they return, sooner than they were learned', () => {
    const [model, base] = [open(), openBase()];
    for (const one of [model, base]) {
      live(one, 0, 40, fresh(1));
      live(one, 3, 40, fresh(2));
      live(one, 0, 40, fresh(3));
    }
    expect(model.regimes).toBeGreaterThanOrEqual(2);
    let decisions = 0;
    for (let spell = 0; spell < 6; spell++) {
      const liked = spell % 2 === 0 ? 3 : 0;
      const until = decisionsUntilRecognised(model, liked, fresh(10 + spell));
      decisions += until;
      expect(until).toBeLessThanOrEqual(3);
      expect(decisionsUntilRecognised(base, liked, fresh(10 + spell))).toBeGreaterThan(10);
      for (const one of [model, base]) live(one, liked, 30, fresh(20 + spell));
    }
    expect(decisions).toBeLessThanOrEqual(2 * 6);
  });

  it('leave it open for a moment which of them it is: the spread is wider than later', () => {
    const model = open();
    for (let spell = 0; spell < 4; spell++) live(model, spell % 2 === 0 ? 0 : 3, 40, fresh(spell));
    const spread = () => Math.max(...model.predict(rows).deviations);
    let widest = 0;
    for (let round = 0; round < 3; round++) {
      live(model, 0, 1, fresh(50 + round));
      widest = Math.max(widest, spread());
    }
    live(model, 0, 30, fresh(60));
    expect(widest).toBeGreaterThan(1.5 * spread());
  });

  it('are no more than eight', () => {
    const model = open();
    for (let spell = 0; spell < 30; spell++) live(model, (2 * spell) % 5, 25, fresh(spell));
    expect(model.regimes).toBeGreaterThan(2);
    expect(model.regimes).toBeLessThanOrEqual(8);
  });
});

describe('the state of routines', () => {
  function lived(): RecurringModel {
    const model = open();
    for (const [spell, when] of [MORNING, EVENING, SUNDAY, MORNING, undefined].entries())
      live(model, spell % 2 === 0 ? 0 : 3, 25, fresh(spell), when);
    live(model, 4, 40, fresh(9));
    return model;
  }

  function restored(model: RecurringModel): RecurringModel {
    const copy = open();
    copy.restore(model.state());
    copy.restoreRoutines(model.routines());
    return copy;
  }

  it('goes on with the same bits', () => {
    const model = lived();
    const copy = restored(model);
    expect(model.regimes).toBeGreaterThan(0);
    for (const when of [undefined, MORNING, EVENING, { weekday: 4, hour: 3 }]) {
      expect(copy.predict(rows, when)).toEqual(model.predict(rows, when));
      // With its candidate in the middle of its run, and in the middle of a decision.
      for (const topic of [0, 3, 1]) {
        for (const one of [model, copy])
          one.learnOne(rows[topic]!, topic === 3 ? 1 : 0, 0.7, { when, decisionId: 'same' });
      }
      expect(copy.routines()).toEqual(model.routines());
    }
    expect(copy.state()).toEqual(model.state());
  });

  it('is bounded', () => {
    const bytes = (model: RecurringModel) =>
      Object.values(model.routines().tensors).reduce((sum, tensor) => sum + tensor.byteLength, 0);
    const model = open();
    let round = 0;
    for (let weekday = 0; weekday < 7; weekday++)
      for (let hour = 0; hour < 24; hour++) live(model, round++ % 5, 3, fresh(round), { weekday, hour });
    const full = bytes(model);
    // A base of 1 + 64 + 64 places: 23 cells, 8 regimes, a candidate and what was before it.
    expect(full).toBeLessThan(33 * 8 * 129 + 10_000);
    for (let spell = 0; spell < 20; spell++) live(model, spell % 5, 20, fresh(spell), MORNING);
    expect(bytes(model)).toBeLessThan(33 * 8 * 129 + 10_000);
  });

  it('is refused where it is malformed, and of another size', async () => {
    const state = lived().routines();
    const broken = (change: Partial<PartState>): PartState => ({
      tensors: { ...state.tensors, ...change.tensors },
      values: { ...state.values, ...change.values },
    });
    const cases: PartState[] = [
      broken({ values: { 'own.decision': 'x' } }),
      broken({ values: { 'regimes.own.believed': 8 } }),
      broken({ values: { 'regimes.own.statistic': -1 } }),
      broken({ values: { 'regimes.own.age': 0.5 } }),
      broken({ tensors: { 'views.weights': new Float64Array(3) } }),
      broken({ tensors: { 'views.weights': new Float64Array(4).fill(-1) } }),
      broken({ tensors: { 'calendar.own.first': Int32Array.of(99, 0) } }),
      broken({ tensors: { 'regimes.models.places': new Int32Array(2) } }),
      broken({
        tensors: { 'calendar.models.variances': new Float32Array(state.tensors['calendar.models.means']!.length) },
      }),
      { tensors: {}, values: {} },
    ];
    for (const malformed of cases) await expectCode(() => open().restoreRoutines(malformed), 'CHECKPOINT_CORRUPT');
  });
});
