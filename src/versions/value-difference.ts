import * as v from 'valibot';
import { TendrilError } from '../errors.ts';
import { ips } from '../monitor/off-policy/estimators.ts';
import { OffPolicyEvaluation } from '../monitor/off-policy/off-policy-evaluation.ts';

/** What stood at the first place of a decision, and whether each of two models would have put it there. */
export interface FirstPlace {
  /** In (0, 1]: chance that it had of the first place. */
  readonly propensity: number;
  /** In [0, 1]. */
  readonly reward: number;
  readonly champion: boolean;
  readonly challenger: boolean;
}

const sums = v.array(v.pipe(v.number(), v.finite()));
const stored = v.object({ champion: sums, challenger: sums });

/**
 * The value of what two models would put first, from decisions that another policy has made: importance weighting of the first place alone, whose chances are known
 * exactly. Both predicted before either had learned what came of it.
 */
export class ValueDifference {
  readonly #champion = new OffPolicyEvaluation([ips()]);
  readonly #challenger = new OffPolicyEvaluation([ips()]);

  update({ propensity, reward, champion, challenger }: FirstPlace): void {
    const interaction = (agrees: boolean) => ({
      ...{ action: 0, reward, propensity },
      // What is shown, and everything else.
      evaluationProbabilities: agrees ? [1, 0] : [0, 1],
    });
    this.#champion.update(interaction(champion));
    this.#challenger.update(interaction(challenger));
  }

  /** Bounds of the challenger's value minus the champion's, valid whenever one looks; null where the log says too little. */
  bounds(): { readonly lower: number; readonly upper: number } | null {
    const [champion] = this.#champion.estimates();
    const [challenger] = this.#challenger.estimates();
    if (champion?.status !== 'estimated' || challenger?.status !== 'estimated') return null;
    return {
      lower: challenger.interval.lower - champion.interval.upper,
      upper: challenger.interval.upper - champion.interval.lower,
    };
  }

  state(): v.InferOutput<typeof stored> {
    return { champion: sumsOf(this.#champion), challenger: sumsOf(this.#challenger) };
  }

  /** @throws CHECKPOINT_CORRUPT */
  restore(state: unknown): void {
    const result = v.safeParse(stored, state);
    if (!result.success)
      throw new TendrilError('CHECKPOINT_CORRUPT', { reason: 'the values of its versions are damaged' });
    restore(this.#champion, result.output.champion);
    restore(this.#challenger, result.output.challenger);
  }
}

function sumsOf(evaluation: OffPolicyEvaluation): number[] {
  return Array.from(evaluation.state().tensors['sums'] ?? []);
}

function restore(evaluation: OffPolicyEvaluation, state: readonly number[]): void {
  evaluation.restore({ ...evaluation.state(), tensors: { sums: Float64Array.from(state) } });
}
