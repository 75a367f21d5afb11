import type { ParsedTask } from '../../learners/task-schema.ts';
import type { Store } from '../../memory/store.ts';
import type { Contest } from '../../versions/contest.ts';
import type { Exemplars } from '../../versions/exemplars.ts';
import type { ExemplarLosses } from '../../versions/gate/evidence.ts';
import type { GateReport } from '../../versions/gate/run-gate.ts';
import type { Model } from '../models/model.ts';
import { checkedAssertions, hostChecks, type HostCheck } from './host-assertions.ts';

/** So many times the evidence that a promotion needs, and the past does not count any more: the world has changed. */
const OVERWHELMING = 3;

/** Half of the default deadline: what takes less makes no visitor wait, and a loaded device must not decide which version serves. */
const NEGLIGIBLE_MS = 25;

export interface Contender {
  readonly challenger: Model;
  /** Whether it must be better than the champion, or only sound. */
  readonly gated: boolean;
  /** null where there is none that has learned anything. */
  readonly champion: Model | null;
  /** Experiences that they have learned. */
  readonly learned: { readonly challenger: number; readonly champion: number };
  readonly contest: Contest;
  readonly exemplars: Exemplars;
  readonly sizeBytes: number;
  readonly finiteWeights: boolean;
  readonly latencyMs: { readonly champion: number; readonly challenger: number } | null;
}

/** Gathers what the gate wants to know of a challenger, and asks it. */
export class PromotionGate {
  readonly #task: ParsedTask;
  readonly #store: Store;
  readonly #alpha: number;
  readonly #checks: readonly HostCheck[];
  readonly #giveWay: () => Promise<void>;

  /** @param giveWay called between two judgements @throws INVALID_CONFIG, INVALID_FEATURE for assertions that do not fit the task */
  constructor(task: ParsedTask, store: Store, giveWay: () => Promise<void>) {
    this.#giveWay = giveWay;
    this.#task = task;
    this.#store = store;
    this.#alpha = task.versions.alpha;
    this.#checks = hostChecks(task);
  }

  async ask(contender: Contender): Promise<GateReport> {
    const { challenger, champion, contest, learned, gated } = contender;
    const compared = gated ? contest.evidence() : { recentLoss: null, calibration: null, valueDifference: null };
    // Most page views end before a version is considered.
    const { runGate } = await import('../../versions/gate/run-gate.ts');
    return runGate(
      {
        ...compared,
        firstVersion: champion === null || !gated,
        learnedCount: learned.challenger,
        exemplarLosses: await this.#exemplarLosses(contender),
        finiteWeights: contender.finiteWeights,
        sizeBytes: contender.sizeBytes,
        latencyMs: contender.latencyMs,
        assertions: await checkedAssertions(this.#checks, challenger),
      },
      {
        minLearned: await this.#minLearned(),
        negligibleLatencyMs: NEGLIGIBLE_MS,
        alpha: Math.exp(-contest.needed(learned.champion)),
      },
    );
  }

  /** Nobody is asked to approve what would have too little experience to answer. */
  async #minLearned(): Promise<number> {
    if (!this.#task.regulated) return 1;
    const { reviewRules } = await import('../../review/review-rules.ts');
    return Math.max(1, reviewRules(this.#task)?.minLearned ?? 1);
  }

  /** Whether what is recent speaks so clearly for the challenger that it need not do as well on the past. */
  isOverwhelming(contest: Contest): boolean {
    return contest.logEvidence >= OVERWHELMING * -Math.log(this.#alpha);
  }

  async #exemplarLosses({
    champion,
    challenger,
    contest,
    exemplars,
    gated,
  }: Contender): Promise<ExemplarLosses[] | null> {
    if (!champion || !gated) return [];
    if (this.isOverwhelming(contest)) return null;
    const losses: ExemplarLosses[] = [];
    for (const experience of await this.#store.experiencesAt(exemplars.positions)) {
      const own = await challenger.judge(experience);
      await this.#giveWay();
      const other = own && (await champion.judge(experience, own.actual));
      await this.#giveWay();
      if (own && other) losses.push({ champion: contest.lossOf(other), challenger: contest.lossOf(own) });
    }
    return losses;
  }
}
