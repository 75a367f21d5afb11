import type { PartState } from '../../core/part-state.ts';
import { joinStates, partOfState, readCount, readTensor } from '../../core/read-state.ts';
import type { ContextAware, OnlineClassifier } from '../online-model.ts';
import type { Row, RowShape } from '../row.ts';
import { Concept } from './concept.ts';

export interface GatedOptions {
  readonly shape: RowShape;
  readonly classes: number;
  /** Answers while there is one concept, and wherever it has predicted better than the concept's own readout. */
  readonly shared: OnlineClassifier;
  /** Bytes that all concepts may take; default 1 MB. */
  readonly byteBudget?: number;
}

const MOST_CONCEPTS = 32;
const BYTE_BUDGET = 1_000_000;
/** An input is unexplained when its fit lies this many standard deviations below what is usual for the concept that explains it best. */
const UNEXPLAINED = -4;
/** So many unexplained inputs, one after the other, are a concept of their own. */
const RUN_LENGTH = 16;
const SHARED_PACE = 4;
/** Every so many examples the readout and the shared model are compared; odd, so that no pattern of the stream is met by chance. */
const LOSS_PACE = 7;
/** A concept counts as recent while it has more than this share of about so many examples. */
const RECENT_SHARE = 0.02;
const RECENT_WINDOW = 200;

/**
 * Context gating (as Expert Gate, Aljundi et al. 2017, arXiv 1611.06194): the concept that explains an input best answers for it, so that what is learned
 * in one context does not overwrite another. A run of inputs that no concept explains opens a new one; a concept that comes back
 * is recognised. On an ordinary stream there is one concept, and the shared model answers.
 */
export class GatedClassifier implements OnlineClassifier, ContextAware {
  readonly #options: GatedOptions;
  #classes: number;
  readonly #concepts: Concept[];
  /** Learns from the current run of unexplained inputs. */
  #candidate: Concept;
  #runLength = 0;
  #examples = 0;
  /** Share of each concept in the recent examples. */
  readonly #recency: number[] = [0];
  #probabilities: Float64Array;

  constructor(options: GatedOptions) {
    this.#options = options;
    this.#classes = options.classes;
    this.#concepts = [this.#newConcept()];
    this.#candidate = this.#newConcept();
    this.#probabilities = new Float64Array(options.classes);
  }

  get conceptCount(): number {
    return this.#concepts.length;
  }

