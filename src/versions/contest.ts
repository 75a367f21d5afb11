import * as v from 'valibot';
import { emptyMoments, standardDeviation, updateMoments, type Moments } from '../core/running-moments.ts';
import { TendrilError } from '../errors.ts';
import { EDetector } from '../monitor/sequential/e-detector.ts';
import { PairedEvidence } from '../monitor/sequential/paired-evidence.ts';
import { pairedDifference } from '../monitor/sequential/paired-values.ts';
import { lossOf, type Judgement } from './judgement.ts';

export interface ContestOptions {
  /** Chance, at most, that a challenger which is no better is ever found better. */
  readonly alpha: number;
  /** Experiences, on average at least, until a champion that is no worse is gone back from. */
  readonly averageRunLength: number;
}

/** What one experience said. */
export interface Bout {
  readonly champion: { readonly judgement: Judgement; readonly loss: number };
  readonly challenger: { readonly judgement: Judgement; readonly loss: number };
}

/** By its place in the lineage, and for how many experiences it has been better. */
export interface BetterGuard {
  readonly guard: number;
  readonly age: number;
}

const stored = v.object({
  judged: v.pipe(v.number(), v.integer(), v.minValue(0)),
  values: v.object({ count: v.number(), mean: v.number(), squares: v.number() }),
  promotion: v.unknown(),
  lately: v.unknown(),
  guards: v.array(v.unknown()),
});

/**
 * Evidence about who predicts better, from experiences that none of them has learned: challenger against champion (one test, valid whenever one looks),
 * and earlier champions against the champion from any time on (a detector of changes).
 */
export class Contest {
  readonly #options: ContestOptions;
  readonly #promotion = new PairedEvidence();
  /** Of the challenger against the champion too, since any time: to be compared with that of the guards. */
  readonly #lately = new EDetector({ averageRunLength: NEVER });
  readonly #guards: EDetector[];
  readonly #values: Moments = emptyMoments();
  #judged = 0;

  /** @param guards how many earlier champions are judged too */
  constructor(options: ContestOptions, guards: number) {
    this.#options = options;
    // Several detectors that watch the same champion: together they raise no more false alarms than one.
    const averageRunLength = options.averageRunLength * Math.max(1, guards);
    this.#guards = Array.from({ length: guards }, () => new EDetector({ averageRunLength }));
  }

  /** Experiences that the champion was judged on. */
  get judged(): number {
    return this.#judged;
  }

  /** Natural logarithm of the evidence that the challenger is better. */
  get logEvidence(): number {
    return this.#promotion.logEvidence;
  }

  /** Mean loss of the champion minus that of the challenger, in [−1, 1]. */
  get advantage(): number {
    return this.#promotion.mean;
  }

  /** @param guards in the order of the lineage */
  update(champion: Judgement, challenger: Judgement, guards: readonly Judgement[]): Bout {
    const spread = standardDeviation(this.#values);
    const [own, other] = [lossOf(champion, spread), lossOf(challenger, spread)];
    this.#promotion.update(pairedDifference(own, other, 1));
    this.#lately.update(pairedDifference(own, other, 1));
    guards.forEach((guard, index) => this.#guards[index]?.update(pairedDifference(own, lossOf(guard, spread), 1)));
    if (typeof champion.actual === 'number') updateMoments(this.#values, champion.actual);
    this.#judged++;
    return { champion: { judgement: champion, loss: own }, challenger: { judgement: challenger, loss: other } };
  }

  /**
   * Natural logarithm of the evidence that a promotion needs: that of the declared error probability, and less where the champion has learned little and there is
   * little to lose.
   * @param learned experiences that the champion has learned
   */
  needed(learned: number): number {
    return Math.min(-Math.log(this.#options.alpha), Math.log(Math.max(1, learned * LEARNED_SHARE)));
  }

  /** The earlier champion that the champion is found worse than; null where none is. */
  fallen(): BetterGuard | null {
    const strongest = this.#strongest();
    return strongest?.detector.driftDetected ? betterGuard(strongest) : null;
  }

  /** The earlier champion that has lately done better than the champion, and more so than the challenger has; null where none has. */
  rival(): BetterGuard | null {
    const strongest = this.#strongest();
    return strongest && strongest.detector.evidence > this.#lately.evidence ? betterGuard(strongest) : null;
  }

  #strongest(): { readonly guard: number; readonly detector: EDetector } | undefined {
    const all = this.#guards.map((detector, guard) => ({ guard, detector }));
    return all.sort((a, b) => b.detector.evidence - a.detector.evidence)[0];
  }

  state(): unknown {
    return {
      judged: this.#judged,
      values: { ...this.#values },
      promotion: this.#promotion.state(),
      lately: this.#lately.state(),
      guards: this.#guards.map((guard) => guard.state()),
    };
  }

  /** Continues to the same bits. @throws CHECKPOINT_CORRUPT */
  restore(state: unknown): void {
    const result = v.safeParse(stored, state);
    if (!result.success || result.output.guards.length !== this.#guards.length)
      throw new TendrilError('CHECKPOINT_CORRUPT', { reason: 'the evidence about its versions is damaged' });
    const { judged, values, promotion, lately, guards } = result.output;
    this.#lately.restore(lately);
    this.#promotion.restore(promotion);
    this.#guards.forEach((guard, index) => guard.restore(guards[index]));
    Object.assign(this.#values, values);
    this.#judged = judged;
  }
}

function betterGuard({ guard, detector }: { readonly guard: number; readonly detector: EDetector }): BetterGuard {
  return { guard, age: Math.ceil(detector.changeAge) };
}

/** A run length that is not reached: the evidence is looked at, and never stops. */
const NEVER = 1e12;

/** Evidence of 20 to 1, the default, is asked for where the champion has learned 100 experiences. */
const LEARNED_SHARE = 0.2;
