import type { ComputeBackend } from '../../src/compute/compute.ts';
import { openBackend } from '../../src/compute/open-backend.ts';
import { Rng } from '../../src/core/rng.ts';
import { parseFeatures } from '../../src/learners/feature-value.ts';
import { parseTask, schemaHash } from '../../src/learners/task-schema.ts';
import { freshCheckpoint } from '../../src/runtime/models/fresh-checkpoint.ts';
import { RankingModel } from '../../src/runtime/models/ranking-model.ts';
import {
  lookAt,
  visitorDecisions,
  visitorTask,
  type VisitorDecision,
  type VisitorOptions,
} from './routine-visitors.ts';

/** What one decision was worth, and when it was. */
export interface Lived {
  readonly day: number;
  readonly routine: number;
  /** Of the candidate in the first place: (its chance of a click − the list's mean) / (the list's best − its mean). */
  readonly share: number;
}

/** What orders a list and learns from what came of it. */
interface Player {
  order(decision: VisitorDecision, index: number): Promise<readonly number[]>;
  /** @param outcomes candidates with their rewards, in the order in which they are learned */
  learn(decision: VisitorDecision, index: number, outcomes: readonly (readonly [number, number])[]): Promise<void>;
}

/** The runtime's model and policy, with memory or without, told the time or not. */
export async function liveWithModel(
  visitor: VisitorOptions,
  seed: number,
  { memory, timed }: { readonly memory: 'on' | 'off'; readonly timed: boolean },
): Promise<Lived[]> {
  const backend = await openBackend('cpu', {});
  const lived = await live(visitor, seed, modelPlayer(backend, seed, memory, timed));
  backend.dispose();
  return lived;
}

/** Knows every taste exactly and that one decision in twenty is the first of another routine: only which one it is it has to find out, from the same clicks. */
export function liveWithObserver(visitor: VisitorOptions, seed: number): Promise<Lived[]> {
  return live(visitor, seed, observer(visitor.routines));
}

async function live(visitor: VisitorOptions, seed: number, player: Player): Promise<Lived[]> {
  const clicks = Rng.fromSeed(seed + 5000);
  const lived: Lived[] = [];
  for (const decision of visitorDecisions(visitor, seed)) {
    const chances = decision.chances[decision.routine]!;
    const order = await player.order(decision, lived.length);
    const { passed, clicked } = lookAt(order, chances, clicks);
    const outcomes = passed.map((index) => [index, 0] as const);
    await player.learn(decision, lived.length, clicked === null ? outcomes : [...outcomes, [clicked, 1]]);
    lived.push({ day: decision.day, routine: decision.routine, share: shareOf(chances, order[0]!) });
  }
  return lived;
}

function shareOf(chances: readonly number[], first: number): number {
  const mean = chances.reduce((sum, chance) => sum + chance, 0) / chances.length;
  return (chances[first]! - mean) / (Math.max(...chances) - mean);
}

function modelPlayer(backend: ComputeBackend, seed: number, memory: 'on' | 'off', timed: boolean): Player {
  const task = parseTask({ ...visitorTask, seed, learner: { memory } });
  const checkpoint = freshCheckpoint(task, schemaHash(task));
  const model = new RankingModel(task, { backend, checkpoint, replayed: [] });
  const parse = ({ candidates }: VisitorDecision) =>
    candidates.map((candidate) => parseFeatures(task.schema.candidate, candidate));
  return {
    async order(decision, index) {
      const inputs = parse(decision).map((item) => model.encoder.encode({}, item));
      const estimates = await model.estimate(inputs, timed ? decision.when : undefined);
      return model.policy.choose(estimates, Rng.fromSeed(seed * 1_000_003 + index)).order;
    },
    async learn(decision, index, outcomes) {
      const items = parse(decision);
      for (const [candidate, reward] of outcomes) {
        const position = model.learnedTo + 1;
        const of = {
          context: {},
          candidateId: String(candidate),
          candidate: items[candidate]!,
          slot: 0,
          propensity: 1,
        };
        await model.learnOne({
          ...{ position, experienceId: `e${position}`, decisionId: `d${index}`, modelKey: task.id },
          observedAtMs: decision.atMs,
          payload: { kind: 'ranking', ...of, weight: 1, reward, ...(timed && { when: decision.when }) },
        });
      }
    },
  };
}

const SWITCH = 0.05;

function observer(routines: number): Player {
  let belief: readonly number[] = Array.from({ length: routines }, () => 1 / routines);
  return {
    order({ chances }) {
      belief = belief.map((share) => (1 - SWITCH) * share + SWITCH / routines);
      const expected = chances[0]!.map((_, i) => belief.reduce((sum, share, k) => sum + share * chances[k]![i]!, 0));
      const order = expected.map((_, index) => index).sort((a, b) => expected[b]! - expected[a]!);
      return Promise.resolve(order);
    },
    learn({ chances }, _, outcomes) {
      for (const [index, reward] of outcomes) {
        const left = belief.map((share, k) => share * (reward === 1 ? chances[k]![index]! : 1 - chances[k]![index]!));
        const total = left.reduce((sum, share) => sum + share, 0);
        belief = left.map((share) => share / total);
      }
      return Promise.resolve();
    },
  };
}