  growClasses(count: number): void {
    this.#options.shared.growClasses(count);
    if (count <= this.#classes) return;
    this.#classes = count;
    for (const concept of [...this.#concepts, this.#candidate]) concept.readout.growClasses(count);
    this.#probabilities = new Float64Array(count);
  }

  predictProbaOne(row: Row, out: Float64Array): void {
    const { concept } = this.#explain(row);
    if (this.#concepts.length > 1 && concept.prefersReadout) concept.readout.predictProbaOne(row, out);
    else this.#options.shared.predictProbaOne(row, out);
  }

  learnOne(row: Row, label: number, weight: number): void {
    if (weight <= 0) return;
    const { concept, fit } = this.#explain(row);
    if (concept.signature.deviation(fit) < UNEXPLAINED && this.#hasRoom()) this.#learnUnexplained(row, label, weight);
    else {
      if (this.#runLength > 0) this.#forgetRun();
      this.#learnIn(concept, row, label, weight, fit);
    }
    this.#learnShared(concept, row, label, weight);
  }

  /** False for an input of a concept that has not been learned lately: what other models have shown on recent examples says nothing about it. */
  isOfRecentContext(row: Row): boolean {
    if (this.#concepts.length === 1) return true;
    const { concept } = this.#explain(row);
    return this.#recency[this.#concepts.indexOf(concept)]! > RECENT_SHARE;
  }

  #updateRecency(concept: Concept): void {
    const place = this.#concepts.indexOf(concept);
    for (let i = 0; i < this.#recency.length; i++) {
      this.#recency[i]! += ((i === place ? 1 : 0) - this.#recency[i]!) / RECENT_WINDOW;
    }
  }

  /** Where readouts answer, the shared model learns from every fourth example, for four. */
  #learnShared(concept: Concept, row: Row, label: number, weight: number): void {
    this.#examples++;
    const thinned = this.#concepts.length > 1 && concept.prefersReadout;
    if (!thinned) this.#options.shared.learnOne(row, label, weight);
    else if (this.#examples % SHARED_PACE === 0) this.#options.shared.learnOne(row, label, SHARED_PACE * weight);
  }

  #learnUnexplained(row: Row, label: number, weight: number): void {
    this.#learnIn(this.#candidate, row, label, weight, this.#candidate.signature.fit(row.dense));
    this.#runLength++;
    if (this.#runLength < RUN_LENGTH) return;
    for (const concept of this.#concepts) concept.doubtShared();
    this.#concepts.push(this.#candidate);
    this.#recency.push(RUN_LENGTH / RECENT_WINDOW);
    this.#forgetRun();
  }

  #forgetRun(): void {
    this.#candidate = this.#newConcept();
    this.#runLength = 0;
  }

  #learnIn(concept: Concept, row: Row, label: number, weight: number, fit: number): void {
    if (this.#examples % LOSS_PACE === 0) this.#compare(concept, row, label);
    concept.signature.learnOne(row.dense, fit);
    this.#updateRecency(concept);
    concept.readout.learnOne(row, label, weight);
  }

  #compare(concept: Concept, row: Row, label: number): void {
    concept.readout.predictProbaOne(row, this.#probabilities);
    const ofReadout = this.#probabilities[label]!;
    this.#options.shared.predictProbaOne(row, this.#probabilities);
    concept.updateLosses(ofReadout, this.#probabilities[label]!);
  }

  /** The concept that explains the input best. */
  #explain({ dense }: Row): { concept: Concept; fit: number } {
    let concept = this.#concepts[0]!;
    let fit = concept.signature.fit(dense);
    for (let i = 1; i < this.#concepts.length; i++) {
      const other = this.#concepts[i]!.signature.fit(dense);
      if (other <= fit) continue;
      concept = this.#concepts[i]!;
      fit = other;
    }
    return { concept, fit };
  }

  /** Without dense inputs nothing tells one concept from another. */
  #hasRoom(): boolean {
    const { shape, byteBudget = BYTE_BUDGET } = this.#options;
    const most = Math.min(MOST_CONCEPTS, Math.floor(byteBudget / Concept.bytes(shape, this.#classes)));
    return shape.denseSize > 0 && this.#concepts.length < most;
  }

  #newConcept(): Concept {
    return new Concept(this.#options.shape, this.#classes);
  }

  state(): PartState {
    const concepts = this.#concepts.map((concept, index): [string, PartState] => [`concept${index}`, concept.state()]);
    const own = {
      tensors: { recency: Float64Array.from(this.#recency) },
      values: { concepts: concepts.length, runLength: this.#runLength, examples: this.#examples },
    };
    const shared = this.#options.shared.state();
    return joinStates({ own, shared, candidate: this.#candidate.state(), ...Object.fromEntries(concepts) });
  }

  restore(state: PartState): void {
    const own = partOfState(state, 'own');
    const count = readCount(own, 'concepts', 1, MOST_CONCEPTS);
    const runLength = readCount(own, 'runLength', 0, RUN_LENGTH - 1);
    const examples = readCount(own, 'examples', 0, Number.MAX_SAFE_INTEGER);
    const recency = readTensor(own, 'recency', 'f64', count);
    const restored = Array.from({ length: count }, (_, index) => {
      const concept = this.#newConcept();
      concept.restore(partOfState(state, `concept${index}`));
      return concept;
    });
    const candidate = this.#newConcept();
    candidate.restore(partOfState(state, 'candidate'));
    this.#options.shared.restore(partOfState(state, 'shared'));
    this.#concepts.splice(0, Infinity, ...restored);
    this.#recency.splice(0, Infinity, ...recency);
    this.#candidate = candidate;
    this.#runLength = runLength;
    this.#examples = examples;
  }
}
