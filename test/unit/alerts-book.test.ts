import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { AlertBook, type MetricValue } from '../../src/monitor/alerts/alert-book.ts';
import type { AlertRule } from '../../src/monitor/alerts/alert-rule.ts';
import { alertCodes, alertTable } from '../../src/monitor/alerts/alert-table.ts';
import { createAlert } from '../../src/monitor/alerts/alert.ts';
import { expectCode } from '../support/expect-code.ts';
import '../support/fixed-seed.ts';

let nowMs = 0;
const clock = { nowMs: () => nowMs };
beforeEach(() => {
  nowMs = 1000;
});

const slow: AlertRule = { code: 'LATENCY_HIGH', metric: 'latency', raise: 50, clear: 30, looks: 2, coolDownMs: 600 };
const poor: AlertRule = { code: 'COVERAGE_LOW', metric: 'coverage', raise: 0.7, clear: 0.8, looks: 1, coolDownMs: 0 };
const throughJson = (state: unknown): unknown => JSON.parse(JSON.stringify(state));

/** Looks at the values one after the other, 100 ms apart: what happened at each. */
function looks(book: AlertBook, values: readonly (number | null)[], metric = 'latency'): string {
  return values
    .map((value) => {
      nowMs += 100;
      const events = book.look([{ taskId: 'news', metric, value }]);
      return events.map(({ kind }) => (kind === 'raised' ? '!' : 'ok')).join() || '.';
    })
    .join(' ');
}

describe('a rule', () => {
  test('raises after enough looks in a row, and clears likewise', () => {
    const book = new AlertBook([slow], clock);
    expect(looks(book, [60, 40, 60, 60, 70, 40, 20, 40, 30, 25])).toBe('. . . ! . . . . . ok');
  });

  test('does not ring and ring at its limit', () => {
    const book = new AlertBook([slow], clock);
    expect(looks(book, [50, 50, 49, 51, 49, 50, 31, 50, 49])).toBe('. ! . . . . . . .');
  });

  test('waits for its cool-down before it raises again', () => {
    const book = new AlertBook([slow], clock);
    expect(looks(book, [60, 60, 20, 20, 60, 60, 60, 60, 60])).toBe('. ! . ok . . . ! .');
  });

  test('is not silenced by a clock that was set back', () => {
    const book = new AlertBook([slow], clock);
    looks(book, [60, 60, 20, 20]);
    nowMs = -1e9;
    expect(looks(book, [60, 60])).toBe('. !');
  });

  test('of what should be high raises below', () => {
    const book = new AlertBook([poor], clock);
    expect(looks(book, [0.9, 0.71, 0.7, 0.75, 0.8], 'coverage')).toBe('. . ! . ok');
  });

  test('takes no value for no look', () => {
    const book = new AlertBook([slow], clock);
    expect(looks(book, [60, null, 60, null, 20, null, 20])).toBe('. . ! . . . ok');
  });

  test.each([
    { ...slow, raise: 30 },
    { ...slow, raise: NaN },
    { ...slow, clear: Infinity },
    { ...slow, looks: 0 },
    { ...slow, coolDownMs: -1 },
  ])('%o is refused', async (rule) => {
    await expectCode(() => new AlertBook([rule], clock), 'INVALID_CONFIG');
  });

  test('two of one code and metric are refused', async () => {
    await expectCode(() => new AlertBook([slow, { ...slow, raise: 90 }], clock), 'INVALID_CONFIG');
  });
});

