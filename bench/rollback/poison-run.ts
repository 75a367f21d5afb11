import type { TaskDeclaration, VersionOptions } from '../../src/core/task.ts';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import type { QuarantinedRange, WorkerEvent } from '../../src/protocol/messages.ts';
import { endOfQuarantine } from '../../src/versions/lineage.ts';
import { badDecisions, meanLost, type Decision } from './poison-figures.ts';
import { copyOf, liveWorker, modelKeyOf, valueOf, type LiveWorker } from './poison-worker.ts';
import { CLEAN, POISONED, VISITS, visitId, type Poison, type PoisonWorld } from './poison-world.ts';

/** So rare that it never happens. */
const NEVER = 1e9;

export const arms = {
  gated: {},
  continuous: { promotion: 'continuous' },
  unguarded: { promotion: 'continuous', averageRunLength: NEVER },
} as const satisfies Readonly<Record<string, VersionOptions>>;
export type Arm = keyof typeof arms;
const armNames = Object.keys(arms) as Arm[];

export interface ArmFigures {
  readonly arm: Arm;
  /** null: the bad time was passed over, and nothing bad was learned. */
  readonly poison: Poison | null;
  /** Decisions answered by a bad version. */
  readonly bad: number;
  /** Reward lost a decision against the oracle, from the first bad feedback to the end. */
  readonly lost: number;
  /** Visits after the first bad feedback at which a version that had learned it was first gone back from; null where none was. */
  readonly rolledBackAfter: number | null;
  readonly rollbacks: number;
  /** Experiences of the bad time that what serves in the end has learned. */
  readonly left: number;
}

/** One page of this seed, with these poisons, in every arm. */
export async function runSeed(
  worldOf: (seed: number) => PoisonWorld,
  seed: number,
  chosen: readonly Poison[],
): Promise<ArmFigures[]> {
  const world = worldOf(seed);
  const [gated, continuous] = [await cleanTime(world, 'gated'), await cleanTime(world, 'continuous')];
  // Where nothing was gone back from, both come to the same bits.
  const unguarded = continuous.wentBack ? await cleanTime(world, 'unguarded') : continuous;
  const before = { gated, continuous, unguarded };
  const tail = (arm: Arm, poison: Poison | null, learns: boolean) =>
    badTime(world, arm, before[arm].store, poison, learns);
  const oracle = await tail('unguarded', null, false);
  const own = continuous.wentBack ? await tail('continuous', null, false) : oracle;
  const figures = [
    figuresOf('gated', null, await tail('gated', null, false), oracle),
    figuresOf('continuous', null, own, oracle),
  ];
  for (const poison of chosen) {
    // What the visitors' pages pass is shifted too: the oracle must decide on that.
    const knowing = poison === 'shifted' ? await tail('unguarded', poison, false) : oracle;
    const guarded = await tail('continuous', poison, true);
    const isSame = !continuous.wentBack && guarded.rollbacks.length === 0;
    const tails = {
      gated: await tail('gated', poison, true),
      continuous: guarded,
      unguarded: isSame ? guarded : await tail('unguarded', poison, true),
    };
    for (const arm of armNames) figures.push(figuresOf(arm, poison, tails[arm], knowing));
  }
  return figures;
}

interface Tail {
  readonly decisions: readonly Decision[];
  readonly rollbacks: readonly number[];
  readonly left: number;
}

function figuresOf(arm: Arm, poison: Poison | null, tail: Tail, oracle: Tail): ArmFigures {
  const { decisions, rollbacks, left } = tail;
  return {
    arm,
    poison,
    bad: badDecisions(decisions, oracle.decisions),
    lost: meanLost(decisions, oracle.decisions),
    rolledBackAfter: rollbacks[0] ?? null,
    rollbacks: rollbacks.length,
    left,
  };
}

interface CleanTime {
  readonly store: MemoryStore;
  readonly wentBack: boolean;
}

async function cleanTime(world: PoisonWorld, arm: Arm): Promise<CleanTime> {
  const [store, task] = [new MemoryStore(), world.task(arms[arm])];
  const { worker, events } = await liveWorker(task, store);
  for (let index = 0; index < CLEAN; index++) await world.visit(worker, { index, poison: null, learns: true });
  valueOf(await worker.checkpoint(task.id));
  return { store, wentBack: events.some(isRollback) };
}

/** The bad time and what comes after it. */
async function badTime(
  world: PoisonWorld,
  arm: Arm,
  before: MemoryStore,
  poison: Poison | null,
  learns: boolean,
): Promise<Tail> {
  const task = world.task(arms[arm]);
  const store = await copyOf(before, task);
  const live = await liveWorker(task, store);
  const taint = new Taint(live, store, task);
  const decisions: Decision[] = [];
  let left = 0;
  for (let index = CLEAN; index < VISITS; index++) {
    const isBad = index < CLEAN + POISONED;
    await taint.before();
    const quality = await world.visit(live.worker, { index, poison: isBad ? poison : null, learns: !isBad || learns });
    left = await taint.learnedBy(visitId(index));
    decisions.push({ quality, tainted: left > 0 });
    await taint.after(index - CLEAN, isBad && learns);
  }
  return { decisions, rollbacks: taint.rollbacks, left };
}

/** Keeps account of what was bad of what a version has learned. */
class Taint {
  readonly #live: LiveWorker;
  readonly #store: MemoryStore;
  readonly #task: TaskDeclaration;
  readonly #bad: number[] = [];
  #setAside: readonly QuarantinedRange[] = [];
  #position = 0;
  #heard = 0;
  /** Visits after the first bad one at which there was a rollback after something bad was learned. */
  readonly rollbacks: number[] = [];

  constructor(live: LiveWorker, store: MemoryStore, task: TaskDeclaration) {
    this.#live = live;
    this.#store = store;
    this.#task = task;
  }

  /** Bad experiences that the version which gave the answer had learned: what was set aside since was set aside after the answer. */
  async learnedBy(decisionId: string): Promise<number> {
    const { learnedTo = 0 } = (await this.#store.decision(decisionId))?.model ?? {};
    const learned = this.#bad.filter((position) => position <= learnedTo);
    return learned.filter((position) => endOfQuarantine(this.#setAside, position) === null).length;
  }

  async before(): Promise<void> {
    this.#position = await this.#logged();
  }

  async after(visit: number, isBad: boolean): Promise<void> {
    const position = await this.#logged();
    if (isBad) for (let at = this.#position + 1; at <= position; at++) this.#bad.push(at);
    const news = this.#live.events.slice(this.#heard);
    this.#heard = this.#live.events.length;
    if (!news.some(isRollback)) return;
    this.#setAside = valueOf(await this.#live.worker.versions(this.#task.id)).quarantined;
    if (this.#bad.length > 0) this.rollbacks.push(visit + 1);
  }

  /** Positions count from 1, and the log holds this model's alone. */
  #logged(): Promise<number> {
    return this.#store.countExperiencesAfter(modelKeyOf(this.#task), 0);
  }
}

function isRollback(event: WorkerEvent): boolean {
  return event.type === 'version' && event.move.kind === 'rolled-back';
}
