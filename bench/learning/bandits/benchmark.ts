import { createPolicy, type PolicyOptions } from '../../../src/policies/create-policy.ts';
import { DEFAULT_METHOD, type LearningBenchmark, type MethodResult } from '../benchmark.ts';
import { rankingCost } from './cost.ts';
import { play } from './play.ts';
import { POLICY_ROWS } from './policy-rows.ts';
import { syntheticBandits } from './synthetic.ts';

function measure(method: string, seed: number, policy: PolicyOptions): MethodResult {
  const settings = { policy: (slots: number) => createPolicy({ slots, ...policy }) };
  const shares = syntheticBandits.map((world) => [world.name, play(world, seed, settings).share] as const);
  const mean = shares.reduce((sum, [, share]) => sum + share, 0) / shares.length;
  return { method, metrics: { ...Object.fromEntries(shares), mean } };
}

/** What the defaults of the ranking learner were tried on first: see synthetic.ts. */
export const bandits: LearningBenchmark = {
  key: 'bandits',
  title: 'Synthetic contextual bandits',
  protocol:
    'Seeded worlds; one candidate is shown a round. Share of the reward that an oracle has over a uniform choice, over the whole stream. The cost is of ranking ' +
    '100 candidates with 32 numbers each, ten places explored, and of learning one reward.',
  files: [],
  seeds: [1, 2, 3, 4, 5],
  goals: [],
  published: [],
  async run(seed, { monotonicMs }) {
    const ours = { ...measure(DEFAULT_METHOD, seed, {}), cost: rankingCost(monotonicMs) };
    return [ours, ...POLICY_ROWS.map(({ method, policy }) => measure(method, seed, policy))];
  },
};
