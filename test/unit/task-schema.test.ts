import { describe, expect, it } from 'vitest';
import type { ClassificationTask, RankingTask, TaskDeclaration } from '../../src/core/task.ts';
import { createEncoder, freshSpec } from '../../src/learners/fresh-learner.ts';
import { featureSchemas, parseTask, schemaHash } from '../../src/learners/task-schema.ts';
import { expectCode } from '../support/expect-code.ts';

const ranking: RankingTask = { id: 'list', kind: 'ranking', schema: { candidate: { topic: 'categorical' } } };
const classification: ClassificationTask = { id: 'kind', kind: 'classification', schema: { input: { x: 'numeric' } } };

describe('parseTask', () => {
  it('fills in what a declaration leaves out', () => {
    expect(parseTask(ranking)).toEqual({
      id: 'list',
      kind: 'ranking',
      schema: { context: {}, candidate: { topic: { type: 'categorical' } } },
      seed: 1,
      learner: {},
      learning: { every: 1, minBattery: 0.15, onDrift: true, when: 'arrived' },
      memory: { maxAgeDays: 365, maxBytes: 50_000_000 },
      onSchemaChange: 'refuse',
      exploration: { slots: 10, maxCost: 0.05 },
      comparison: { share: 0.05, apprentice: false, match: 0.75 },
      versions: { promotion: 'gated', alpha: 0.05, averageRunLength: 10_000, maxBytes: 20_000_000, shadow: false },
      regulated: false,
      monitor: { alerts: {}, halfLife: 200, off: false, segments: [], window: 100 },
      sources: {},
    });
    expect(parseTask(classification)).toMatchObject({ classes: [], schema: { input: { x: { type: 'numeric' } } } });
  });

  it('takes the long form of each type', () => {
    const input = { e: { type: 'embedding', size: 3 }, n: { type: 'numeric' }, t: 'text' } as const;
    expect(featureSchemas(parseTask({ ...classification, schema: { input } }))).toEqual({
      context: {},
      item: { e: { type: 'embedding', size: 3 }, n: { type: 'numeric' }, t: { type: 'text' } },
    });
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a source that is always right', { ...classification, sources: { editor: 1 } }],
    ['a source without a name', { ...classification, sources: { '': 0.5 } }],
    ['an unknown kind', { ...ranking, kind: 'regression' }],
    ['an id with a capital letter', { ...ranking, id: 'List' }],
    ['an unknown option', { ...ranking, epsilon: 0.1 }],
    ['an epsilon above 1', { ...ranking, exploration: { epsilon: 1.1 } }],
    ['a NaN epsilon', { ...ranking, exploration: { epsilon: NaN } }],
    ['no slots', { ...ranking, exploration: { slots: 0 } }],
    ['an unknown type', { ...ranking, schema: { candidate: { topic: 'category' } } }],
    ['an embedding without a size', { ...ranking, schema: { candidate: { e: 'embedding' } } }],
    ['a candidate without features', { ...ranking, schema: { context: { x: 'numeric' }, candidate: {} } }],
    ['an input without features', { ...classification, schema: { input: {} } }],
    ['a feature without a name', { ...classification, schema: { input: { '': 'numeric' } } }],
    ['a hash size that is no power of two', { ...ranking, learner: { hashSize: 100 } }],
    ['a learning rate of 0', { ...ranking, learner: { learningRate: 0 } }],
    ['an unknown strategy', { ...ranking, learner: { strategy: 'agem' } }],
    ['half a hidden unit', { ...ranking, learner: { hiddenSize: 2.5 } }],
    ['a class without a name', { ...classification, classes: ['a', ''] }],
    ['257 features', { ...classification, schema: { input: Object.fromEntries(many(257)) } }],
  ])('refuses %s', async (_, declaration) => {
    await expectCode(() => parseTask(declaration as TaskDeclaration), 'INVALID_CONFIG');
  });

  it('takes 256 features', () => {
    expect(() => parseTask({ ...classification, schema: { input: Object.fromEntries(many(256)) } })).not.toThrow();
  });
});

function many(count: number): [string, 'numeric'][] {
  return Array.from({ length: count }, (_, index) => [`x${index}`, 'numeric']);
}

describe('schemaHash', () => {
  const hashOf = (task: TaskDeclaration) => schemaHash(parseTask(task));
  const withInput = (input: ClassificationTask['schema']['input']) => hashOf({ ...classification, schema: { input } });

  it('is 8 hex digits and does not depend on the order or the form of the declaration', () => {
    expect(hashOf(ranking)).toMatch(/^[0-9a-f]{8}$/);
    expect(withInput({ a: 'numeric', b: 'text' })).toBe(withInput({ b: { type: 'text' }, a: { type: 'numeric' } }));
  });

  it('stays where stored weights still fit', () => {
    const changed: RankingTask = {
      ...ranking,
      id: 'other',
      seed: 9,
      exploration: { epsilon: 0.5 },
      learner: { learningRate: 0.1, replaySize: 3, replayCapacity: 10, strategy: 'ewc' },
    };
    expect(hashOf(changed)).toBe(hashOf(ranking));
  });

  it('changes with everything that makes them unfit', () => {
    const { candidate } = ranking.schema;
    const variants: TaskDeclaration[] = [
      ranking,
      classification,
      { ...classification, schema: { input: candidate } },
      { ...ranking, schema: { context: candidate, candidate } },
      { ...ranking, schema: { candidate: { topic: 'multi-hot' } } },
      { ...ranking, schema: { candidate: { subject: 'categorical' } } },
      { ...ranking, schema: { candidate: { topic: { type: 'embedding', size: 2 } } } },
      { ...ranking, schema: { candidate: { topic: { type: 'embedding', size: 3 } } } },
      { ...ranking, learner: { hiddenSize: 8 } },
      { ...ranking, learner: { hashSize: 64 } },
    ];
    expect(new Set(variants.map(hashOf)).size).toBe(variants.length);
  });
});

describe('freshSpec', () => {
  const specOf = (task: ClassificationTask | RankingTask) => {
    const parsed = parseTask(task);
    return freshSpec(parsed, createEncoder(parsed));
  };

  it('has one output for a ranking, and one for each declared class, rounded up to a power of two', () => {
    expect(specOf(ranking)).toMatchObject({ loss: 'logistic', outputSize: 1, inputSize: 128 });
    const outputs = (classes: string[]) => specOf({ ...classification, classes }).outputSize;
    expect(outputs([])).toBe(2);
    expect(outputs(['a', 'b', 'c'])).toBe(4);
    expect(outputs(['a', 'a', 'a'])).toBe(2);
  });

  it('has room in a batch for the fresh example and the replayed ones', () => {
    expect(specOf({ ...ranking, learner: { replaySize: 0 } }).batchSize).toBe(1);
    expect(specOf({ ...ranking, learner: { replaySize: 31 } }).batchSize).toBe(32);
  });
});
