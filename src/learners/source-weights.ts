import * as v from 'valibot';
import type { PartState } from '../core/part-state.ts';
import { corrupt } from '../core/read-state.ts';
import { TendrilError } from '../errors.ts';

/** What is believed of a source before it has said anything. */
export interface DeclaredSource {
  /** Expected share of its labels that are right, in (0, 1). */
  readonly reliability: number;
  /** Judged labels that this belief is worth, above 0. */
  readonly strength: number;
}

export interface SourceWeightsOptions {
  /** Sources by name, e.g. `thumb`, `click`, `import` or a class of users; they are never forgotten. */
  readonly declared?: Readonly<Record<string, DeclaredSource>>;
  /** For sources that were not declared; default 0.7, worth 4 labels. */
  readonly unknown?: DeclaredSource;
  /** Sources that are remembered, declared ones included; of the others the one heard of longest ago makes room. Default 256. */
  readonly capacity?: number;
}

/** One source's word on something: 1 or 0. */
export interface SourceVote {
  readonly source: string;
  readonly label: 0 | 1;
}

export interface Consensus {
  /** Probability that the label is 1. */
  readonly probability: number;
  /** For each vote, the probability that it is right; an outlier is one with less than 1/2. */
  readonly agreement: readonly number[];
}

/** Reliability is kept away from certainty: no source may overrule all others for ever. */
const CERTAIN = 0.98;
/** Judgements count half after about 350 more of the same source, so that one that goes bad is noticed. */
const DECAY = 0.998;

interface Reliability {
  right: number;
  wrong: number;
  /** Number of the judgement it was last heard of in. */
  heard: number;
}

const entry = v.strictObject({
  right: v.pipe(v.number(), v.finite(), v.minValue(0)),
  wrong: v.pipe(v.number(), v.finite(), v.minValue(0)),
  heard: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});
const stateValues = v.strictObject({
  judgements: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  sources: v.array(v.tuple([v.string(), entry])),
});

/**
 * How much each source of feedback is worth, learned from how often it agrees with labels that are known later (`judge`) or with what all sources say
 * together (`learnVotes`). The model is the one-coin form of Dawid and Skene (1979, doi 10.2307/2346806), online: a source is right with one
 * probability for both labels, which has a Beta posterior; votes are combined by their log odds, and each vote is judged against the others' only,
 * so that no source confirms itself.
 */
export class SourceWeights {
  readonly #declared: ReadonlyMap<string, DeclaredSource>;
  readonly #unknown: DeclaredSource;
  readonly #capacity: number;
  #judgements = 0;
  #sources = new Map<string, Reliability>();

