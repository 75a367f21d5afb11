import { describe, expect, test } from 'vitest';
import { inBatches, testThenTrain } from '../../bench/replay/steps.ts';

const examples = ['a', 'b', 'c', 'd'].map((label, index) => ({ input: { x: index }, label }));

async function orderOf(delayRows: number): Promise<string[]> {
  const order: string[] = [];
  for await (const { step, label } of testThenTrain(examples, delayRows)) {
    order.push(`${step.type} ${step.decisionId} ${label}`);
    if (step.type === 'learn') expect(step.label).toBe(label);
  }
  return order;
}

describe('test then train', () => {
  test('without a delay each row is learned right after its prediction', async () => {
    expect(await orderOf(0)).toEqual([
      'predict row-0 a',
      'learn row-0 a',
      'predict row-1 b',
      'learn row-1 b',
      'predict row-2 c',
      'learn row-2 c',
      'predict row-3 d',
      'learn row-3 d',
    ]);
  });

  test('with a delay of 2 row i is learned after the prediction of row i + 2, and the rest at the end', async () => {
    expect(await orderOf(2)).toEqual([
      'predict row-0 a',
      'predict row-1 b',
      'predict row-2 c',
      'learn row-0 a',
      'predict row-3 d',
      'learn row-1 b',
      'learn row-2 c',
      'learn row-3 d',
    ]);
  });

  test('a delay beyond the end learns everything at the end', async () => {
    const order = await orderOf(99);
    expect(order.slice(0, 4).every((step) => step.startsWith('predict'))).toBe(true);
    expect(order.slice(4)).toEqual(['learn row-0 a', 'learn row-1 b', 'learn row-2 c', 'learn row-3 d']);
  });
});

test('batches keep the order and leave nothing out', async () => {
  const batches: (readonly number[])[] = [];
  async function* numbers() {
    for (let i = 0; i < 7; i++) yield await Promise.resolve(i);
  }
  for await (const batch of inBatches(numbers(), 3)) batches.push(batch);
  expect(batches).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
});
