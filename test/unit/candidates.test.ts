import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonicalJson, murmur3 } from '../../src/core/hashing.ts';
import type { FeatureSchema } from '../../src/core/task.ts';
import { parseFeatures } from '../../src/learners/feature-value.ts';
import { Candidates } from '../../src/runtime/candidates.ts';
import '../support/fixed-seed.ts';

const names = ['title', 'Zeta', '10', '9', '__proto__', 'a-b', 'constructor', '日本'];

it('names a candidate by the canonical JSON of its features, whatever they are called', () => {
  const values = fc.option(fc.oneof(fc.string(), fc.integer(), fc.double({ noNaN: true, min: -1e30, max: 1e30 })));
  const lists = fc.array(fc.string(), { maxLength: 3 });
  fc.assert(
    fc.property(
      fc.shuffledSubarray(names, { minLength: 1 }),
      fc.array(values, { minLength: 8 }),
      lists,
      (order, given, list) => {
        const schema: FeatureSchema = Object.fromEntries([
          ...order.map((name) => [name, { type: 'categorical' as const }]),
          ['list', { type: 'multi-hot' as const }],
          ['number', { type: 'numeric' as const }],
        ]);
        const features = Object.fromEntries([
          ...order.map((name, index) => [name, given[index] ?? null]),
          ['list', list],
          ['number', -0.5],
        ]) as Record<string, never>;
        const candidates = new Candidates(schema, { itemTokens: () => [] });
        const [candidate] = candidates.forDecision([{ id: 'x', features }]);
        const hash = murmur3(canonicalJson(parseFeatures(schema, features))).toString(36);
        expect(candidate?.key).toBe(`${hash}:x`);
      },
    ),
  );
});