describe('an alert', () => {
  test('says what, where, how much and since when', () => {
    const book = new AlertBook([slow], clock);
    const value: MetricValue = {
      taskId: 'news',
      modelVersion: 7,
      segment: 'device=phone',
      metric: 'latency',
      value: 61.23456,
    };
    book.look([value]);
    nowMs = 2000;
    const alert = {
      ...{ code: 'LATENCY_HIGH', severity: 'warning', taskId: 'news', modelVersion: 7, segment: 'device=phone' },
      ...{ value: 61.23456, threshold: 50, sinceMs: 1000 },
      message: 'One in twenty answers of task "news" takes 61.23 ms or more, raised at 50 ms',
    };
    expect(book.look([value])).toEqual([{ kind: 'raised', atMs: 2000, alert }]);
    book.look([{ ...value, value: 90 }]);
    expect(book.standing()).toEqual([{ ...alert, value: 90, message: alert.message.replace('61.23', '90') }]);
    book.look([{ ...value, value: 10 }]);
    const [cleared] = book.look([{ ...value, value: 12 }]);
    expect(cleared).toMatchObject({ kind: 'cleared', alert: { value: 12, sinceMs: 1000 } });
    expect(book.standing()).toEqual([]);
  });

  test('is of one task, model version and segment', () => {
    const book = new AlertBook([{ ...slow, looks: 1 }], clock);
    const scopes = [
      {},
      { modelVersion: null },
      { modelVersion: 1 },
      { segment: 'a' },
      { modelVersion: 1, segment: 'a' },
    ];
    const values = scopes.map((scope) => ({ taskId: 'news', ...scope, metric: 'latency', value: 99 }));
    expect(book.look(values)).toHaveLength(5);
    expect(book.look(values)).toHaveLength(0);
    expect(book.standing().map(({ modelVersion, segment }) => [modelVersion, segment])).toEqual([
      [undefined, undefined],
      [null, undefined],
      [1, undefined],
      [undefined, 'a'],
      [1, 'a'],
    ]);
  });

  test('takes its severity from the rule, and else from its code', () => {
    const book = new AlertBook([{ ...slow, severity: 'critical', looks: 1 }, poor], clock);
    const values = [
      { taskId: 'news', metric: 'latency', value: 99 },
      { taskId: 'news', metric: 'coverage', value: 0.1 },
    ];
    expect(book.look(values).map(({ alert }) => alert.severity)).toEqual(['critical', 'warning']);
  });

  test.each(alertCodes)('%s has a message whose places can all be filled', (code) => {
    const alert = createAlert(
      code,
      { taskId: 'news', modelVersion: 12345, segment: 'device=phone' },
      { value: 12346, threshold: 1 / 3, sinceMs: 0 },
    );
    expect(alert.message).not.toMatch(/[{}]|not given|undefined/);
    expect(alert.message).not.toContain('12350');
    expect(alert.severity).toBe(alertTable[code].severity);
  });

  test('a value that is not finite is refused, and nothing is looked at', async () => {
    const book = new AlertBook([{ ...slow, looks: 1 }], clock);
    const values = [99, NaN].map((value) => ({ taskId: 'news', metric: 'latency', value }));
    await expectCode(() => book.look(values), 'INVALID_DATA');
    await expectCode(() => book.report({ code: 'ROLLED_BACK', taskId: 'news', value: Infinity }), 'INVALID_DATA');
    expect(book.standing()).toEqual([]);
  });
});

describe('what is reported', () => {
  test('stands until it is resolved', () => {
    const book = new AlertBook([slow], clock);
    const report = { code: 'ROLLED_BACK', taskId: 'news', modelVersion: 12, value: 11 } as const;
    const [event] = book.report(report);
    expect(event?.alert).toEqual({
      ...{ code: 'ROLLED_BACK', severity: 'critical', taskId: 'news', modelVersion: 12, value: 11, threshold: 0 },
      ...{ sinceMs: 1000, message: 'Task "news" went back to what it had learned up to log position 11' },
    });
    nowMs = 5000;
    expect(book.report({ ...report, value: 10 })).toEqual([]);
    expect(book.standing()).toMatchObject([{ value: 10, sinceMs: 1000 }]);
    expect(book.resolve({ code: 'ROLLED_BACK', taskId: 'other' })).toEqual([]);
    expect(book.resolve({ code: 'ROLLED_BACK', taskId: 'news' })).toMatchObject([{ kind: 'cleared', atMs: 5000 }]);
    expect(book.standing()).toEqual([]);
    expect(book.report(report)).toHaveLength(1);
  });

  test('a model version that is gone takes its alerts along, and what was watched of it', () => {
    const book = new AlertBook([slow], clock);
    const at = (modelVersion: number) => [{ taskId: 'news', modelVersion, metric: 'latency', value: 99 }];
    for (const version of [1, 1, 2, 2]) book.look(at(version));
    book.report({ code: 'PROMOTION_REFUSED', taskId: 'news', modelVersion: 1, value: 0 });
    expect(book.resolve({ taskId: 'news', modelVersion: 1 }).map(({ alert }) => alert.code)).toEqual([
      'LATENCY_HIGH',
      'PROMOTION_REFUSED',
    ]);
    expect(book.standing().map(({ modelVersion }) => modelVersion)).toEqual([2]);
    expect(book.look(at(1))).toEqual([]);
  });
});

