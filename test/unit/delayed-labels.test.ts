import { describe, expect, test } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { classifierMembers } from '../../src/learners/classifier-members.ts';
import { defaultClassifierMembers } from '../../src/learners/members/default-members.ts';
import { parseTask, schemaHash } from '../../src/learners/task-schema.ts';
import { combined, numericRow, numericShape, type Labelled } from './members-fixture.ts';

/** Two classes that overlap and stay for about twenty rows each. */
function stickyRows(count: number, seed: number): Labelled[] {
  const rng = Rng.fromSeed(seed);
  let label = 0;
  return Array.from({ length: count }, () => {
    if (rng.nextFloat() < 0.05) label = 1 - label;
    return { row: numericRow((label - 0.5) * 1.5 + rng.nextGaussian(), rng.nextGaussian()), label };
  });
}

/** Mean log loss and accuracy of predictions whose labels are learned `delay` rows later. */
function progressive(inContext: boolean, delay: number): { loss: number; accuracy: number } {
  const rows = stickyRows(1500, 3);
  const model = combined(defaultClassifierMembers(numericShape(2), 2, 1, { inContext }), 2);
  const out = new Float64Array(2);
  let [loss, right] = [0, 0];
  rows.forEach(({ row, label }, index) => {
    model.predictProbaOne(row, out);
    loss -= Math.log(Math.max(0.002, out[label]!)) / rows.length;
    right += (out[label]! > 0.5 ? 1 : 0) / rows.length;
    const known = rows[index - delay];
    if (known) model.learnOne(known.row, known.label, 1);
  });
  return { loss, accuracy: right };
}

describe('labels that come late', () => {
  test('with labels 50 rows late, an ensemble that says so is better than one that follows the last labels', () => {
    const [follows, waits] = [progressive(true, 50), progressive(false, 50)];
    expect(waits.accuracy).toBeGreaterThan(follows.accuracy + 0.02);
    expect(waits.loss).toBeLessThan(follows.loss - 0.1);
  });

  test('with labels at once it is the other way round', () => {
    const [follows, waits] = [progressive(true, 0), progressive(false, 0)];
    expect(follows.accuracy).toBeGreaterThan(waits.accuracy + 0.02);
    expect(follows.loss).toBeLessThan(waits.loss - 0.05);
  });

  test('a task says when its labels come; the default keeps the hash of models that are stored', () => {
    const declaration = { id: 'a', kind: 'classification', schema: { input: { x: { type: 'numeric' } } } } as const;
    const [silent, immediate, delayed] = [undefined, 'immediate', 'delayed'].map((labels) =>
      parseTask({ ...declaration, ...(labels && { labels: labels as 'immediate' | 'delayed' }) }),
    );
    expect(silent).toMatchObject({ labels: 'immediate' });
    expect(schemaHash(immediate!)).toBe(schemaHash(silent!));
    expect(schemaHash(delayed!)).not.toBe(schemaHash(silent!));
  });

  test('then no member keeps the last labels', () => {
    const kind = { isVector: false, hasText: false, isText: false };
    const names = classifierMembers(kind, numericShape(4), 2, 1, { inContext: false }).map(({ name }) => name);
    expect(names).toContain('Newton');
    expect(names.filter((name) => /context|fast/.test(name))).toEqual([]);
  });
});
