import { describe, expect, it } from 'vitest';
import { explicitSignals, implicitSignals, operatingSignals } from '../../src/core/signal.ts';
import { parseSignals } from '../../src/feedback/parse-signals.ts';
import { RewardFormula } from '../../src/feedback/reward-formula.ts';
import { defaultReward, rulesFor } from '../../src/feedback/signal-rules.ts';
import { expectCode } from '../support/expect-code.ts';
import { DAY_MS } from './feedback-fixture.ts';

const valid = { signalId: 's1', type: 'click', atMs: 5, value: 1, decisionId: 'd1', item: 'a' };

describe('parsing signals', () => {
  it('keeps what a signal has and nothing else', () => {
    const full = { ...valid, taskId: 't', instead: 'b', censored: true, suspicion: 'rate' };
    expect(parseSignals([{ ...full, text: 'what was selected' }])).toEqual({ signals: [full], refused: [] });
  });

  it('takes every built-in type and names of the page', () => {
    const types = [...explicitSignals, ...implicitSignals, ...operatingSignals, 'add-to-cart', 'x2'];
    const { signals, refused } = parseSignals(types.map((type) => ({ ...valid, type })));
    expect(refused).toEqual([]);
    expect(signals.map(({ type }) => type)).toEqual(types);
  });

  it('loses none of the others to one that is none', () => {
    const wrong: object[] = [
      { ...valid, signalId: '' },
      { ...valid, signalId: 'x'.repeat(101) },
      { ...valid, type: 'Click' },
      { ...valid, type: '__proto__' },
      { ...valid, type: 'x'.repeat(51) },
      { ...valid, atMs: Infinity },
      { ...valid, atMs: -1 },
      { ...valid, atMs: 8.65e15 },
      { ...valid, value: NaN },
      { ...valid, value: '1' },
      { ...valid, value: 1e16 },
      { ...valid, item: 7 },
      { ...valid, item: 'x'.repeat(1001) },
      { ...valid, suspicion: 'mood' },
      { ...valid, censored: 1 },
      { ...valid, type: 'thumb', value: 0.5 },
      { ...valid, type: 'stars', value: 0 },
      { ...valid, type: 'scroll', value: 1.5 },
      { ...valid, type: 'dwell', value: -1 },
    ];
    const { signals, refused } = parseSignals([null, ...wrong, 5, valid]);
    expect(signals).toEqual([valid]);
    expect(refused.map(({ index }) => index)).toEqual(Array.from({ length: wrong.length + 2 }, (_, index) => index));
    for (const { reason } of refused) expect(reason).not.toBe('');
  });

  it('reads a thousand and says where it stopped', () => {
    const { signals, refused } = parseSignals(Array.from({ length: 1500 }, () => valid));
    expect(signals).toHaveLength(1000);
    expect(refused).toEqual([{ index: 1000, reason: expect.stringContaining('1000') }]);
  });

  it('refuses what is no list', async () => {
    for (const batch of [null, undefined, {}, 'x', 3]) await expectCode(() => parseSignals(batch), 'INVALID_FEEDBACK');
  });
});

describe('rules of attribution', () => {
  const dwellFormula = new RewardFormula({ terms: [{ signal: 'dwell', weight: 1 }] });

  it('take the windows that a task declares', () => {
    const rules = rulesFor({ windows: { click: 60, 'add-to-cart': 30 * 24 * 3600 }, settleAfter: 5 });
    expect(rules.of('click').windowMs).toBe(60_000);
    expect(rules.of('add-to-cart').windowMs).toBe(30 * DAY_MS);
    expect(rules.of('dwell').windowMs).toBe(DAY_MS);
    expect(rules.longestWindowMs).toBe(30 * DAY_MS);
    expect(rules.settleAfterMs).toBe(5000);
  });

  it('wait only where the reward reads what may still grow', () => {
    expect(rulesFor().waits).toBe(false);
    expect(rulesFor({}, dwellFormula).waits).toBe(true);
    expect(rulesFor({}, new RewardFormula({ terms: [{ signal: 'click', weight: 1 }] })).waits).toBe(false);
  });

  it('take what a formula reads for turning to an item, but not that it was on the screen', () => {
    const formula = new RewardFormula({ terms: ['dwell', 'impression'].map((signal) => ({ signal, weight: 1 })) });
    expect(rulesFor().of('dwell').engagement).toBe(false);
    expect(rulesFor({}, formula).of('dwell').engagement).toBe(true);
    expect(rulesFor({}, formula).of('impression').engagement).toBe(false);
  });

  it('are refused where they make no sense', async () => {
    const wrong = [{ windows: { click: 0 } }, { windows: { 'no name': 5 } }, { settleAfter: -1 }, { window: {} }, 7];
    for (const input of wrong) await expectCode(() => rulesFor(input), 'INVALID_CONFIG');
  });
});

describe('the default reward', () => {
  it('is what was said, where something was', () => {
    expect(defaultReward({ click: 1, bounce: 1 }, 0.75)).toBe(0.75);
    expect(defaultReward({ completion: 1 }, 0)).toBe(0);
  });

  it('is otherwise that the visitor chose it, less where they came back early', () => {
    expect(defaultReward({ click: 1 }, null)).toBe(1);
    expect(defaultReward({ choice: 1 }, null)).toBe(1);
    expect(defaultReward({ click: 1, bounce: 3 }, null)).toBeCloseTo(0.3, 12);
    expect(defaultReward({ click: 1, bounce: 60 }, null)).toBe(1);
    expect(defaultReward({ click: 1, bounce: 0, completion: 1 }, null)).toBe(1);
    expect(defaultReward({ impression: 1, hover: 1, dwell: 9 }, null)).toBe(0);
  });
});
