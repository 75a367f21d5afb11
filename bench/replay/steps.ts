import type { StreamStep } from '../../src/protocol/messages.ts';
import type { Example } from './table.ts';

/** A step and the label of its row: the score needs it at the prediction, the learner only at its `learn` step. */
export interface LabelledStep {
  readonly step: StreamStep;
  readonly label: string;
}

/**
 * Progressive validation, test then train (Gama et al. 2013, doi 10.1007/s10994-012-5320-9), with labels that arrive late: row `i` is
 * learned right after the prediction of row `i + delayRows`, and what is left at the end is learned then.
 */
export async function* testThenTrain(
  examples: AsyncIterable<Example> | Iterable<Example>,
  delayRows: number,
): AsyncGenerator<LabelledStep> {
  const waiting: LabelledStep[] = [];
  let row = 0;
  for await (const { input, label } of examples) {
    const decisionId = `row-${String(row++)}`;
    yield { step: { type: 'predict', decisionId, input }, label };
    waiting.push({ step: { type: 'learn', decisionId, label }, label });
    const due = waiting.length > delayRows ? waiting.shift() : undefined;
    if (due) yield due;
  }
  yield* waiting;
}

/** Groups of `size`, the last one shorter. */
export async function* inBatches<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<readonly T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** All rows in an order drawn by Fisher and Yates; reads them into memory. */
export async function shuffled(
  examples: AsyncIterable<Example>,
  shuffle: (examples: Example[]) => Example[],
): Promise<readonly Example[]> {
  const rows: Example[] = [];
  for await (const example of examples) rows.push(example);
  return shuffle(rows);
}
