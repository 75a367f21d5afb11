import { describe, expect, it } from 'vitest';
import { createCandidateIndex } from '../../src/compute/candidate-index/create-candidate-index.ts';

const failed = expect.objectContaining({ code: 'COMPUTE_FAILED' });
const row = Float32Array.of(1, 2, 3, 4);

describe('an index that scores anew', () => {
  it.each(['add', 'replace', 'search'] as const)(
    'holds nothing once it is disposed, however far %s has come',
    async (name) => {
      let refused = 0;
      for (let ticks = 0; ticks < 12; ticks++) {
        const index = await createCandidateIndex({ features: 4, storage: 'int8', rescore: true }, { name: 'cpu' });
        await index.add(row);
        const call = {
          add: () => index.add(row),
          replace: () => index.replace([0], row),
          search: () => index.search(row, 1),
        }[name]();
        const answered = call.catch((caught: unknown) => {
          expect(caught).toEqual(failed);
          refused += 1;
        });
        for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
        index.dispose();
        await answered;
        expect(index.memory()).toEqual({ deviceBytes: 0, hostBytes: 0 });
      }
      expect(refused).toBeGreaterThan(0);
    },
  );
});
