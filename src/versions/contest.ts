import * as v from 'valibot';
import { emptyMoments, standardDeviation, updateMoments, type Moments } from '../core/running-moments.ts';
import { TendrilError } from '../errors.ts';
import { EDetector } from '../monitor/sequential/e-detector.ts';
import { PairedEvidence } from '../monitor/sequential/paired-evidence.ts';
import { pairedDifference } from '../monitor/sequential/paired-values.ts';
import { CalibrationBins, calibrationState } from './calibration-bins.ts';
import type { GateEvidence } from './gate/evidence.ts';
import { lossOf, type Judgement } from './judgement.ts';
import { ValueDifference, type FirstPlace } from './value-difference.ts';

export interface ContestOptions {
  /** Chance, at most, that a challenger which is no better is ever found better. */
  readonly alpha: number;
  /** Experiences, on average at least, until a champion that is no worse is gone back from. */
  readonly averageRunLength: number;
  /** How much worse a challenger may be, in mean loss; default 0: it must be better. */
  readonly mayBeWorse?: number;
  /** Evidence that is asked for, as 1 to its inverse, for each experience that the champion has learned, up to 1 / alpha; default 0.2. */
  readonly evidenceShare?: number;
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
  value: v.unknown(),
  calibration: v.object({ champion: calibrationState, challenger: calibrationState }),
  promotion: v.unknown(),
  rise: v.unknown(),
  guards: v.array(v.unknown()),
});

/**
 * Evidence about who predicts better, from experiences that none of them has learned: challenger against champion (one test, valid whenever one looks),
 * and earlier champions against the champion from any time on (a detector of changes).
 */
export class Contest {
  readonly #options: ContestOptions;
  readonly #promotion: PairedEvidence;
  /** Never detects: tells since when the challenger has been better by more than what learning on brings. */
  readonly #rise = new EDetector({ averageRunLength: 1e12, margin: LEARNING_ON });
  readonly #guards: EDetector[];
  readonly #values: Moments = emptyMoments();
  readonly #value = new ValueDifference();
  readonly #calibration = { champion: new CalibrationBins(), challenger: new CalibrationBins() };
  #judged = 0;

  /** @param guards how many earlier champions are judged too */
  constructor(options: ContestOptions, guards: number) {
    this.#options = options;
    this.#promotion = new PairedEvidence({ margin: -(options.mayBeWorse ?? 0) });
    // Several detectors that watch the same champion: together they raise no more false alarms than one.
    const averageRunLength = options.averageRunLength * Math.max(1, guards);
    this.#guards = Array.from({ length: guards }, () => new EDetector({ averageRunLength }));
  }

  /** Experiences that the champion was judged on. */
  get judged(): number {
    return this.#judged;
  }

  /** Natural logarithm of the evidence that the challenger is better, or not worse by more than it may be. */
  get logEvidence(): number {
    return this.#promotion.logEvidence;
  }

  /** Mean loss of the champion minus that of the challenger, in [−1, 1]. */
  get advantage(): number {
    return this.#promotion.mean;
  }

  /** For about how many experiences the challenger has been better. */
  get riseAge(): number {
    return Math.ceil(this.#rise.changeAge);
  }

  /** @param guards in the order of the lineage */
  update(champion: Judgement, challenger: Judgement, guards: readonly Judgement[]): Bout {
    const spread = standardDeviation(this.#values);
    const [own, other] = [lossOf(champion, spread), lossOf(challenger, spread)];
    const difference = pairedDifference(own, other, 1);
    this.#promotion.update(difference);
    this.#rise.update(difference);
    guards.forEach((guard, index) => this.#guards[index]?.update(pairedDifference(own, lossOf(guard, spread), 1)));
    this.#calibration.champion.update(champion);
    this.#calibration.challenger.update(challenger);
    if (typeof champion.actual === 'number') updateMoments(this.#values, champion.actual);
    this.#judged++;
    return { champion: { judgement: champion, loss: own }, challenger: { judgement: challenger, loss: other } };
  }

  /**
   * Natural logarithm of the evidence that a promotion needs: that of the declared error probability, and less where the champion has learned little and there is
   * little to lose; below 0, it is enough that the challenger has not been clearly worse.
   * @param learned the most experiences that a champion has learned so far: going back makes nothing easier
   */
  needed(learned: number): number {
    const { alpha, evidenceShare = EVIDENCE_SHARE } = this.#options;
    return Math.min(-Math.log(alpha), Math.log(Math.max(1, learned) * evidenceShare));
  }

  /** What came of what stood first in a decision of this champion. */
  valued(first: FirstPlace): void {
    this.#value.update(first);
  }

  /** What it says about the challenger, for the gate. */
  evidence(): Pick<GateEvidence, 'recentLoss' | 'calibration' | 'valueDifference'> {
    const { champion, challenger } = this.#calibration;
    return {
      recentLoss: {
        count: this.#judged,
        mean: this.advantage,
        maxLogEvidence: this.logEvidence,
        mayBeWorse: this.#options.mayBeWorse ?? 0,
      },
      valueDifference: this.#value.bounds(),
      calibration: { champion: champion.error, challenger: challenger.error, count: champion.count },
    };
  }

  /** What a judgement costs, on the same scale as the others. */
  lossOf(judgement: Judgement): number {
    return lossOf(judgement, standardDeviation(this.#values));
  }

  /** The earlier champion that the champion is found worse than; null where none is. */
  fallen(): BetterGuard | null {
    const found = this.#guards
      .map((detector, guard) => ({ guard, detector }))
      .filter(({ detector }) => detector.driftDetected)
      .sort((a, b) => b.detector.evidence - a.detector.evidence);
    const [strongest] = found;
    return strongest ? { guard: strongest.guard, age: Math.ceil(strongest.detector.changeAge) } : null;
  }

  state(): unknown {
    return {
      judged: this.#judged,
      values: { ...this.#values },
      value: this.#value.state(),
      calibration: {
        champion: this.#calibration.champion.state(),
        challenger: this.#calibration.challenger.state(),
      },
      promotion: this.#promotion.state(),
      rise: this.#rise.state(),
      guards: this.#guards.map((guard) => guard.state()),
    };
  }

  /** Continues to the same bits. @throws CHECKPOINT_CORRUPT */
  restore(state: unknown): void {
    const result = v.safeParse(stored, state);
    if (!result.success || result.output.guards.length !== this.#guards.length)
      throw new TendrilError('CHECKPOINT_CORRUPT', { reason: 'the evidence about its versions is damaged' });
    const { judged, values, value, calibration, promotion, rise, guards } = result.output;
    this.#promotion.restore(promotion);
    this.#rise.restore(rise);
    this.#guards.forEach((guard, index) => guard.restore(guards[index]));
    this.#calibration.champion.restore(calibration.champion);
    this.#calibration.challenger.restore(calibration.challenger);
    this.#value.restore(value);
    Object.assign(this.#values, values);
    this.#judged = judged;
  }
}

/** Mean difference of losses. */
const LEARNING_ON = 0.05;
/** Evidence of 20 to 1, the default, is asked for where the champion has learned 100 experiences. */
const EVIDENCE_SHARE = 0.2;
