import { Rng } from '../../src/core/rng.ts';
import type { Candidate, ClassificationTask, RankingTask } from '../../src/core/task.ts';
import type { LearnerWorker } from '../../src/protocol/messages.ts';
import { valueOf } from './node-worker.ts';

/** One thing that a visitor does: the page asks, the visitor answers. */
export type VisitorEvent = (worker: LearnerWorker) => Promise<void>;

export const circleTask: ClassificationTask = {
  id: 'circle',
  kind: 'classification',
  schema: { input: { x: 'numeric', y: 'numeric', colour: 'categorical' } },
  learner: { hiddenSize: 8, replayCapacity: 10 },
};

/** Labelled points; a third class comes up half way. */
export function circleEvents(count: number, seed = 1): VisitorEvent[] {
  const rng = Rng.fromSeed(seed);
  return Array.from({ length: count }, (_, index) => {
    const [x, y] = [rng.nextGaussian(), rng.nextGaussian()];
    const input = { x, y, colour: ['red', 'blue'][rng.nextInt(2)]! };
    const label = index > count / 2 && x > 1 ? 'right' : Math.hypot(x, y) < 1 ? 'in' : 'out';
    const decisionId = `decision ${index}`;
    return async (worker: LearnerWorker) => {
      valueOf(await worker.classify({ taskId: circleTask.id, decisionId, input }));
      valueOf(await worker.feedback({ decisionId, label }));
    };
  });
}

export const listTask: RankingTask = {
  id: 'list',
  kind: 'ranking',
  schema: { context: { hour: 'categorical' }, candidate: { topic: 'categorical', length: 'numeric' } },
  comparison: { share: 0 },
  learner: { hiddenSize: 8, replayCapacity: 10 },
  exploration: { epsilon: 0.3, slots: 4 },
};

export const listCandidates: Candidate[] = Array.from({ length: 6 }, (_, index) => ({
  id: `item ${index}`,
  features: { topic: ['css', 'html', 'js'][index % 3]!, length: 100 * index },
}));

/**
 * The visitor opens the uppermost item of a topic. What was asked before is learned before anything is asked again. Done again, an event
 * delivers the same click; only where its decision is not known it asks anew.
 */
export function listEvents(count: number, seed = 1): VisitorEvent[] {
  const rng = Rng.fromSeed(seed);
  const wanted = new Set(listCandidates.filter(({ features }) => features.topic === 'js').map(({ id }) => id));
  return Array.from({ length: count }, (_, index) => {
    const decisionId = `ranking ${index}`;
    const context = { hour: ['am', 'pm'][rng.nextInt(2)]! };
    let clicked: string | null = null;
    return async (worker: LearnerWorker) => {
      if (clicked !== null && (await worker.feedback({ decisionId, item: clicked })).ok) return;
      valueOf(await worker.checkpoint(listTask.id));
      const request = { taskId: listTask.id, decisionId, context, candidates: listCandidates };
      const { order } = valueOf(await worker.rank(request));
      clicked = order.find(({ id }) => wanted.has(id))!.id;
      valueOf(await worker.feedback({ decisionId, item: clicked }));
    };
  });
}
