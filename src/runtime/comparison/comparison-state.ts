import * as v from 'valibot';
import { asTendrilError, TendrilError } from '../../errors.ts';
import { PairedEvidence } from '../../monitor/sequential/paired-evidence.ts';
import {
  addUpliftSums,
  emptyUpliftSums,
  readUpliftSums,
  upliftSumsOf,
  type UpliftSums,
} from '../../monitor/sequential/uplift-sums.ts';

/** Why the page's own order stands for every decision; null while the model's is shown. */
export type StandsBack = 'apprentice' | 'worse' | null;

const whole = v.pipe(v.number(), v.integer(), v.minValue(0));
const stored = v.object({
  countedToMs: v.number(),
  standsBack: v.nullable(v.picklist(['apprentice', 'worse'])),
  since: v.nullable(v.number()),
  all: v.unknown(),
  ofChampion: v.unknown(),
  sinceReturn: v.unknown(),
  asked: whole,
  matched: whole,
  higher: v.unknown(),
});

/** One decision whose reward is settled, as far as it is compared. */
export interface ComparedDecision {
  /** null where it was not drawn. */
  readonly arm: 'model' | 'host' | null;
  /** In [0, 1]. */
  readonly reward: number;
  /** Log position of the version that decided. */
  readonly learnedTo: number;
  /** Whether the model would have put first what the page did; null where the page's order was not the one shown. */
  readonly matches: boolean | null;
  /** How much higher the model would have put what was chosen: difference of reciprocal places, in [−1, 1]; null where nothing was. */
  readonly higher: number | null;
}

/** What is known of the model's order against the page's. Sums, that of several devices can be added up. */
export class ComparisonState {
  countedToMs = -Infinity;
  standsBack: StandsBack = null;
  /** Of the version whose decisions {@link ofChampion} has. */
  #since: number | null = null;
  #all: UpliftSums = emptyUpliftSums;
  #ofChampion: UpliftSums = emptyUpliftSums;
  #sinceReturn: UpliftSums = emptyUpliftSums;
  #asked = 0;
  #matched = 0;
  readonly #higher = new PairedEvidence();

  get all(): UpliftSums {
    return this.#all;
  }

  /** Of decisions since the version that serves now. */
  get ofChampion(): UpliftSums {
    return this.#ofChampion;
  }

  /** Of decisions since the model last stood back, whichever version made them. */
  get sinceReturn(): UpliftSums {
    return this.#sinceReturn;
  }

  /** The model answers again. */
  comeBack(): void {
    this.standsBack = null;
    this.#sinceReturn = emptyUpliftSums;
  }

  /** Share of decisions in which the model would have put first what the page did, and how many were looked at. */
  get match(): { readonly share: number | null; readonly count: number } {
    return { share: this.#asked === 0 ? null : this.#matched / this.#asked, count: this.#asked };
  }

  /** Whether the model puts what is chosen higher than the page does. */
  provenHigher(alpha: number): boolean {
    return this.#higher.proven(alpha);
  }

  /** @param champion log position of the version that serves */
  update({ arm, reward, learnedTo, matches, higher }: ComparedDecision, champion: number): void {
    this.serves(champion);
    if (arm) {
      const sums = upliftSumsOf({ keptHostOrder: arm === 'host', reward });
      this.#all = addUpliftSums(this.#all, sums);
      this.#sinceReturn = addUpliftSums(this.#sinceReturn, sums);
      if (learnedTo === champion) this.#ofChampion = addUpliftSums(this.#ofChampion, sums);
    }
    if (matches !== null) {
      this.#asked++;
      if (matches) this.#matched++;
    }
    if (higher !== null) this.#higher.update(higher);
  }

  /** Another version may serve by now: what is known of the one before it says nothing about that. @param champion its log position */
  serves(champion: number): void {
    if (this.#since === champion) return;
    this.#since = champion;
    this.#ofChampion = emptyUpliftSums;
  }

  state(): unknown {
    return {
      countedToMs: Number.isFinite(this.countedToMs) ? this.countedToMs : 0,
      standsBack: this.standsBack,
      since: this.#since,
      all: this.#all,
      ofChampion: this.#ofChampion,
      sinceReturn: this.#sinceReturn,
      asked: this.#asked,
      matched: this.#matched,
      higher: this.#higher.state(),
    };
  }

  /** @throws INVALID_DATA, with nothing changed */
  static from(state: unknown): ComparisonState {
    const result = v.safeParse(stored, state);
    if (!result.success) throw new TendrilError('INVALID_DATA', { reason: v.summarize(result.issues) });
    const { countedToMs, standsBack, since, all, ofChampion, sinceReturn, asked, matched, higher } = result.output;
    const restored = new ComparisonState();
    try {
      [restored.#all, restored.#ofChampion] = [readUpliftSums(all), readUpliftSums(ofChampion)];
      restored.#sinceReturn = readUpliftSums(sinceReturn);
      restored.#higher.restore(higher);
    } catch (caught) {
      throw new TendrilError('INVALID_DATA', { reason: asTendrilError(caught).message }, { cause: caught });
    }
    [restored.countedToMs, restored.standsBack, restored.#since] = [countedToMs, standsBack, since];
    [restored.#asked, restored.#matched] = [asked, matched];
    return restored;
  }
}
