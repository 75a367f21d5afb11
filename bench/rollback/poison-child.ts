import { inspect } from 'node:util';
import { classificationWorld } from './poison-classification.ts';
import { rankingWorld } from './poison-ranking.ts';
import { runSeed } from './poison-run.ts';
import { gateCost } from './gate-cost-run.ts';
import type { ChildJob, ChildResult } from './poison-children.ts';

/** Runs its jobs one after another, in a process of its own; started by poison-children.ts. */
async function answer(job: ChildJob): Promise<ChildResult> {
  if (job.kind === 'gate cost') return { kind: 'gate cost', cost: await gateCost(job.stream, job.seed) };
  const worldOf = job.world === 'classification' ? classificationWorld : rankingWorld;
  return { kind: 'poison', figures: await runSeed(worldOf, job.seed, job.poisons) };
}

process.on('message', (job: ChildJob) => {
  answer(job)
    .catch((caught: unknown): ChildResult => ({ kind: 'failed', reason: inspect(caught) }))
    .then((result) => process.send?.(result))
    .catch((caught: unknown) => {
      throw caught;
    });
});
