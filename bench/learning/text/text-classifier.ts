import { Combiner } from '../../../src/learners/combiner.ts';
import { FeatureEncoder } from '../../../src/learners/feature-encoder.ts';
import type { OnlineClassifier } from '../../../src/learners/online-model.ts';
import type { RowShape } from '../../../src/learners/row.ts';
import { textClassifierMembers } from '../../../src/learners/text/text-members.ts';
import { openClassifier } from '../harness/open-model.ts';

/** What a method of the text benchmarks can do. Labels are strings, and may be new at any time. */
export interface TextClassifier {
  /** Null while no label is known. */
  predict(text: string): Promise<string | null>;
  learn(text: string, label: string): Promise<void>;
  stateBytes(): Promise<number>;
  dispose(): void;
}

/** The runtime's model of a task with one text, with nothing set. */
export async function openDefaultClassifier(seed: number): Promise<TextClassifier> {
  const model = await openClassifier({ id: 'text', kind: 'classification', seed, schema: { input: { text: 'text' } } });
  return {
    predict: async (text) => {
      if (model.classes.length === 0) return null;
      const probabilities = await model.predictProba(model.parse({ text }));
      return model.classes[highest(probabilities)] ?? null;
    },
    learn: (text, label) => model.learn(model.parse({ text }), label),
    stateBytes: () => model.stateBytes(),
    dispose: () => {
      model.dispose();
    },
  };
}

type Members = readonly { readonly name: string; readonly model: OnlineClassifier }[];

/** Members for texts by themselves. @param only names of those to take; all without it */
export function openTextMembers(seed: number, only?: readonly string[]): TextClassifier {
  const encoder = new FeatureEncoder({ context: {}, item: { text: { type: 'text' } } }, 512);
  const members = membersOf(encoder.shape, seed, only);
  const combiner = new Combiner(members.length, 0);
  const labels: string[] = [];
  const rowOf = (text: string) => encoder.row(encoder.encode({}, { text }));
  const byMember = (row: ReturnType<typeof rowOf>) => {
    const all = new Float64Array(members.length * labels.length);
    members.forEach(({ model }, index) => {
      model.predictProbaOne(row, all.subarray(index * labels.length, (index + 1) * labels.length));
    });
    return all;
  };
  const admit = (label: string) => {
    if (labels.includes(label)) return;
    labels.push(label);
    for (const { model } of members) model.growClasses(labels.length);
    combiner.growClasses(labels.length);
  };
  return {
    predict: async (text) => {
      if (labels.length === 0) return null;
      const combined = new Float64Array(labels.length);
      combiner.predictProba(byMember(rowOf(text)), combined);
      return labels[highest(combined)] ?? null;
    },
    learn: async (text, label) => {
      admit(label);
      const row = rowOf(text);
      const index = labels.indexOf(label);
      combiner.learnOne(byMember(row), index, 1);
      for (const { model } of members) model.learnOne(row, index, 1);
    },
    stateBytes: async () => members.reduce((total, { model }) => total + tensorBytes(model), 0),
    dispose: () => undefined,
  };
}

function membersOf(shape: RowShape, seed: number, only?: readonly string[]): Members {
  return textClassifierMembers(shape, 0, seed).filter(({ name }) => only?.includes(name) ?? true);
}

function tensorBytes(model: OnlineClassifier): number {
  return Object.values(model.state().tensors).reduce((total, { byteLength }) => total + byteLength, 0);
}

function highest(values: Float64Array): number {
  return values.indexOf(Math.max(...values));
}
