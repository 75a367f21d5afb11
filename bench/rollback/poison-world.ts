import type { TaskDeclaration, VersionOptions } from '../../src/core/task.ts';
import type { LearnerWorker } from '../../src/protocol/messages.ts';

/** What is fed back in the bad time, in the place of what is true. */
export const poisons = ['inverted', 'forged', 'shifted', 'shifted in the log', 'flooded'] as const;
export type Poison = (typeof poisons)[number];

export interface Visit {
  readonly index: number;
  readonly poison: Poison | null;
  /** Whether what comes of it is fed back. */
  readonly learns: boolean;
}

/** One page and its visitors, of one seed. The same visits come to every arm. */
export interface PoisonWorld {
  readonly task: (versions: VersionOptions) => TaskDeclaration;
  /** One decision and what comes of it, learned before this resolves. @returns how good the decision was by the truth, in [0, 1] */
  readonly visit: (worker: LearnerWorker, visit: Visit) => Promise<number>;
}

/** Visits before, in, and after the bad time. */
export const [CLEAN, POISONED, AFTER] = [260, 80, 140];
export const VISITS = CLEAN + POISONED + AFTER;

/** The decision that a visit is judged by. */
export function visitId(index: number): string {
  return `visit ${String(index)}`;
}