describe('counts for the registry', () => {
  test('are by code, and say nothing about whom', () => {
    const book = new AlertBook([{ ...slow, looks: 1, coolDownMs: 0 }], clock);
    for (const segment of ['visitor=ada', 'visitor=bob']) {
      book.look([{ taskId: 'secret', segment, metric: 'latency', value: 99 }]);
    }
    book.look([{ taskId: 'secret', segment: 'visitor=ada', metric: 'latency', value: 1 }]);
    book.look([{ taskId: 'secret', segment: 'visitor=ada', metric: 'latency', value: 99 }]);
    book.look([{ taskId: 'secret', segment: 'visitor=ada', metric: 'latency', value: 1 }]);
    book.report({ code: 'REVIEW_WAITING', taskId: 'secret', value: 2 });
    expect(book.counts()).toEqual({
      LATENCY_HIGH: { standing: 1, raised: 3 },
      REVIEW_WAITING: { standing: 1, raised: 1 },
    });
  });
});

describe('the state', () => {
  const rules = [slow, poor];
  const value = fc.record({
    taskId: fc.constantFrom('a', 'b'),
    metric: fc.constantFrom('latency', 'coverage', 'other'),
    value: fc.option(fc.constantFrom(0.5, 0.75, 0.9, 20, 40, 60)),
  });
  type Step = (book: AlertBook) => unknown;
  const step = fc.oneof<fc.Arbitrary<Step>[]>(
    fc.array(value, { maxLength: 3 }).map((values) => (book) => book.look(values)),
    fc.constantFrom(1, 2).map((found) => (book) => book.report({ code: 'REVIEW_WAITING', taskId: 'a', value: found })),
    fc.constantFrom('a', 'b').map((taskId) => (book) => book.resolve({ taskId })),
  );

  test('continues with the same events', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.nat(30), (steps, at) => {
        nowMs = 0;
        const whole = new AlertBook(rules, clock);
        let resumed = new AlertBook(rules, clock);
        steps.forEach((one, index) => {
          nowMs += 250;
          if (index === at) {
            const fresh = new AlertBook(rules, clock);
            fresh.restore(throughJson(resumed.state()));
            resumed = fresh;
          }
          expect(one(resumed)).toEqual(one(whole));
        });
        expect(resumed.state()).toEqual(whole.state());
        expect(resumed.counts()).toEqual(whole.counts());
      }),
    );
  });

  test('is bounded, and keeps what is raised', () => {
    const book = new AlertBook([{ ...slow, looks: 1 }], clock);
    const at = (index: number, found: number) => [{ taskId: `t${index}`, metric: 'latency', value: found }];
    for (let i = 0; i < 100; i++) book.look(at(i, 99));
    for (let i = 100; i < 1000; i++) book.look(at(i, 1));
    expect(book.standing()).toHaveLength(100);
    expect((book.state() as { entries: unknown[] }).entries).toHaveLength(256);
    for (let i = 1000; i < 2000; i++) book.look(at(i, 99));
    expect(book.standing()).toHaveLength(256);
    new AlertBook([slow], clock).restore(book.state());
  });

  test('leaves out what was watched for a rule that is no more', () => {
    const book = new AlertBook(rules, clock);
    looks(book, [60, 60]);
    book.report({ code: 'REVIEW_WAITING', taskId: 'a', value: 1 });
    const other = new AlertBook([poor], clock);
    other.restore(throughJson(book.state()));
    expect(other.standing().map(({ code }) => code)).toEqual(['REVIEW_WAITING']);
  });

  test('that is damaged is refused', async () => {
    const book = new AlertBook(rules, clock);
    looks(book, [60, 60]);
    const state = throughJson(book.state()) as { entries: Record<string, unknown>[]; raised: unknown[] };
    const entry = state.entries[0]!;
    const damaged: unknown[] = [
      null,
      { entries: state.entries },
      { ...state, raised: [['NO_SUCH_CODE', 1]] },
      { ...state, raised: [...state.raised, ...state.raised] },
      { ...state, entries: [entry, entry] },
      { ...state, entries: [{ ...entry, code: 'NO_SUCH_CODE' }] },
      { ...state, entries: [{ ...entry, watch: {} }] },
      { ...state, entries: [{ ...entry, scope: { modelVersion: 1 } }] },
    ];
    for (const one of damaged) await expectCode(() => new AlertBook(rules, clock).restore(one), 'INVALID_DATA');
  });
});