  /** @throws INVALID_CONFIG */
  constructor({
    declared = {},
    unknown = { reliability: 0.7, strength: 4 },
    capacity = 256,
  }: SourceWeightsOptions = {}) {
    this.#declared = new Map(Object.entries(declared));
    for (const source of [unknown, ...this.#declared.values()]) requireSource(source);
    if (!(Number.isInteger(capacity) && capacity > this.#declared.size)) {
      throw new TendrilError('INVALID_CONFIG', {
        reason: `capacity ${capacity} leaves no room beside the declared sources`,
      });
    }
    this.#unknown = unknown;
    this.#capacity = capacity;
  }

  /** Expected share of the source's labels that are right, in (0, 1). */
  reliability(source: string): number {
    const { reliability, strength } = this.#declared.get(source) ?? this.#unknown;
    const { right, wrong } = this.#sources.get(source) ?? { right: 0, wrong: 0 };
    return (reliability * strength + right) / (strength + right + wrong);
  }

  /**
   * Weight of an example from this source, in [0, 1]: `2 · reliability − 1`, the share of the label that is signal under symmetric noise
   * (Natarajan et al. 2013); 0 for one that is no better than a coin, or worse.
   */
  weight(source: string): number {
    return Math.max(0, 2 * this.reliability(source) - 1);
  }

  /**
   * {@link weight} compared with the best source heard of, in [0, 1]: 1 for the only source, or where none is better than a coin. When the judge itself is
   * wrong, after a change of what is true, all sources lose alike and their shares stay.
   */
  share(source: string): number {
    const best = Math.max(this.weight(source), ...[...this.#sources.keys()].map((name) => this.weight(name)));
    return best > 0 ? this.weight(source) / best : 1;
  }

  /** Sources heard of. */
  get size(): number {
    return this.#sources.size;
  }

  /** This source exists, whatever its labels are worth. */
  hear(source: string): void {
    this.#take(source, 0, 0, 1);
  }

  /** A label of this source turned out right or not. @param confidence in [0, 1] of the judgement */
  judge(source: string, agreed: boolean, confidence = 1): void {
    this.#judgements++;
    this.#take(source, agreed ? confidence : 0, agreed ? 0 : confidence);
  }

  /** What the sources say together, their reliabilities as they are. Without votes: 1/2. */
  consensus(votes: readonly SourceVote[]): Consensus {
    const total = votes.reduce((sum, vote) => sum + this.#logOdds(vote), 0);
    const probability = sigmoid(total);
    return { probability, agreement: votes.map(({ label }) => (label === 1 ? probability : 1 - probability)) };
  }

  /** Judges each vote by what the others say: fully where they are sure, not at all where they are undecided. @returns the consensus before */
  learnVotes(votes: readonly SourceVote[]): Consensus {
    const before = this.consensus(votes);
    const odds = votes.map((vote) => this.#logOdds(vote));
    const total = odds.reduce((sum, one) => sum + one, 0);
    this.#judgements++;
    votes.forEach(({ source, label }, index) => {
      const ofOne = sigmoid(total - odds[index]!);
      const right = label === 1 ? ofOne : 1 - ofOne;
      // Where the others are undecided, half right and half wrong would pull every source towards a coin.
      const decided = Math.abs(2 * ofOne - 1);
      if (decided > 0) this.#take(source, decided * right, decided * (1 - right));
    });
    return before;
  }

  #logOdds({ source, label }: SourceVote): number {
    const reliability = Math.min(CERTAIN, Math.max(1 - CERTAIN, this.reliability(source)));
    return (label === 1 ? 1 : -1) * Math.log(reliability / (1 - reliability));
  }

  #take(source: string, right: number, wrong: number, decay = DECAY): void {
    const known = this.#sources.get(source);
    if (!known && this.#sources.size >= this.#capacity) this.#makeRoom();
    this.#sources.set(source, {
      right: decay * (known?.right ?? 0) + right,
      wrong: decay * (known?.wrong ?? 0) + wrong,
      heard: this.#judgements,
    });
  }

  /** The capacity is above the number of declared sources: one of the others is there. */
  #makeRoom(): void {
    let oldest: string | null = null;
    let heard = Infinity;
    for (const [source, reliability] of this.#sources) {
      if (this.#declared.has(source) || reliability.heard >= heard) continue;
      [oldest, heard] = [source, reliability.heard];
    }
    if (oldest !== null) this.#sources.delete(oldest);
  }

  state(): PartState {
    const sources = [...this.#sources].map(
      ([source, { right, wrong, heard }]) => [source, { right, wrong, heard }] as const,
    );
    return { tensors: {}, values: { judgements: this.#judgements, sources } };
  }

  /** Continues exactly. @throws CHECKPOINT_CORRUPT */
  restore(state: PartState): void {
    const result = v.safeParse(stateValues, state.values);
    if (!result.success) throw corrupt(`source weights: ${v.summarize(result.issues)}`);
    const sources = new Map(result.output.sources);
    if (sources.size !== result.output.sources.length) throw corrupt('source weights: a source is there twice');
    if (sources.size > this.#capacity) throw corrupt(`source weights: there are more than ${this.#capacity} sources`);
    this.#judgements = result.output.judgements;
    this.#sources = sources;
  }
}

function requireSource({ reliability, strength }: DeclaredSource): void {
  if (reliability > 0 && reliability < 1 && strength > 0 && Number.isFinite(strength)) return;
  throw new TendrilError('INVALID_CONFIG', {
    reason: `a source of reliability ${reliability} and strength ${strength}`,
  });
}

function sigmoid(score: number): number {
  return 1 / (1 + Math.exp(-score));
}
