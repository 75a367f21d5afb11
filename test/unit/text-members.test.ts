import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { classifierMembers } from '../../src/learners/classifier-members.ts';
import { FeatureEncoder } from '../../src/learners/feature-encoder.ts';
import type { OnlineClassifier } from '../../src/learners/online-model.ts';
import type { Row } from '../../src/learners/row.ts';
import { HashedCentroids } from '../../src/learners/text/hashed-centroids.ts';
import { HashedMatrix } from '../../src/learners/text/hashed-matrix.ts';
import { HashedSoftmax } from '../../src/learners/text/hashed-softmax.ts';
import { textClassifierMembers } from '../../src/learners/text/text-members.ts';
import { expectCode } from '../support/expect-code.ts';
import { combined, type Classifier } from './members-fixture.ts';

const encoder = new FeatureEncoder({ context: {}, item: { text: { type: 'text' } } }, 512);
const rowOf = (text: string): Row => encoder.row(encoder.encode({}, { text }));

interface Example {
  readonly row: Row;
  readonly label: number;
}

/** Texts of `classes` topics: two words of the topic among words that all topics use. */
function topics(classes: number, count: number, seed: number): Example[] {
  const rng = Rng.fromSeed(seed);
  return Array.from({ length: count }, () => {
    const label = rng.nextInt(classes);
    const own = [0, 1].map(() => `topic${'abcdefghijklmnopqrstuvwxyz'[label]}${rng.nextInt(4)}`);
    const common = [0, 1, 2].map(() => `common${rng.nextInt(20)}`);
    return { row: rowOf(rng.shuffle([...own, ...common]).join(' ')), label };
  });
}

function probabilities(model: Classifier, row: Row, classes: number): Float64Array {
  const out = new Float64Array(classes);
  model.predictProbaOne(row, out);
  return out;
}

function accuracy(model: Classifier, examples: readonly Example[], classes: number): number {
  const right = examples.filter(({ row, label }) => {
    const out = probabilities(model, row, classes);
    return out.indexOf(Math.max(...out)) === label;
  });
  return right.length / examples.length;
}

const members = (classes: number) => textClassifierMembers(encoder.shape, classes, 1);
const learn = (model: OnlineClassifier, examples: readonly Example[]) => {
  for (const { row, label } of examples) model.learnOne(row, label, 1);
};
const bytesOf = (model: OnlineClassifier) =>
  Object.values(model.state().tensors).reduce((sum, { byteLength }) => sum + byteLength, 0);

describe.each(members(2).map(({ name }, index) => ({ name, index })))('$name', ({ index }) => {
  const fresh = (classes: number) => members(classes)[index]!.model;
  const train = topics(6, 600, 1);
  const test = topics(6, 200, 2);

  it('is uniform before it has learned, and for a text without words', () => {
    const model = fresh(4);
    expect([...probabilities(model, rowOf('hello'), 4)]).toEqual([0.25, 0.25, 0.25, 0.25]);
    learn(model, topics(4, 20, 3));
    for (const probability of probabilities(model, rowOf(''), 4)) expect(probability).toBeCloseTo(0.25, 12);
  });

  it('learns topics in one pass, and better than chance in few examples', () => {
    const model = fresh(6);
    learn(model, train.slice(0, 40));
    expect(accuracy(model, test, 6)).toBeGreaterThan(0.6);
    learn(model, train.slice(40));
    expect(accuracy(model, test, 6)).toBeGreaterThan(0.95);
    const sum = probabilities(model, test[0]!.row, 6).reduce((a, b) => a + b, 0);
    expect(sum).toBeCloseTo(1, 12);
  });

  it('learns through wrong labels', () => {
    const rng = Rng.fromSeed(5);
    const model = fresh(6);
    const flipped = train.map((example) => (rng.nextFloat() < 0.2 ? { ...example, label: rng.nextInt(6) } : example));
    learn(model, flipped);
    expect(accuracy(model, test, 6)).toBeGreaterThan(0.9);
  });

  it('takes in new classes at any time', () => {
    const model = fresh(2);
    learn(model, topics(2, 100, 7));
    model.growClasses(6);
    learn(model, train.slice(0, 300));
    expect(accuracy(model, test, 6)).toBeGreaterThan(0.9);
  });

  it('goes on from a state exactly', () => {
    const [whole, first, second] = [fresh(6), fresh(6), fresh(6)];
    learn(whole, train.slice(0, 90));
    learn(first, train.slice(0, 41));
    second.restore(structuredClone(first.state()));
    learn(second, train.slice(41, 90));
    expect(second.state()).toEqual(whole.state());
    expect(probabilities(second, test[0]!.row, 6)).toEqual(probabilities(whole, test[0]!.row, 6));
  });

  it('is as large as it was with as many classes from the start, and bounded', () => {
    const grown = fresh(0);
    for (let count = 1; count <= 77; count++) grown.growClasses(count);
    expect(bytesOf(grown)).toBe(bytesOf(fresh(77)));
    expect(bytesOf(grown)).toBeLessThan(700_000);
    const state = grown.state();
    const restored = fresh(77);
    restored.restore(state);
    expect(restored.state()).toEqual(state);
  });

  it('gives nothing away for an example without weight', () => {
    const [model, other] = [fresh(6), fresh(6)];
    for (const one of [model, other]) learn(one, train.slice(0, 30));
    model.learnOne(train[30]!.row, 0, 0);
    expect([...probabilities(model, test[0]!.row, 6)]).toEqual([...probabilities(other, test[0]!.row, 6)]);
  });

  it('refuses a damaged state and stays as it was', async () => {
    const model = fresh(6);
    learn(model, train.slice(0, 20));
    const state = model.state();
    for (const name of Object.keys(state.tensors)) {
      const { [name]: tensor, ...rest } = state.tensors;
      const spoiled = tensor!.slice() as Float32Array<ArrayBuffer>;
      spoiled[0] = NaN;
      for (const tensors of [rest, { ...rest, [name]: spoiled }, { ...rest, [name]: spoiled.slice(1) }]) {
        await expectCode(() => {
          model.restore({ ...state, tensors });
        }, 'CHECKPOINT_CORRUPT');
      }
    }
    await expectCode(() => {
      fresh(7).restore(state);
    }, 'CHECKPOINT_CORRUPT');
    expect(model.state()).toEqual(state);
  });

  it('reads rows without tokens by their hashed block', () => {
    const model = fresh(2);
    const { tokens: _, ...row } = rowOf('plain');
    const other = { ...row, indices: row.indices.map((index) => (index + 7) % 512) };
    for (let n = 0; n < 20; n++) {
      model.learnOne(row, 1, 1);
      model.learnOne(other, 0, 1);
    }
    expect(probabilities(model, row, 2)[1]).toBeGreaterThan(0.6);
  });
});

