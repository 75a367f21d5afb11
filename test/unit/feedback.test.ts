import { describe, expect, it } from 'vitest';
import { parseFeedback } from '../../src/feedback/feedback.ts';
import { expectCode } from '../support/expect-code.ts';

describe('parseFeedback', () => {
  it('fills in what is left out', () => {
    expect(parseFeedback({ decisionId: 'd', item: 'a' })).toEqual({
      decisionId: 'd',
      label: null,
      item: 'a',
      reward: 1,
      value: null,
      signals: null,
      satisfaction: null,
      vote: null,
      correction: null,
      weight: 1,
      source: 'visitor',
    });
    expect(parseFeedback({ decisionId: 'd', label: null })).toMatchObject({ label: null, item: null });
  });

  it.each([0, 1, 0.25])('takes a reward of %d', (reward) => {
    expect(parseFeedback({ decisionId: 'd', item: 'a', reward }).reward).toBe(reward);
  });

  it('takes an item of any length, because candidates may be addresses', () => {
    const item = `https://example.org/${'x'.repeat(5000)}`;
    expect(parseFeedback({ decisionId: 'd', item }).item).toBe(item);
  });

  it('takes signals as far as they are known, and what the visitor said', () => {
    const { signals, satisfaction } = parseFeedback({
      ...{ decisionId: 'd', item: 'a', satisfaction: 0.8 },
      signals: { dwell: 31.5, depth: null, copies: 0 },
    });
    expect(signals).toEqual({ dwell: 31.5, copies: 0 });
    expect(satisfaction).toBe(0.8);
  });

  it('takes a value, a vote, a correction and who says so', () => {
    const parse = (feedback: object) => parseFeedback({ decisionId: 'd', ...feedback });
    expect(parse({ value: -3.5 }).value).toBe(-3.5);
    expect(parse({ item: 'a', vote: 'down', source: 'editor' })).toMatchObject({ vote: 'down', source: 'editor' });
    expect(parse({ correction: { item: 'b' } }).correction).toEqual({ itemId: 'b' });
    expect(parse({ correction: { newItem: { id: 'c' } } }).correction).toEqual({ newItem: { id: 'c' } });
  });

  it.each<[string, unknown]>([
    ['a value that is no number', { decisionId: 'd', value: '3' }],
    ['signals that are a list', { decisionId: 'd', signals: [1] }],
    ['a signal that is not finite', { decisionId: 'd', signals: { dwell: NaN } }],
    ['a satisfaction above 1', { decisionId: 'd', satisfaction: 5 }],
    ['a value that is not finite', { decisionId: 'd', value: Infinity }],
    ['a vote that is none', { decisionId: 'd', vote: 'maybe' }],
    ['a correction that names nothing', { decisionId: 'd', correction: {} }],
    ['a correction that is a text', { decisionId: 'd', correction: 'b' }],
    ['nothing', undefined],
    ['null', null],
    ['a text', 'd'],
    ['no decision', { item: 'a' }],
    ['an empty decision', { decisionId: '', item: 'a' }],
    ['a number for a decision', { decisionId: 3, item: 'a' }],
    ['a number for a label', { decisionId: 'd', label: 3 }],
    ['an empty label', { decisionId: 'd', label: '' }],
    ['a label that is too long', { decisionId: 'd', label: 'x'.repeat(1001) }],
    ['an empty item', { decisionId: 'd', item: '' }],
    ['a reward above 1', { decisionId: 'd', reward: 1.01 }],
    ['a reward below 0', { decisionId: 'd', reward: -0.01 }],
    ['a NaN reward', { decisionId: 'd', reward: NaN }],
    ['a reward as text', { decisionId: 'd', reward: '1' }],
    ['no weight', { decisionId: 'd', weight: 0 }],
    ['a negative weight', { decisionId: 'd', weight: -1 }],
    ['an infinite weight', { decisionId: 'd', weight: Infinity }],
    ['a weight above 100', { decisionId: 'd', weight: 101 }],
  ])('refuses %s', async (_, feedback) => {
    await expectCode(() => parseFeedback(feedback), 'INVALID_FEEDBACK');
  });
});
