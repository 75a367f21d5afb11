import { describe, expect, it } from 'vitest';
import { evaluate, matchAlarms } from '../../bench/drift/detectors-evaluation.ts';

/** The examples of River's documentation (river/drift/evaluate.py, BSD-3-Clause). */
describe('evaluate', () => {
  it('matches alarms with drifts', () => {
    expect(matchAlarms([110, 900], [100], 50)).toEqual({ hits: new Map([[0, [110]]]), falseAlarms: [900] });
    // Both ends of the window belong to it.
    expect(matchAlarms([99, 100, 150, 151], [100], 50)).toEqual({
      hits: new Map([[0, [100, 150]]]),
      falseAlarms: [99, 151],
    });
  });

  it.each([
    [[110, 900], [100], { precision: 0.5 }],
    [[110, 130], [100, 500], { episodeRecall: 0.5 }],
    [[110, 900], [100, 500], { f1: 0.5 }],
    [[110, 530], [100, 500, 900], { detectionDelay: 20 }],
    [[200, 300, 500], [1000], { timeBetweenFalseAlarms: 150 }],
    [[110, 400, 700], [100, 900], { meanTimeRatio: 15 }],
  ])('%j with drifts at %j', (alarms, drifts, expected) => {
    expect(evaluate(alarms, drifts, 50)).toMatchObject(expected);
  });

  it('says nothing where there is nothing to say', () => {
    expect(evaluate([], [100], 50)).toEqual({
      precision: undefined,
      episodeRecall: 0,
      f1: undefined,
      detectionDelay: undefined,
      timeBetweenFalseAlarms: undefined,
      meanTimeRatio: undefined,
    });
  });
});