describe('HashedCentroids', () => {
  it('do not mind the order of the examples, classes in turns included', () => {
    const train = topics(6, 600, 1);
    const sorted = [...train].sort((a, b) => a.label - b.label);
    const test = topics(6, 200, 2);
    const [shuffled, turns] = [train, sorted].map((examples) => {
      const model = new HashedCentroids(6, 320 * 1024);
      learn(model, examples);
      return accuracy(model, test, 6);
    });
    expect(Math.abs(shuffled! - turns!)).toBeLessThan(0.02);
    expect(turns).toBeGreaterThan(0.95);
  });
});

describe('the members of a task of texts, combined', () => {
  it('know classes that came one after the other as well as the counting one does', () => {
    const kind = { isVector: false, hasText: true, isText: true };
    const all = classifierMembers(kind, encoder.shape, 20, 1);
    const model = combined(all, 20);
    for (const { row, label } of topics(20, 600, 12).sort((a, b) => a.label - b.label)) model.learnOne(row, label, 1);
    const test = topics(20, 300, 13);
    const alone = (name: RegExp) => accuracy(all.find((member) => name.test(member.name))!.model, test, 20);
    expect(alone(/centroid/)).toBeGreaterThan(0.9);
    expect(alone(/softmax/)).toBeLessThan(alone(/centroid/) - 0.05);
    expect(accuracy(model, test, 20)).toBeGreaterThan(alone(/centroid/) - 0.02);
  });
});

describe('a text softmax', () => {
  it('does not move a class that is not seen lately', () => {
    const model = new HashedSoftmax(3, { rate: 0.3, doubt: 0, budgetBytes: 64 * 1024 });
    const score = () => {
      const [a, b] = probabilities(model, rowOf('topica1 topica2'), 3) as unknown as [number, number];
      return Math.log(a / b);
    };
    learn(model, topics(2, 60, 3));
    const away = topics(3, 900, 4).filter(({ label }) => label > 0);
    learn(model, away.slice(0, 60));
    const before = model.state().tensors['softmax.weights'] as Float32Array;
    learn(model, away.slice(60));
    const after = model.state().tensors['softmax.weights'] as Float32Array;
    const ofClass = (weights: Float32Array, label: number) => weights.filter((_, index) => index % 4 === label);
    expect(ofClass(after, 0)).toEqual(ofClass(before, 0));
    expect(ofClass(after, 1)).not.toEqual(ofClass(before, 1));
    expect(score()).toBeGreaterThan(0);
  });
});

describe('HashedMatrix', () => {
  it('adds up halves as classes come, as if it had been small from the start', () => {
    const tokens = rowOf('where is my card').tokens!;
    const fill = (matrix: HashedMatrix) => {
      tokens.hashes.forEach((hash, token) => {
        const bucket = matrix.bucketOf(hash);
        matrix.values[matrix.startOf(bucket) + 1]! += token;
        matrix.perBucket[bucket]! += 1;
      });
    };
    const [grown, small] = [new HashedMatrix(2, 64 * 1024), new HashedMatrix(40, 64 * 1024)];
    fill(grown);
    grown.growClasses(40);
    fill(small);
    expect(grown.buckets).toBe(small.buckets);
    expect(grown.values).toEqual(small.values);
    expect(grown.perBucket).toEqual(small.perBucket);
  });

  it('keeps to its bytes until too few buckets would be left', () => {
    for (const classes of [1, 2, 3, 10, 77, 200]) {
      const matrix = new HashedMatrix(classes, 320 * 1024);
      expect(matrix.values.byteLength).toBeLessThanOrEqual(320 * 1024);
      expect(matrix.buckets).toBeGreaterThanOrEqual(256);
    }
    expect(new HashedMatrix(4096, 320 * 1024).buckets).toBe(256);
  });
});
