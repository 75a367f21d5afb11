import type { Tendril } from 'tendril';
import { isRight, type Example, type ExampleCase } from './examples/example.ts';
import { History, type Outcome } from './history.ts';

const REVIEWER = 'careful reviewer';

/** One example at work: the model answers its cases, and somebody else what it leaves to people. */
export class Desk {
  readonly example: Example;
  readonly history: History;
  readonly #tendril: Tendril;
  /** By decision, so that the careful reviewer knows what it is about. */
  readonly #cases = new Map<string, ExampleCase>();

  constructor(example: Example, tendril: Tendril) {
    this.example = example;
    this.history = new History(example.id);
    this.#tendril = tendril;
  }

  /** Asks the model about the next case. @returns what it said, in words */
  async next(): Promise<string> {
    const given = this.example.caseAt(this.history.outcomes.length);
    const { decisionId, answer, abstained, failed } = await this.#ask(given);
    if (failed !== null) return failed;
    this.#cases.set(decisionId, given);
    const outcome: Outcome = abstained ? 'person' : isRight(given, answer) ? 'right' : 'wrong';
    this.history.add(outcome);
    if (abstained) return 'The model is not sure: a person decides.';
    return `The model says: ${answer ?? 'nothing'}. That is ${outcome}.`;
  }

  async #ask(given: ExampleCase) {
    const { id } = this.example.task;
    if (given.kind === 'classification') {
      const { decisionId, label, abstained, error } = await this.#tendril.classify(id, given.input);
      return { decisionId, answer: label, abstained: abstained !== null, failed: error?.message ?? null };
    }
    const { context, candidates } = given;
    const { decisionId, order, abstained, error } = await this.#tendril.rank(id, { context, candidates });
    return { decisionId, answer: order[0]?.id ?? null, abstained: abstained !== null, failed: error?.message ?? null };
  }

  /** Settles what waits and was asked on this page, and learns from it. @returns how many */
  async answer(): Promise<number> {
    const { review } = this.#tendril;
    const waiting = await review.list(this.example.task.id);
    const known = (waiting.ok ? waiting.value : []).filter(({ reviewId }) => this.#cases.has(reviewId));
    for (const { reviewId } of known) {
      const given = this.#cases.get(reviewId);
      if (given) await review.correct(reviewId, { reviewer: REVIEWER, ...this.#truth(given) });
      this.#cases.delete(reviewId);
    }
    await this.#tendril.checkpoint(this.example.task.id);
    return known.length;
  }

  #truth(given: ExampleCase) {
    if (given.kind === 'classification') return { label: given.truth };
    if (this.example.grades.length > 0) return { grades: given.worth };
    const [item = ''] = Object.keys(given.worth).filter((id) => given.worth[id] === 1);
    return { item };
  }
}
